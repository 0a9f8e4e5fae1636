#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/jitter_buffer.h"

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kEvent = 5'000;  // ms: when the disturbance begins

struct Sent {
  int64_t at = 0;  // µs of arrival
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
};

struct Outcome {
  size_t sent = 0;
  uint64_t played = 0;
  int64_t lost() const { return static_cast<int64_t>(sent) - static_cast<int64_t>(played); }
  double share() const { return 100.0 * static_cast<double>(played) / static_cast<double>(sent); }
  int64_t soundAgain = 0;      // ms from the first arrival after the event to the first packet played of those after it
  int64_t longestSilence = 0;  // ms between two packets played, at any time
  int64_t delay = 0;           // ms from arrival to play, the mean of the last second
  double concealed = 0;        // % of what was played out
};

// What the buffer does with arrivals, in steps of a millisecond. `since` is the first packet sent after the event.
Outcome play(std::vector<Sent> packets, size_t since) {
  const Sent after = packets[since];
  std::stable_sort(packets.begin(), packets.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
  AudioJitterBuffer buffer;
  AudioJitterBuffer::Playout out;
  Outcome outcome;
  outcome.sent = packets.size();
  std::map<uint32_t, int64_t> arrivals;  // by timestamp
  int64_t lastPlayed = -1, again = -1, delays = 0, measured = 0;
  const int64_t end = packets.back().at / 1000;
  size_t next = 0;
  for (int64_t ms = 0; ms <= end + 500; ++ms) {
    const TimePoint now = TimePoint::fromMicros(ms * 1000);
    for (; next < packets.size() && packets[next].at <= ms * 1000; ++next) {
      AudioJitterBuffer::Packet packet;
      packet.sequenceNumber = packets[next].sequence;
      packet.timestamp = packets[next].timestamp;
      arrivals[packet.timestamp] = ms;
      buffer.receive(now, std::move(packet));
      EXPECT_LE(buffer.size(), 200u);
    }
    while (buffer.pop(now, out)) {
      if (out.kind != AudioJitterBuffer::Kind::kPacket) continue;
      ++outcome.played;
      if (lastPlayed >= 0) outcome.longestSilence = std::max(outcome.longestSilence, ms - lastPlayed);
      lastPlayed = ms;
      const int64_t arrived = arrivals[out.timestamp];
      if (again < 0 && arrived * 1000 + 999 >= after.at && ms * 1000 >= after.at) again = ms;
      if (ms > end - 1000 && ms <= end) delays += ms - arrived, ++measured;
    }
  }
  outcome.soundAgain = again < 0 ? 99'999 : again - after.at / 1000;
  outcome.delay = measured ? delays / measured : -1;
  const auto& stats = buffer.stats();
  outcome.concealed = 100.0 * static_cast<double>(stats.concealedSamples) /
                      static_cast<double>(stats.concealedSamples + stats.emittedSamples + 1);
  return outcome;
}

/// A sender of 20 ms packets for 20 s; `change(k, packet)` does to each what the row is about.
std::vector<Sent> stream(const std::function<void(int, Sent&)>& change, int count = 1000) {
  std::vector<Sent> packets;
  for (int k = 0; k < count; ++k) {
    Sent packet{int64_t{k} * 20'000, static_cast<uint16_t>(65'000 + k),
                static_cast<uint32_t>(0xfffff000u + static_cast<uint32_t>(k) * 960)};
    change(k, packet);
    packets.push_back(packet);
  }
  return packets;
}

constexpr int kFirst = static_cast<int>(kEvent / 20);

class SoundTable : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::printf("%-34s %8s %6s %8s %8s %7s %7s\n", "", "played %", "lost", "again ms", "gap ms", "delay", "conc. %");
  }
  /// Prints the row and holds it to its bounds: packets lost, and silence beyond what the line or the sender makes.
  Outcome row(const std::string& name, const std::vector<Sent>& packets, int64_t mayLose, int64_t silence = 0,
              int64_t delay = 220) {
    const Outcome got = play(packets, static_cast<size_t>(kFirst));
    std::printf("%-34s %8.1f %6lld %8lld %8lld %7lld %7.1f\n", name.c_str(), got.share(),
                static_cast<long long>(got.lost()), static_cast<long long>(got.soundAgain),
                static_cast<long long>(got.longestSilence), static_cast<long long>(got.delay), got.concealed);
    EXPECT_LE(got.lost(), mayLose) << name;
    EXPECT_LE(got.soundAgain, 500) << name;
    EXPECT_LE(got.longestSilence, silence + 500) << name;
    EXPECT_LE(got.delay, delay) << name;
    return got;
  }
  static int64_t packetsIn(int64_t millis) { return millis / 20 + 1; }
};

