#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0 {
namespace {

/// Chromium's offer of audio, video and data: 7 KB, 183 lines.
const std::string& offerText() {
  static const std::string text = [] {
    const char* path = "tests/data/sdp/chromium/chromium-156-audio-video-data-offer.sdp";
    for (const auto& root : {std::filesystem::path("."), std::filesystem::path(".."),
                             std::filesystem::path(__FILE__).parent_path().parent_path()}) {
      std::ifstream file(root / path, std::ios::binary);
      std::stringstream content;
      content << file.rdbuf();
      if (file && !content.str().empty()) return content.str();
    }
    return std::string();
  }();
  return text;
}

bool ready(benchmark::State& state) {
  if (!offerText().empty()) return true;
  state.SkipWithError("run from the repository or its build folder: the corpus was not found");
  return false;
}

void count(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * offerText().size()));
}

/// The least that any parser does: find the lines and own a copy of each.
void copyLines(benchmark::State& state) {
  if (!ready(state)) return;
  for (auto _ : state) {
    std::vector<std::string> lines;
    const char* at = offerText().data();
    const char* end = at + offerText().size();
    while (at < end) {
      const void* found = std::memchr(at, '\n', static_cast<size_t>(end - at));
      const char* stop = found ? static_cast<const char*>(found) : end;
      lines.emplace_back(at, stop);
      at = stop + 1;
    }
    benchmark::DoNotOptimize(lines);
  }
  count(state);
}
BENCHMARK(copyLines);

void parse(benchmark::State& state) {
  if (!ready(state)) return;
  for (auto _ : state) benchmark::DoNotOptimize(sdp::parse(offerText()));
  count(state);
}
BENCHMARK(parse);

/// Includes looking at every string as the parser would.
void write(benchmark::State& state) {
  if (!ready(state)) return;
  const auto session = sdp::parse(offerText());
  for (auto _ : state) benchmark::DoNotOptimize(sdp::write(*session));
  count(state);
}
BENCHMARK(write);

void interpretAndAnswer(benchmark::State& state) {
  if (!ready(state)) return;
  const auto session = sdp::parse(offerText());
  const auto audio = stack::defaultCapabilities(stack::MediaKind::kAudio);
  const auto video = stack::defaultCapabilities(stack::MediaKind::kVideo);
  for (auto _ : state) {
    const auto offer = stack::interpret(*session);
    benchmark::DoNotOptimize(stack::describe(stack::planAnswer(*offer, audio, video)));
  }
  count(state);
}
BENCHMARK(interpretAndAnswer);

}  // namespace
}  // namespace tincan::inline v0
