#pragma once

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/jitter_buffer.h"

/// What the jitter buffer of sound makes of what senders and lines do to it: rows of a table, each held to its bounds.
namespace tincan::inline v0::media::soundtable {

inline constexpr int64_t kEvent = 5'000;  // ms: when the disturbance begins

struct Sent {
  int64_t at = 0;  // µs of arrival
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t samples = 960;
  bool dtx = false;
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
inline Outcome play(std::vector<Sent> packets, size_t since) {
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
      packet.samples = packets[next].samples;
      packet.dtx = packets[next].dtx;
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
inline std::vector<Sent> stream(const std::function<void(int, Sent&)>& change, int count = 1000) {
  std::vector<Sent> packets;
  for (int k = 0; k < count; ++k) {
    Sent packet{int64_t{k} * 20'000, static_cast<uint16_t>(65'000 + k),
                static_cast<uint32_t>(0xfffff000u + static_cast<uint32_t>(k) * 960), 960, false};
    change(k, packet);
    packets.push_back(packet);
  }
  return packets;
}

inline constexpr int kFirst = static_cast<int>(kEvent / 20);

class SoundTable : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::printf("%-34s %8s %6s %8s %8s %7s %7s\n", "", "played %", "lost", "again ms", "gap ms", "delay", "conc. %");
  }
  /// Prints the row and holds it to its bounds: packets lost, and silence beyond what the line or the sender makes.
  Outcome row(const std::string& name, const std::vector<Sent>& packets, int64_t mayLose, int64_t silence = 0,
              int64_t delay = 220) {
    const Outcome got = play(packets, std::min<size_t>(kFirst, packets.size() / 2));
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

}  // namespace tincan::inline v0::media::soundtable
