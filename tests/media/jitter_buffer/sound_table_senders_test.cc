#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "tests/media/jitter_buffer/sound_table.h"

// Senders as the field has them: clocks that stop, leap and drift, numbers that leap, pauses of every length, packets of
// changing length, silence told in every way.
namespace tincan::inline v0::media::soundtable {
namespace {

uint32_t samplesOf(int64_t millis) {
  return static_cast<uint32_t>(millis * 48);
}
/// Packets of 20 ms that one keeps of the number `k`, which are sent `from` to `to` ms after the beginning.
bool within(int k, int64_t from, int64_t to) {
  return int64_t{k} * 20 >= from && int64_t{k} * 20 < to;
}

// What has the time of another packet cannot be told from a copy of it: so much is lost, and no more.
TEST_F(SoundTable, TimeStandsStill) {
  for (const int64_t still : {100, 300, 500, 1000, 3000, 6000}) {
    row("time stands still " + std::to_string(still) + " ms, then leaps", stream([&](int k, Sent& p) {
          if (within(k, kEvent, kEvent + still)) p.timestamp -= samplesOf(k * 20 - kEvent);
        }),
        packetsIn(still), still);
    row("time stands still " + std::to_string(still) + " ms, and goes on", stream([&](int k, Sent& p) {
          if (int64_t{k} * 20 >= kEvent) p.timestamp -= samplesOf(std::min<int64_t>(k * 20 - kEvent, still));
        }),
        packetsIn(still), still);
  }
  row("one packet has the time of the last one", stream([](int k, Sent& p) {
        if (k == kFirst) p.timestamp -= 960;
      }),
      packetsIn(20));
  row("time stands still 40 ms in each second",
      stream([](int k, Sent& p) { p.timestamp -= samplesOf(k / 50 * 40 + std::min(k % 50, 2) * 20); }), 2 * 20 + 20);
}

TEST_F(SoundTable, TimeLeapsAgainAndAgain) {
  for (const int64_t leap : {-600'000, -8'000, -1'000, -200, 200, 1'000, 8'000, 600'000}) {
    row("time leaps " + std::to_string(leap) + " ms each 2 s",
        stream([&](int k, Sent& p) { p.timestamp += samplesOf(k / 100 * leap); }), 9 * packetsIn(100));
    row("time leaps " + std::to_string(leap) + " ms, and back after 1 s", stream([&](int k, Sent& p) {
          if (within(k, kEvent, kEvent + 1000)) p.timestamp += samplesOf(leap);
        }),
        2 * packetsIn(120));
  }
  // Half of all there is: neither forward nor back (RFC 3550 §5.1 compares modulo 2^32).
  for (const uint32_t leap : {0x7fff'ffffu, 0x8000'0000u, 0x8000'0001u}) {
    row("time leaps 2^31 and about that, each 2 s",
        stream([&](int k, Sent& p) { p.timestamp += static_cast<uint32_t>(k / 100) * leap; }), 9 * packetsIn(120));
  }
  SeededRandom random(3);
  std::vector<uint32_t> starts;
  for (int i = 0; i < 10; ++i) starts.push_back(random.u32());
  row("time begins anywhere each 2 s",
      stream([&](int k, Sent& p) { p.timestamp += starts[static_cast<size_t>(k / 100)]; }), 9 * packetsIn(120));
}

// Stamped by a wall clock, which is read now a little earlier and now a little later.
TEST_F(SoundTable, TimeOfAWallClock) {
  SeededRandom random(13);
  for (const uint32_t samples : {3u, 48u, 240u, 480u}) {
    const std::string name = "time is up to " + std::to_string(samples) + " samples late";
    const auto late = [&] { return static_cast<uint32_t>(random.below(samples + 1)); };
    row(name, stream([&](int, Sent& p) { p.timestamp += late(); }), 4);
    row(name + ", path 300 ms longer", stream([&](int k, Sent& p) {
          p.timestamp += late();
          if (k >= kFirst) p.at += 300'000;
        }),
        4, 300);
  }
}

TEST_F(SoundTable, NumbersLeap) {
  for (const int leap : {1, 10, 100, 500, 2'900, 3'100, 20'000, 32'767, 32'768, 32'769, 40'000, 65'535}) {
    row("numbers leap " + std::to_string(leap) + ", time goes on", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.sequence = static_cast<uint16_t>(p.sequence + leap);
        }),
        packetsIn(120));
    row("numbers leap " + std::to_string(leap) + ", and time as far", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.sequence = static_cast<uint16_t>(p.sequence + leap);
          p.timestamp += static_cast<uint32_t>(leap) * 960;
        }),
        packetsIn(120));
  }
  row("a new source: all begins anywhere", stream([](int k, Sent& p) {
        if (k < kFirst) return;
        p.sequence = static_cast<uint16_t>(p.sequence + 31'234);
        p.timestamp += 0x1234'5678u;
      }),
      packetsIn(120));
  row("numbers leap 7 each second",
      stream([](int k, Sent& p) { p.sequence = static_cast<uint16_t>(p.sequence + k / 50 * 7); }), packetsIn(120));
}

