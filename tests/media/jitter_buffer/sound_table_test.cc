#include "tests/media/jitter_buffer/sound_table.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/random.h"

namespace tincan::inline v0::media::soundtable {
namespace {

// The line holds everything back and gives it at once, or the sender stops with its clock.
TEST_F(SoundTable, Stalls) {
  for (const int64_t stall : {100, 200, 220, 260, 400, 1000, 1900, 2500, 3000, 8000}) {
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
  // Held back and given at once, again and again: each time at most the burst is lost.
  row("line stalls 400 ms each 2 s", stream([](int k, Sent& p) {
        if (k % 100 >= 80) p.at = (int64_t{k} / 100 + 1) * 100 * 20'000;
      }),
      10 * packetsIn(400), 400);
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
  for (const int64_t later : {0, 20, 60, 120, 500, 2'000}) {
    std::vector<Sent> twice;
    for (const Sent& packet : stream([](int, Sent&) {})) {
      twice.push_back(packet);
      Sent& again = twice.emplace_back(packet);
      again.at += later * 1000;
    }
    row("each packet twice, " + std::to_string(later) + " ms later", twice, 1000);
  }
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
}  // namespace tincan::inline v0::media::soundtable
