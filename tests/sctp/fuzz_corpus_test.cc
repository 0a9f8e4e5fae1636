#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/sctp_association.h"
#include "fuzz/sctp_chunks.h"
#include "fuzz/sctp_dcep.h"
#include "fuzz/sctp_pair.h"
#include "fuzz/sctp_sender.h"

namespace tincan::inline v0 {
namespace {

TEST(FuzzCorpus, SctpDcep) {
  fuzz::replay("sctp_dcep", fuzz::fuzzSctpDcep, fuzz::Damage::kEveryByte);
}
TEST(FuzzCorpus, SctpChunks) {
  fuzz::replay("sctp_chunks", fuzz::fuzzSctpChunks, fuzz::Damage::kEveryByte);
}
TEST(FuzzCorpus, SctpPair) {
  fuzz::replay("sctp_pair", fuzz::fuzzSctpPair);
}
TEST(FuzzCorpus, SctpAssociation) {
  fuzz::replay("sctp_association", fuzz::fuzzSctpAssociation);
}
TEST(FuzzCorpus, SctpSender) {
  fuzz::replay("sctp_sender", fuzz::fuzzSctpSender);
}

}  // namespace
}  // namespace tincan::inline v0
