#pragma once

#include <string>

/// Where the tests' files lie. The folder is known to paths.cc alone: so all others compile to the same objects in each
/// folder that the project is cloned to, and ccache has them.
namespace tincan::inline v0 {

/// The path of tests/data/NAME.
std::string testDataPath(const std::string& name);

/// The path of fuzz/corpus/NAME, the folder of one fuzz target's inputs.
std::string fuzzCorpusPath(const std::string& name);

}  // namespace tincan::inline v0