// A second of the stream is really lost, or a minute.
TEST_F(SoundTable, HolesInTheStream) {
  for (const int64_t hole : {60, 200, 500, 1'000, 4'000, 10'000, 60'000}) {
    row("nothing arrives for " + std::to_string(hole) + " ms", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.at += hole * 1000;
          p.sequence = static_cast<uint16_t>(p.sequence + hole / 20);
          p.timestamp += samplesOf(hole);
        }),
        2, hole);
  }
}

TEST_F(SoundTable, PausesOfEveryLength) {
  for (const int64_t pause : {100, 300, 700, 1'500, 5'000, 10'000, 30'000, 60'000}) {
    const std::string length = std::to_string(pause) + " ms";
    row("pause " + length + ", and the clock", stream([&](int k, Sent& p) {
          if (k >= kFirst) p.at += pause * 1000;
        }),
        2, pause);
    row("pause " + length + ", clock goes on", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.at += pause * 1000;
          p.timestamp += samplesOf(pause);
        }),
        2, pause);
    row("pause " + length + ", clock runs half", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.at += pause * 1000;
          p.timestamp += samplesOf(pause / 2);
        }),
        packetsIn(120), pause);
    row("pause " + length + ", time begins anew", stream([&](int k, Sent& p) {
          if (k < kFirst) return;
          p.at += pause * 1000;
          p.timestamp += 0x4321'0000u;
        }),
        packetsIn(120), pause);
  }
}

