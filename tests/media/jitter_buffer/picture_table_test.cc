#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/vp8.h"

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kEvent = 12'000;  // ms: when the disturbance begins
constexpr int64_t kEnd = 60'000;    // past two windows of the fastest arrival, and the histogram's whole memory

struct Sent {
  int64_t at = 0;  // µs of arrival
  uint32_t timestamp = 0;
};

struct Outcome {
  size_t out = 0;
  int64_t before = 0;   // ms: the longest that a picture was held back before the event…
  int64_t longest = 0;  // …and since
  int64_t calm = 0;     // ms from `since` to the last picture that was held back for more than allowed
};

/// A sender of one packet a picture. `change(ms, picture)` does to each what the row is about.
std::vector<Sent> stream(int fps, const std::function<void(int64_t, Sent&)>& change) {
  std::vector<Sent> pictures;
  for (int64_t k = 0; k * 1000 / fps < kEnd; ++k) {
    Sent picture{k * 1'000'000 / fps, static_cast<uint32_t>(0xfffe0000u + k * 90'000 / fps)};
    change(k * 1000 / fps, picture);
    // One path keeps the order.
    if (!pictures.empty()) picture.at = std::max(picture.at, pictures.back().at);
    pictures.push_back(picture);
  }
  return pictures;
}

class PictureTable : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::printf("%-44s %8s %9s %10s %8s\n", "", "pictures", "before ms", "longest ms", "calm ms");
  }

  Outcome play(const std::vector<Sent>& pictures, int64_t since, int64_t allowed) {
    VideoJitterBuffer buffer;
    ReceivedFrame frame;
    Outcome outcome;
    size_t next = 0;
    for (int64_t ms = 0; ms <= pictures.back().at / 1000 + 1000; ++ms) {
      const TimePoint now = TimePoint::fromMicros(ms * 1000);
      for (; next < pictures.size() && pictures[next].at <= ms * 1000; ++next) receive(buffer, next, pictures[next]);
      while (buffer.pop(now, frame)) {
        const int64_t held = ms - pictures[outcome.out++].at / 1000;
        int64_t& longest = ms < kEvent ? outcome.before : outcome.longest;
        longest = std::max(longest, held);
        if (ms >= since && held > allowed) outcome.calm = ms - since;
      }
    }
    return outcome;
  }
  /// Prints the row and holds it to its bound: so long after `since` no picture is held back any more but for its
  /// jitter.
  Outcome row(const std::string& name, const std::vector<Sent>& pictures, int64_t since = kEvent, int64_t allowed = 50,
              int64_t calm = 1000) {
    const Outcome got = play(pictures, since, allowed);
    std::printf("%-44s %8zu %9lld %10lld %8lld\n", name.c_str(), got.out, static_cast<long long>(got.before),
                static_cast<long long>(got.longest), static_cast<long long>(got.calm));
    EXPECT_EQ(got.out, pictures.size()) << name;
    EXPECT_LE(got.before, allowed) << name;
    EXPECT_LE(got.calm, calm) << name;
    return got;
  }

 private:
  void receive(VideoJitterBuffer& buffer, size_t number, const Sent& picture) {
    const bool key = number == 0;
    Bytes frame(40, 0);
    frame[0] = key ? 0 : 1;
    if (key) storeBe24(frame.data() + 3, 0x9d012a);
    rtp::Vp8Packetizer packetizer(0x7ff0);
    packetizer.setFrame(frame, 1200);
    VideoJitterBuffer::Packet packet;
    packet.buffer = pool_.allocate();
    bool last = false;
    ASSERT_TRUE(packetizer.next(packet.buffer, last) && last);
    packet.sequenceNumber = static_cast<uint16_t>(65'000 + number);
    packet.timestamp = picture.timestamp;
    ASSERT_TRUE(rtp::depacketizeVp8(packet.buffer.view(), true, packet.info));
    buffer.receive(TimePoint::fromMicros(picture.at), std::move(packet));
  }

  PacketPool pool_;
};

TEST_F(PictureTable, ALongerPathHoldsNothingBack) {
  for (const int fps : {5, 30, 60}) {
    for (const int64_t step : {100, 200, 300, 500, 700, 1000}) {
      const auto got = row(std::to_string(fps) + " fps, path " + std::to_string(step) + " ms longer",
                           stream(fps, [&](int64_t ms, Sent& p) {
                             if (ms >= kEvent) p.at += step * 1000;
                           }));
      EXPECT_LE(got.longest, 20) << "without jitter there is nothing to wait for, at any time";
    }
  }
}

TEST_F(PictureTable, AShorterPathHoldsNothingBack) {
  for (const int fps : {5, 30, 60}) {
    for (const int64_t step : {100, 300, 1000}) {
      row(std::to_string(fps) + " fps, path " + std::to_string(step) + " ms shorter",
          stream(fps,
                 [&](int64_t ms, Sent& p) {
                   if (ms < kEvent) p.at += step * 1000;
                 }),
          // The last picture of the longer way is overtaken by those after it, which wait for their turn.
          kEvent + step);
    }
  }
}

// However long it was away: shorter than the window of the fastest arrival, or longer.
TEST_F(PictureTable, APathThatComesBackHoldsNothingBack) {
  for (const int64_t away : {600, 1000, 3000, 7000, 12'000, 20'000}) {
    for (const int64_t step : {100, 300, 1000}) {
      row("path " + std::to_string(step) + " ms longer for " + std::to_string(away) + " ms",
          stream(30,
                 [&](int64_t ms, Sent& p) {
                   if (ms >= kEvent && ms < kEvent + away) p.at += step * 1000;
                 }),
          kEvent + away + step);
    }
  }
}

TEST_F(PictureTable, SlowDriftHoldsNothingBack) {
  for (const int64_t tenths : {-50, -20, -10, -1, 1, 10, 20, 50}) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%+.1f %%", static_cast<double>(tenths) / 10);
    row(std::string("sender's clock ") + percent,
        stream(30, [&](int64_t, Sent& p) { p.at = p.at * 1000 / (1000 + tenths); }), 0, 50, 0);
    row(std::string("path drifts from 12 s on ") + percent,
        stream(30,
               [&](int64_t ms, Sent& p) {
                 if (ms >= kEvent) p.at += (ms - kEvent) * tenths / 2;
               }),
        0, 50, 0);
  }
}