// The line holds everything back and gives it at once, or the sender stops with its clock.
TEST_F(SoundTable, Stalls) {
  for (const int64_t stall : {100, 200, 220, 260, 400, 1000, 1900, 2500, 3000}) {
    row("line stalls " + std::to_string(stall) + " ms, then a burst", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.at = std::max(p.at, (kEvent + stall) * 1000);
        }),
        packetsIn(stall), stall);
    row("sender stops " + std::to_string(stall) + " ms, and its clock", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.at += stall * 1000;
        }),
        0, stall);
    row("sender stops " + std::to_string(stall) + " ms, clock goes on", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.at += stall * 1000;
          p.timestamp += static_cast<uint32_t>(stall * 48);
        }),
        0, stall);
  }
}

TEST_F(SoundTable, StepsOfThePath) {
  for (const int64_t step : {100, 200, 300, 500, 1000}) {
    row("path " + std::to_string(step) + " ms longer", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.at += step * 1000;
        }),
        0, step);
    // It was longer before: those under way are overtaken.
    row("path " + std::to_string(step) + " ms shorter", stream([&](int k, Sent& p) {
          if (k < kFirst) p.at += step * 1000;
        }),
        packetsIn(step));
  }
}

TEST_F(SoundTable, ClocksThatAreWrong) {
  for (const int64_t tenths : {-50, -20, -1, 1, 20, 50}) {
    char percent[16];
    std::snprintf(percent, sizeof percent, "%+.1f %%", static_cast<double>(tenths) / 10);
    const int64_t period = 20'000 * 1000 / (1000 + tenths);  // of the sender's packets
    // What a fast clock sends beyond real time cannot be played in it.
    const int64_t surplus = tenths > 0 ? 1000 * tenths / 1000 + 2 : 0;
    row(std::string("clock ") + percent, stream([&](int k, Sent& p) { p.at = k * period; }), surplus, 0, 120);
    // Only the RTP time is wrong; the packets come evenly.
    row(std::string("RTP time ") + percent,
        stream([&](int k, Sent& p) { p.timestamp = static_cast<uint32_t>(k * (960 + 960 * tenths / 1000)); }), 10, 0,
        220);
  }
}

TEST_F(SoundTable, JumpsOfTheRtpTime) {
  for (const int64_t jump : {-3'000'000, -5'000, -1'000, -300, -100, 100, 300, 1'000, 4'000, 60'000}) {
    row("RTP time jumps " + std::to_string(jump) + " ms", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.timestamp += static_cast<uint32_t>(jump * 48);
        }),
        packetsIn(100));
  }
  row("RTP time jumps 2^31", stream([](int k, Sent& p) {
        if (k >= kFirst) p.timestamp += 0x8000'0000u;
      }),
      packetsIn(100));
}

TEST_F(SoundTable, PushToTalk) {
  for (const int64_t pause : {200, 1000, 3000}) {
    row("spurts of 2 s, pauses " + std::to_string(pause) + " ms",
        stream([&](int k, Sent& p) { p.at += k / 100 * pause * 1000; }, 2000), 20, pause);
  }
  row("time stands still in comfort noise", stream([](int k, Sent& p) {
        // Each second half second the sender repeats the time of its last sound.
        p.timestamp = static_cast<uint32_t>((k / 50 * 25 + std::min(k % 50, 25)) * 960);
      }),
      500 + 20, 500);
}

TEST_F(SoundTable, NumbersThatBeginAnew) {
  for (const int back : {50, 500, 2'000, 20'000}) {
    row("numbers and time begin anew, " + std::to_string(back), stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.sequence = static_cast<uint16_t>(p.sequence - back);
          p.timestamp -= static_cast<uint32_t>(back * 960);
        }),
        packetsIn(300));
    row("only numbers begin anew, " + std::to_string(back), stream([&](int k, Sent& p) {
          if (k >= kFirst) p.sequence = static_cast<uint16_t>(p.sequence - back);
        }),
        packetsIn(300));
  }
}

TEST_F(SoundTable, BurstsDuplicatesAndLoss) {
  for (const int burst : {2, 4, 8}) {
    row("bursts of " + std::to_string(burst), stream([&](int k, Sent& p) {
          if (k >= kFirst) p.at = (k / burst + 1) * burst * 20'000;
        }),
        burst * 2);
  }
  std::vector<Sent> twice;
  for (const Sent& packet : stream([](int, Sent&) {})) {
    twice.push_back(packet);
    twice.push_back({packet.at + 60'000, packet.sequence, packet.timestamp});
  }
  row("each packet twice", twice, 1000);
  SeededRandom random(7);
  row("jitter of 60 ms, a step of 300 ms",
      stream([&](int k, Sent& p) { p.at += static_cast<int64_t>(random.below(60'000)) + (k >= kFirst ? 300'000 : 0); }),
      40, 300);
  std::vector<Sent> lossy;
  for (const Sent& packet : stream([](int, Sent&) {}))
    if (random.below(10) > 0) lossy.push_back(packet);
  row("10 % lost", lossy, 2, 0, 80);
}

}  // namespace
}  // namespace tincan::inline v0::media