/// Spurts of a second, and as long silences, of which `keep` says which packets are sent. Numbers are those of what is
/// sent.
std::vector<Sent> spurts(const std::function<bool(int, Sent&)>& keep, int64_t jitter = 0) {
  SeededRandom random(5);
  std::vector<Sent> out;
  uint16_t number = 65'500;
  for (Sent& packet : stream([](int, Sent&) {})) {
    const int k = static_cast<int>(packet.at / 20'000);
    if (k % 100 >= 50 && !keep(k % 100 - 50, packet)) continue;
    if (jitter > 0) packet.at += static_cast<int64_t>(random.below(static_cast<uint64_t>(jitter * 1000)));
    packet.sequence = number++;
    out.push_back(packet);
  }
  return out;
}

TEST_F(SoundTable, SilencesThatAreNotSent) {
  const auto opus = [](int k, Sent& p) { return k % 20 == 0 && (p.dtx = true); };  // RFC 6716: each 400 ms
  const auto first = [](int k, Sent& p) { return k == 0 && (p.dtx = true); };      // RFC 3389: once
  const auto dense = [](int k, Sent& p) { return k % 5 == 0 && (p.dtx = true); };  // GSM and AMR: 8 in a second
  const auto untold = [](int, Sent&) { return false; };
  const auto unmarked = [](int k, Sent&) { return k % 20 == 0; };
  for (const int64_t jitter : {0, 40}) {
    const std::string how = jitter ? ", under jitter" : "";
    const auto play = [&](const std::string& name, const std::function<bool(int, Sent&)>& keep, double concealed) {
      auto packets = spurts(keep, jitter);
      // The row's event is packet kFirst, wherever it is: rows with fewer packets have it later.
      const Outcome got = row(name + how, packets, jitter ? 20 : 0, 1000);
      EXPECT_LE(got.concealed, concealed) << name;
    };
    play("comfort noise each 400 ms", opus, 1);
    play("comfort noise once", first, 1);
    play("comfort noise each 100 ms", dense, 1);
    // Nothing says that these are silences: each begins as a loss would, and fades in 100 ms.
    play("silence that nothing tells", untold, 12);
    play("faint packets each 400 ms", unmarked, 25);
  }
}

TEST_F(SoundTable, ClocksThatAreWrongAndSilencesToo) {
  for (const double percent : {-5.0, -4.7, -2.0, 2.0, 4.7, 5.0}) {
    auto packets = spurts([](int k, Sent& p) { return k % 20 == 0 && (p.dtx = true); });
    const auto by = [&](int64_t micros) {
      return static_cast<int64_t>(static_cast<double>(micros) * 100 / (100 + percent));
    };
    const auto surplus = [&](int64_t count) {
      return static_cast<int64_t>(static_cast<double>(count) * percent / 100);
    };
    char text[32];
    std::snprintf(text, sizeof text, "clock %+.1f %%", percent);
    const std::string clock = text;
    for (Sent& packet : packets) packet.at = by(packet.at);
    row(clock + ", comfort noise", packets, percent > 0 ? 30 : 4, 1100, 150);
    SeededRandom random(11);
    std::vector<Sent> lossy;
    for (const Sent& packet : stream([&](int k, Sent&p) { p.at = by(k * 20'000LL); }))
      if (random.below(20) > 0) lossy.push_back(packet);
    row(clock + ", 5 % lost", lossy, percent > 0 ? surplus(1000) + 4 : 4, 0, 150);
    row(clock + ", a minute", stream([&](int k, Sent& p) { p.at = by(k * 20'000LL); }, 3000),
        percent > 0 ? surplus(3000) + 4 : 2, 0, 120);
    row(clock + ", jitter of 40 ms",
        stream([&](int k, Sent& p) { p.at = by(k * 20'000LL) + static_cast<int64_t>(random.below(40'000)); }),
        percent > 0 ? surplus(1000) + 20 : 20, 0, 150);
  }
}

/// Packets of these lengths in ms, each for two seconds or, `mixed`, in turn.
std::vector<Sent> lengths(const std::vector<int64_t>& all, bool mixed) {
  std::vector<Sent> out;
  int64_t at = 0;  // µs
  for (int k = 0; at < 20'000'000; ++k) {
    const auto turn = static_cast<size_t>(mixed ? k : at / 2'000'000) % all.size();
    const int64_t micros = all[turn] * 1000;
    // A packet leaves when it is full.
    Sent packet;
    packet.at = at + micros;
    packet.sequence = static_cast<uint16_t>(65'400 + k);
    packet.timestamp = static_cast<uint32_t>(0xffff0000u + static_cast<uint32_t>(at * 48 / 1000));
    packet.samples = samplesOf(all[turn]);
    out.push_back(packet);
    at += micros;
  }
  return out;
}

TEST_F(SoundTable, PacketsOfOtherLengths) {
  for (const int64_t length : {5, 10, 30, 40, 60, 120})
    row("packets of " + std::to_string(length) + " ms", lengths({length}, false), 1, 0, 250);
  row("10, 60, 20, 40 ms for 2 s each", lengths({10, 60, 20, 40}, false), 16, 60, 250);
  row("60, 10 ms for 2 s each", lengths({60, 10}, false), 30, 60, 250);
  row("20, 120 ms for 2 s each", lengths({20, 120}, false), 30, 120, 300);
  // Once, in mid-call.
  for (const int64_t length : {5, 10, 30, 40, 60, 120})
    row("20, then " + std::to_string(length) + " ms",
        lengths({20, 20, 20, 20, 20, length, length, length, length, length}, false), 2 + length / 20, length, 300);
  row("10 and 60 ms in turn", lengths({10, 60}, true), 4, 60, 250);
  row("20, 40, 60, 10 ms in turn", lengths({20, 40, 60, 10}, true), 4, 60, 250);
}

// What comes in turn with its neighbour. More is learnt by stretching, which is not the buffer's: tests/stack has that.
TEST_F(SoundTable, PacketsOutOfOrder) {
  row("each two backwards", stream([](int k, Sent& p) { p.at = (int64_t{k} / 2 * 2 + 3 - k % 2) * 20'000; }), 4);
  row("the first comes last", stream([](int k, Sent& p) {
        if (k == 0) p.at += 45'000;
      }),
      2);
}

}  // namespace
}  // namespace tincan::inline v0::media::soundtable
