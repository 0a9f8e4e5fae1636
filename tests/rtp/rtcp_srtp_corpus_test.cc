#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/rtp_congestion.h"
#include "fuzz/rtp_dependency_descriptor.h"
#include "fuzz/rtp_header.h"
#include "fuzz/rtp_layers_allocation.h"
#include "fuzz/rtp_receive.h"
#include "fuzz/rtp_rtcp.h"
#include "fuzz/rtp_srtp.h"

namespace tincan::inline v0::fuzz {
namespace {

TEST(FuzzCorpus, RtpHeader) {
  replay("rtp_header", fuzzRtpHeader, Damage::kEveryByte);
}
TEST(FuzzCorpus, RtpDependencyDescriptor) {
  replay("rtp_dependency_descriptor", fuzzRtpDependencyDescriptor, Damage::kEveryByte);
}
TEST(FuzzCorpus, RtpLayersAllocation) {
  replay("rtp_layers_allocation", fuzzRtpLayersAllocation, Damage::kEveryByte);
}
TEST(FuzzCorpus, RtpRtcp) {
  replay("rtp_rtcp", fuzzRtpRtcp, Damage::kEveryByte);
}
TEST(FuzzCorpus, RtpSrtp) {
  replay("rtp_srtp", fuzzRtpSrtp);
}
TEST(FuzzCorpus, RtpCongestion) {
  replay("rtp_congestion", fuzzRtpCongestion);
}
TEST(FuzzCorpus, RtpReceive) {
  replay("rtp_receive", fuzzRtpReceive);
}

}  // namespace
}  // namespace tincan::inline v0::fuzz