TEST_F(PictureTable, JumpsOfTheRtpTimeHoldNothingBack) {
  for (const int64_t jump : {-4000, -1000, -300, -100, 100, 300, 1000, 4000}) {
    row("RTP time jumps " + std::to_string(jump) + " ms", stream(30, [&](int64_t ms, Sent& p) {
          if (ms >= kEvent) p.timestamp += static_cast<uint32_t>(jump * 90);
        }));
  }
}

// The wait for jitter is kept over the step, and is no longer than the jitter.
TEST_F(PictureTable, AStepUnderJitterLeavesTheJitter) {
  for (const int64_t step : {-300, 100, 300, 400}) {
    SeededRandom random(9);
    const auto pictures = stream(30, [&](int64_t ms, Sent& p) {
      p.at += static_cast<int64_t>(random.below(60'000)) + (ms >= kEvent ? step * 1000 : 0) + 300'000;
    });
    row("jitter of 60 ms, a step of " + std::to_string(step) + " ms", pictures, kEvent + std::abs(step), 80);
  }
  // Spikes that come again and again are jitter, not a path that comes and goes: they are waited for.
  const auto got = play(stream(30,
                               [](int64_t ms, Sent& p) {
                                 if (ms % 400 < 67) p.at += 80'000;
                               }),
                        0, 200);
  EXPECT_GE(got.longest, 60);
  EXPECT_LE(got.longest, 100);
}

}  // namespace
}  // namespace tincan::inline v0::media
