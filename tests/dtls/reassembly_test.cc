#include "dtls/handshake/reassembly.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "dtls/handshake/retransmission.h"
#include "dtls/record/record_header.h"
#include "dtls/record/replay_window.h"

namespace tincan::inline v0::dtls {
namespace {

using Outcome = Reassembly::Outcome;

FragmentHeader header(uint32_t length, uint16_t sequence, uint32_t offset, uint32_t size) {
  return {HandshakeType::kCertificate, length, sequence, offset, size};
}

TEST(Reassembly, AnyOrderOverlapAndRepetition) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom random(seed);
    Reassembly reassembly;
    std::vector<Bytes> messages(3);
    for (Bytes& each : messages) {
      each.resize(random.below(3000));
      random.fill(each);
    }
    std::vector<HandshakeMessage> out;
    for (int i = 0; out.size() < messages.size(); ++i) {
      ASSERT_LT(i, 100000);
      const auto sequence = static_cast<uint16_t>(random.below(3));
      const Bytes& message = messages[sequence];
      const size_t offset = random.below(8) == 0 ? 0 : random.below(message.size() + 1);
      const size_t most = std::min<size_t>(message.size() - offset, 500);
      const size_t size = random.below(2) == 0 ? most : random.below(most + 1);
      const auto outcome = reassembly.add(header(static_cast<uint32_t>(message.size()), sequence,
                                                 static_cast<uint32_t>(offset), static_cast<uint32_t>(size)),
                                          ByteView(message).subspan(offset, size), 0);
      EXPECT_EQ(outcome, sequence < out.size() ? Outcome::kOld : Outcome::kTaken);
      while (auto next = reassembly.next()) out.push_back(std::move(*next));
    }
    for (size_t i = 0; i < out.size(); ++i) EXPECT_EQ(out[i].body, messages[i]);
    EXPECT_EQ(reassembly.heldBytes(), 0u);
  }
}

// LIMITS B04
TEST(Reassembly, RefusesWhatBreaksItsBounds) {
  Reassembly reassembly;
  const Bytes ten(10);
  EXPECT_EQ(reassembly.add(header(65537, 0, 0, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(9, 0, 0, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, 0, 11, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, 0, 0xFFFFFF, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, 0, 0, 9), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, Reassembly::kAhead, 0, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, Reassembly::kAhead - 1, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(65536, 0, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_FALSE(reassembly.next());
}

TEST(Reassembly, NearerMessagesPushFartherOnesOut) {
  Reassembly reassembly;
  const Bytes ten(10);
  EXPECT_EQ(reassembly.add(header(65536, 5, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(65536, 4, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(65536, 6, 0, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(10, 0, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.heldBytes(), 65546u);
  EXPECT_TRUE(reassembly.next());
}

TEST(Reassembly, AForgedHeadDoesNotStandInTheWay) {
  Reassembly reassembly;
  const Bytes ten(10, 7);
  EXPECT_EQ(reassembly.add(header(5000, 0, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(10, 0, 0, 10), ten, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.next()->body, ten);
  // But plaintext never takes the place of what came under keys.
  EXPECT_EQ(reassembly.add(header(20, 1, 0, 10), ten, 1), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(10, 1, 0, 10), ten, 0), Outcome::kRefused);
  EXPECT_EQ(reassembly.add(header(20, 1, 10, 10), ten, 1), Outcome::kTaken);
  EXPECT_EQ(reassembly.next()->epoch, 1u);
}

TEST(Reassembly, FragmentsThatContradictMakeVariantsAndEachIsGivenOut) {
  Reassembly reassembly;
  const Bytes genuine(20, 7), forged(4, 9);
  EXPECT_EQ(reassembly.add(header(20, 0, 0, 4), forged, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(20, 0, 0, 10), ByteView(genuine).first(10), 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.add(header(20, 0, 4, 16), ByteView(genuine).first(16), 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.heldBytes(), 40u);
  const auto first = reassembly.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->body[0], 9);
  reassembly.stepBack();
  const auto second = reassembly.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, genuine);
  EXPECT_EQ(reassembly.add(header(20, 0, 0, 4), forged, 0), Outcome::kOld);
  EXPECT_FALSE(reassembly.next());
  EXPECT_EQ(reassembly.heldBytes(), 0u);
}

TEST(Reassembly, VariantsAreBoundedAndTheNewestStays) {
  Reassembly reassembly;
  for (uint8_t i = 0; i < 200; ++i) {
    EXPECT_EQ(reassembly.add(header(1000, 0, 0, 4), Bytes(4, i), 0), Outcome::kTaken);
    EXPECT_LE(reassembly.heldBytes(), 1000 * Reassembly::kMaxVariants);
  }
  const Bytes genuine(1000, 199);
  EXPECT_EQ(reassembly.add(header(1000, 0, 0, 1000), genuine, 0), Outcome::kTaken);
  EXPECT_EQ(reassembly.next()->body, genuine);
  // By their sizes too: all of them together stay within what is held at most.
  for (uint32_t i = 0; i < 20; ++i) {
    (void)reassembly.add(header(60000 + i, 1, 0, 4), Bytes(4), 0);
    EXPECT_LE(reassembly.heldBytes(), Reassembly::kMaxHeld);
  }
}

TEST(ReplayWindow, AgreesWithASetOfNumbers) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SeededRandom random(seed);
    ReplayWindow window;
    std::set<uint64_t> seen;
    uint64_t base = 0;
    for (int i = 0; i < 2000; ++i) {
      base += random.below(20) == 0 ? random.below(200) : 0;
      const uint64_t number = base + random.below(100);
      const bool known = seen.count(number) > 0;
      const bool tooOld = !seen.empty() && number + ReplayWindow::kSize <= *seen.rbegin();
      EXPECT_EQ(window.isFresh(number), !known && !tooOld);
      if (window.isFresh(number)) {
        window.accept(number);
        seen.insert(number);
      }
    }
  }
}

TEST(RecordHeader, NearestSequence) {
  for (const uint64_t expected :
       {uint64_t{0}, uint64_t{5}, uint64_t{255}, uint64_t{65535}, uint64_t{65536}, uint64_t{1} << 40}) {
    for (int64_t delta = -100; delta <= 100; ++delta) {
      if (delta < 0 && expected < static_cast<uint64_t>(-delta)) continue;
      const uint64_t number = expected + static_cast<uint64_t>(delta);
      EXPECT_EQ(nearestSequence(number & 0xFF, 8, expected), number);
      EXPECT_EQ(nearestSequence(number & 0xFFFF, 16, expected), number);
    }
  }
}

TEST(Retransmission, KeepsItsLengthWhenAFlightWasLost) {
  Retransmission timer(Duration::millis(400), Duration::seconds(1));
  TimePoint now;
  timer.start(now);
  timer.backOff(now);
  EXPECT_EQ(timer.deadline(), now + Duration::millis(800));
  timer.start(now);  // RFC 6347 §4.2.4.1: the length stays until a flight gets through at once
  EXPECT_EQ(timer.deadline(), now + Duration::millis(800));
  timer.start(now);
  EXPECT_EQ(timer.deadline(), now + Duration::millis(400));
  for (int i = 0; i < 5; ++i) timer.backOff(now);
  EXPECT_EQ(timer.deadline(), now + Duration::seconds(1));
  timer.stop();
  EXPECT_FALSE(timer.running());
}

}  // namespace
}  // namespace tincan::inline v0::dtls
