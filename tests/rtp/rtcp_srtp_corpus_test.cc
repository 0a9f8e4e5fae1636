// The fuzz bodies over their seeds: what a fuzzer has found once stays found.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/rtp_header.h"
#include "fuzz/rtp_rtcp.h"
#include "fuzz/rtp_srtp.h"

namespace tincan::fuzz {
namespace {

void replay(const std::string& name, void (*body)(ByteView)) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TINCAN_FUZZ_CORPUS) + "/" + name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const Bytes bytes{std::istreambuf_iterator<char>(file), {}};
    SCOPED_TRACE(entry.path());
    body(bytes);
    ++files;
  }
  EXPECT_GT(files, 0u);
}

TEST(RtpCorpus, Header) {
  replay("rtp_header", fuzzRtpHeader);
}
TEST(RtpCorpus, Rtcp) {
  replay("rtp_rtcp", fuzzRtpRtcp);
}
TEST(RtpCorpus, Srtp) {
  replay("rtp_srtp", fuzzRtpSrtp);
}

}  // namespace
}  // namespace tincan::fuzz
