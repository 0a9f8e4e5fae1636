#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/sctp_association.h"
#include "fuzz/sctp_dcep.h"

namespace tincan {
namespace {

void replay(const std::string& name, void (*fuzz)(ByteView)) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TINCAN_FUZZ_CORPUS) + "/" + name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    SCOPED_TRACE(entry.path().string());
    fuzz(asBytes(bytes));
    ++count;
  }
  EXPECT_GT(count, 0u);
}

TEST(FuzzCorpus, SctpDcep) { replay("sctp_dcep", fuzz::fuzzSctpDcep); }
TEST(FuzzCorpus, SctpAssociation) { replay("sctp_association", fuzz::fuzzSctpAssociation); }

}  // namespace
}  // namespace tincan
