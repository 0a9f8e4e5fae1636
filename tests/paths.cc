#include "tests/paths.h"

namespace tincan::inline v0::test {

std::string dataPath(const std::string& name) {
  return TINCAN_SOURCE_FOLDER "/tests/data/" + name;
}

std::string corpusPath(const std::string& name) {
  return TINCAN_SOURCE_FOLDER "/fuzz/corpus/" + name;
}

}  // namespace tincan::inline v0::test
