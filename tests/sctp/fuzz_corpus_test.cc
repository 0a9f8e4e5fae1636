#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/sctp_association.h"
#include "fuzz/sctp_dcep.h"

namespace tincan {
namespace {

TEST(FuzzCorpus, SctpDcep) {
  fuzz::replay("sctp_dcep", fuzz::fuzzSctpDcep, fuzz::Damage::kEveryByte);
}
TEST(FuzzCorpus, SctpAssociation) {
  fuzz::replay("sctp_association", fuzz::fuzzSctpAssociation);
}

}  // namespace
}  // namespace tincan
