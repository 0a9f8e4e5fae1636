#include "tests/paths.h"

namespace tincan::inline v0 {

std::string testDataPath(const std::string& name) {
  return TINCAN_SOURCE_FOLDER "/tests/data/" + name;
}

std::string fuzzCorpusPath(const std::string& name) {
  return TINCAN_SOURCE_FOLDER "/fuzz/corpus/" + name;
}

}  // namespace tincan::inline v0
