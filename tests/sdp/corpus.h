#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/paths.h"

/// The session descriptions of real browsers and servers in tests/data/sdp.
namespace tincan::inline v0::test {

struct CorpusFile {
  std::string name;
  std::string text;
  bool isOffer() const {
    return name.find("offer.sdp") != std::string::npos || name.find("offer-to-") != std::string::npos;
  }
};

inline std::string readFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline const std::vector<CorpusFile>& sdpCorpus() {
  static const std::vector<CorpusFile> files = [] {
    std::vector<CorpusFile> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(testDataPath("sdp")))
      if (entry.path().extension() == ".sdp") all.push_back({entry.path().filename().string(), readFile(entry.path())});
    return all;
  }();
  return files;
}

inline const std::string& sdpCorpusFile(const std::string& name) {
  static const std::string kNone;
  for (const CorpusFile& file : sdpCorpus())
    if (file.name == name) return file.text;
  return kNone;
}

}  // namespace tincan::inline v0::test
