// The fuzz targets' corpora, replayed.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "fuzz/dtls_client.h"
#include "fuzz/dtls_server.h"

namespace tincan::fuzz {
namespace {

void replay(const char* folder, void (*fuzz)(ByteView)) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(TINCAN_FUZZ_CORPUS) / folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    fuzz(asBytes(bytes));
    ++count;
  }
  EXPECT_GT(count, 5u);
}

TEST(Corpus, DtlsClient) {
  replay("dtls_client", fuzzDtlsClient);
}
TEST(Corpus, DtlsServer) {
  replay("dtls_server", fuzzDtlsServer);
}

}  // namespace
}  // namespace tincan::fuzz
