#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/sdp_lenient.h"
#include "fuzz/sdp_session.h"
#include "fuzz/sdp_writer.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, SdpSession) {
  replay("sdp_session", fuzzSdpSession);
}
TEST(FuzzCorpus, SdpLenient) {
  replay("sdp_lenient", fuzzSdpLenient, Damage::kEveryByte);
}

TEST(FuzzCorpus, SdpWriter) {
  replay("sdp_writer", fuzzSdpWriter, Damage::kEveryByte);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz
