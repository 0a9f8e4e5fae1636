#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "tests/paths.h"

namespace tincan::inline v0::fuzz {

enum class Damage { kNone, kEveryByte };

/// Runs a fuzz body over its corpus, so that what a fuzzer once found stays found. With damage (for parsers: it costs
/// thousands of runs) each file is also cut at every byte of its first kilobyte, and each of those is flipped.
inline void replay(const std::string& name, void (*body)(ByteView), Damage damage = Damage::kNone) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fuzzCorpusPath(name))) {
    SCOPED_TRACE(entry.path().filename().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Bytes bytes = toBytes(asBytes(text));
    body(bytes);
    const size_t damaged = damage == Damage::kNone ? 0 : std::min<size_t>(bytes.size(), 1024);
    for (size_t i = 0; i < damaged; ++i) {
      body(ByteView(bytes).first(i));
      bytes[i] ^= 0xff;
      body(bytes);
      bytes[i] ^= 0xff;
    }
    ++count;
  }
  EXPECT_GT(count, 0u) << name << " has no corpus";
}

}  // namespace tincan::inline v0::fuzz
