// How the work that a description costs grows with its text: a peer must not be able to keep us busy (LIMITS A37).
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"
#include "stack/peer_connection.h"
#include "tests/growth/work_count.h"
#include "tests/sdp/pathology.h"

namespace tincan::inline v0 {
namespace {

constexpr size_t kText = sdp::kMaxTextSize / 8;

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
  expectLinear(kText, [](const std::string& text) { (void)sdp::parse(text).ok(); });
}

TEST(SdpLenient, WorkGrowsWithTheText) {
  expectLinear(kText, [](const std::string& text) {
    sdp::Notes notes;
    (void)sdp::parseLeniently(text, notes).ok();
  });
}

TEST(JsepInterpret, WorkGrowsWithTheText) {
  size_t interpreted = 0;
  expectLinear(kText, [&](const std::string& text) {
    const auto session = sdp::parse(text);
    if (!session) return;
    const auto remote = stack::interpret(*session);
    if (!remote) return;
    ++interpreted;
    (void)stack::describe(stack::planAnswer(*remote, stack::defaultCapabilities(stack::MediaKind::kAudio), {}));
  });
  EXPECT_GE(interpreted, 24u);
}

// LIMITS B08: as many m-lines as there may be, offered, answered and applied on both sides. Eight times as many take about
// eight times the work.
TEST(Negotiation, WorkGrowsWithTheSections) {
  SeededRandom random(1);
  const auto identity = std::make_shared<const crypto::Identity>(
      crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  PacketPool pool;
  const auto make = [&] {
    stack::RTCConfiguration configuration;
    configuration.certificates = {identity};
    return stack::PeerConnection::create(configuration, {random, pool, 1'700'000'000'000'000}).value();
  };
  const auto negotiate = [&](size_t sections) {
    const auto a = make(), b = make();
    for (size_t i = 1; i < sections; ++i)
      (void)a->addTransceiver(i % 2 ? stack::MediaKind::kAudio : stack::MediaKind::kVideo).ok();
    (void)a->createDataChannel("x").ok();
    return workOf([&] {
      EXPECT_TRUE(a->setLocalDescription().ok());
      EXPECT_TRUE(b->setRemoteDescription(*a->localDescription()).ok());
      EXPECT_TRUE(b->setLocalDescription().ok());
      EXPECT_TRUE(a->setRemoteDescription(*b->localDescription()).ok());
      EXPECT_EQ(b->getTransceivers().size(), sections - 1);
      EXPECT_EQ(a->signalingState(), stack::RTCSignalingState::kStable);
    });
  };
  const uint64_t few = negotiate(16), many = negotiate(sdp::kMaxMediaSections);
  EXPECT_GT(few, 10'000u) << "nothing was counted";
  EXPECT_LT(many, 12 * few);
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
