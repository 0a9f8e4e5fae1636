#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/sctp_association.h"
#include "fuzz/sctp_dcep.h"
#include "fuzz/sctp_sender.h"

namespace tincan {
namespace {

TEST(FuzzCorpus, SctpDcep) {
  fuzz::replay("sctp_dcep", fuzz::fuzzSctpDcep, fuzz::Damage::kEveryByte);
}
TEST(FuzzCorpus, SctpAssociation) {
  fuzz::replay("sctp_association", fuzz::fuzzSctpAssociation);
}
TEST(FuzzCorpus, SctpSender) {
  fuzz::replay("sctp_sender", fuzz::fuzzSctpSender);
}

}  // namespace
}  // namespace tincan
