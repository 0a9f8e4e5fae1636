// How the work that a description costs grows with its text: a peer must not be able to keep us busy (LIMITS A37).
#include <string>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"
#include "tests/growth/work_count.h"
#include "tests/sdp/pathology.h"

namespace tincan::inline v0 {
namespace {

template <class Work>
uint64_t workOf(Work&& work) {
  const uint64_t before = test::workDone();
  work();
  return test::workDone() - before;
}

/// Eight times the text: what is linear takes about eight times the work, what is quadratic 64 times.
template <class Work>
void expectLinear(size_t size, Work&& work) {
  for (const auto& pathology : test::pathologies()) {
    const std::string small = test::makePathology(pathology, size / 8), large = test::makePathology(pathology, size);
    const uint64_t few = workOf([&] { work(small); }), many = workOf([&] { work(large); });
    EXPECT_GT(few, 1000u) << pathology.name << ": nothing was counted";
    EXPECT_LT(many, 12 * few) << pathology.name;
  }
}

TEST(SdpPathology, WorkGrowsWithTheText) {
  expectLinear(sdp::kMaxTextSize / 2, [](const std::string& text) { (void)sdp::parse(text).ok(); });
}

TEST(SdpLenient, WorkGrowsWithTheText) {
  expectLinear(sdp::kMaxTextSize / 2, [](const std::string& text) {
    sdp::Notes notes;
    (void)sdp::parseLeniently(text, notes).ok();
  });
}

TEST(JsepInterpret, WorkGrowsWithTheText) {
  size_t interpreted = 0;
  expectLinear(sdp::kMaxTextSize / 2, [&](const std::string& text) {
    const auto session = sdp::parse(text);
    if (!session) return;
    const auto remote = stack::interpret(*session);
    if (!remote) return;
    ++interpreted;
    (void)stack::describe(stack::planAnswer(*remote, stack::defaultCapabilities(stack::MediaKind::kAudio), {}));
  });
  EXPECT_GE(interpreted, 24u);
}

// The count itself: a loop in a loop is not taken for linear.
TEST(WorkCount, SeesWhatIsQuadratic) {
  const auto pairs = [](size_t n) {
    volatile size_t equal = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        if (i == j) equal = equal + 1;
      }
    }
  };
  const auto copies = [](size_t n) {
    std::string text;
    for (size_t i = 0; i < n; ++i) text = text + 'x';
  };
  EXPECT_GT(workOf([&] { pairs(800); }), 24 * workOf([&] { pairs(100); }));
  EXPECT_GT(workOf([&] { copies(16'000); }), 24 * workOf([&] { copies(2'000); }));
}

}  // namespace
}  // namespace tincan::inline v0
