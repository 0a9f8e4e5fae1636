#include <gtest/gtest.h>

#include "fuzz/dtls_client.h"
#include "fuzz/dtls_peer.h"
#include "fuzz/dtls_server.h"
#include "fuzz/replay.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, DtlsClient) {
  replay("dtls_client", fuzzDtlsClient);
}
TEST(FuzzCorpus, DtlsPeer) {
  replay("dtls_peer", fuzzDtlsPeer);
}
TEST(FuzzCorpus, DtlsServer) {
  replay("dtls_server", fuzzDtlsServer);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz
