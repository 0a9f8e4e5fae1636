#include <gtest/gtest.h>

#include "fuzz/replay.h"
#include "fuzz/sdp_session.h"

namespace tincan::fuzz {
namespace {

TEST(FuzzCorpus, SdpSession) { replay("sdp_session", fuzzSdpSession); }

}  // namespace
}  // namespace tincan::fuzz
