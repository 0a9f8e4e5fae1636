// A minute of a voice over bad lines, through encoder, network, jitter buffer and decoder: what is heard, how late, and
// how far it is from what was said. `media_test --gtest_filter='SoundQuality.*'` prints the table.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "media/jitter_buffer/sound_playout.h"
#include "tests/media/jitter_buffer/spectral_distance.h"
#include "tests/media/jitter_buffer/synthetic_voice.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kSeconds = 60;
constexpr int64_t kPath = 40'000;         // µs that every packet takes
constexpr uint32_t kFirst = 0xffff'0000;  // the first RTP timestamp: it turns over on the way
constexpr int64_t kLookahead = 312;       // RFC 6716 §4.5 and libopus: sound comes out 6.5 ms after it went in

struct Line {
  int lossPercent = 0;
  int64_t outage = 0;  // ms: each 5 s that long all is lost…
  int64_t stall = 0;   // …or held back
  int64_t jitter = 0;  // ms, even between none and that; packets overtake each other
  int ppm = 0;         // by which the sender's clock is fast
  bool pauses = false;
};

struct Packet {
  int64_t sent = 0, at = 0;  // µs
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  const Bytes* payload = nullptr;
};

struct Outcome {
  double lost = 0, concealed = 0;     // %
  double delayMean = 0, delay95 = 0;  // ms beyond the path's
  int64_t gaps = 0, longestGap = 0;   // ms of silence where there was sound
  double distance = 0;                // dB
  double removed = 0, inserted = 0;   // ms a second
};

/// What is encoded once for all rows.
struct Voice {
  explicit Voice(bool pauses) : sound(syntheticVoice(kSeconds, pauses)) {
    CodecFormat format{CodecKind::kAudio, "opus", 48'000, 2, {{"useinbandfec", "1"}}};
    if (pauses) format.parameters.push_back({"usedtx", "1"});
    AudioEncoderSettings settings;
    settings.expectedLossPercent = 10;
    auto encoder = builtInCodecs().audioEncoder(format, settings).value();
    for (int k = 0; k < kSeconds * 50; ++k) {
      AudioFrame frame;
      const auto from = sound.begin() + k * AudioFrame::kSamples;
      frame.samples.assign(from, from + AudioFrame::kSamples);
      frame.captured = TimePoint::fromMicros(k * 20'000);
      frame.rtpTimestamp = static_cast<uint32_t>(k * AudioFrame::kSamples);
      std::vector<EncodedAudio> out;
      EXPECT_TRUE(encoder->encode(frame, out).ok());
      for (auto& one : out) packets.push_back(std::move(one));
    }
  }
  static const Voice& get(bool pauses) {
    static const Voice without(false), with(true);
    return pauses ? with : without;
  }
  std::vector<int16_t> sound;
  std::vector<EncodedAudio> packets;
};

std::vector<Packet> carry(const Line& line, uint64_t seed, double& lostPercent) {
  SeededRandom random(seed);
  std::vector<Packet> packets;
  const auto& encoded = Voice::get(line.pauses).packets;
  int64_t lost = 0;
  for (size_t i = 0; i < encoded.size(); ++i) {
    const int64_t sampled = int64_t{encoded[i].rtpTimestamp} * 1'000'000 / AudioFrame::kRate;
    Packet packet{sampled - sampled * line.ppm / 1'000'000, 0, static_cast<uint16_t>(65'000 + i),
                  kFirst + encoded[i].rtpTimestamp, &encoded[i].data};
    packet.at = packet.sent + kPath;
    if (line.jitter > 0) packet.at += static_cast<int64_t>(random.below(static_cast<uint64_t>(line.jitter) * 1000));
    const int64_t within = packet.sent % 5'000'000 - 2'000'000;
    const bool out = within >= 0 && within < line.outage * 1000;
    if (within >= 0 && within < line.stall * 1000) packet.at += line.stall * 1000 - within;
    if (out || (line.lossPercent > 0 && random.below(100) < static_cast<uint64_t>(line.lossPercent))) {
      ++lost;
      continue;
    }
    packets.push_back(packet);
  }
  lostPercent = 100.0 * static_cast<double>(lost) / static_cast<double>(encoded.size());
  std::stable_sort(packets.begin(), packets.end(), [](const Packet& a, const Packet& b) { return a.at < b.at; });
  return packets;
}

/// What comes out, measured as it comes.
class Listener {
 public:
  explicit Listener(const Line& line) : line_(line), sent_(Voice::get(line.pauses).sound) {}

  /// `samples` of the stream from `timestamp` on were due; `heard` came out, or nothing.
  void hear(int64_t now, uint32_t timestamp, size_t samples, std::span<const int16_t> heard) {
    const int64_t position = static_cast<int64_t>(timestamp - kFirst);
    const int64_t sampled = position * 1'000'000 / AudioFrame::kRate;
    if (position < AudioFrame::kSamples || position + 2 * AudioFrame::kSamples > static_cast<int64_t>(sent_.size()))
      return;
    if (!heard.empty())
      delays_.push_back(static_cast<double>(now - sampled + sampled * line_.ppm / 1'000'000 - kPath) / 1000);
    const auto said = std::span(sent_).subspan(static_cast<size_t>(position - kLookahead), AudioFrame::kSamples);
    const double loud = rms(said), got = rms(heard);
    const int64_t ms = static_cast<int64_t>(samples) / 48;
    gap_ = loud > 300 && got < loud / 30 ? gap_ + ms : 0;
    if (gap_ > 0) outcome_.gaps += ms;
    outcome_.longestGap = std::max(outcome_.longestGap, gap_);
    if (loud < 300 || ++heard_ % 6 != 0) return;  // each sixth frame: the transform takes most of the time
    distances_ += spectralDistance(said, heard);
    ++measured_;
  }
  Outcome outcome() {
    std::sort(delays_.begin(), delays_.end());
    double sum = 0;
    for (const double delay : delays_) sum += delay;
    outcome_.delayMean = sum / static_cast<double>(delays_.size());
    outcome_.delay95 = delays_[delays_.size() * 95 / 100];
    outcome_.distance = distances_ / static_cast<double>(measured_);
    return outcome_;
  }

 private:
  static double rms(std::span<const int16_t> sound) {
    double sum = 0;
    for (const int16_t sample : sound) sum += static_cast<double>(sample) * sample;
    return sound.empty() ? 0 : std::sqrt(sum / static_cast<double>(sound.size()));
  }

  const Line& line_;
  const std::vector<int16_t>& sent_;
  std::vector<double> delays_;
  int64_t gap_ = 0;
  double distances_ = 0;
  size_t heard_ = 0, measured_ = 0;
  Outcome outcome_;
};

Outcome play(const Line& line, uint64_t seed) {
  double lost = 0;
  const auto packets = carry(line, seed, lost);
  Listener listener(line);
  auto decoder = builtInCodecs().audioDecoder({CodecKind::kAudio, "opus", 48'000, 2, {}}).value();
  SoundPlayout playout(AudioFrame::kRate, [&](uint8_t) { return decoder.get(); });
  size_t next = 0;
  for (int64_t ms = 0; ms <= kSeconds * 1000 + 500; ++ms) {
    const TimePoint now = TimePoint::fromMicros(ms * 1000);
    for (; next < packets.size() && packets[next].at <= ms * 1000; ++next) {
      const Packet& arrived = packets[next];
      AudioJitterBuffer::Packet packet;
      packet.sequenceNumber = arrived.sequence;
      packet.timestamp = arrived.timestamp;
      packet.samples = decoder->duration(*arrived.payload);
      packet.dtx = decoder->mayPause(*arrived.payload);
      packet.payload = *arrived.payload;
      playout.receive(now, std::move(packet));
    }
    SoundPlayout::Sound out;
    while (playout.pop(now, true, out)) listener.hear(ms * 1000, out.timestamp, out.samples, out.frame.samples);
  }
  Outcome outcome = listener.outcome();
  outcome.lost = lost;
  const auto stats = playout.stats();
  outcome.concealed = 100.0 * static_cast<double>(stats.concealed) / static_cast<double>(stats.received);
  outcome.removed = static_cast<double>(stats.removed) / 48 / kSeconds;
  outcome.inserted = static_cast<double>(stats.inserted) / 48 / kSeconds;
  return outcome;
}

TEST(SoundQuality, Table) {
  struct Row {
    const char* name;
    Line line;
    double concealed, delay95, distance;  // at the most
    int64_t gaps = 0;
  };
  const Row rows[] = {
      {"nothing", {}, 0.1, 21, 0.75},
      {"5 % lost", {.lossPercent = 5}, 1.0, 45, 0.85},
      {"10 % lost", {.lossPercent = 10}, 3.0, 45, 1.0},
      {"20 % lost", {.lossPercent = 20}, 7.0, 45, 1.2},
      {"200 ms lost each 5 s", {.outage = 200}, 4.5, 45, 1.2},
      {"200 ms held back each 5 s", {.stall = 200}, 1.0, 225, 0.85},
      {"jitter of 100 ms", {.jitter = 100}, 0.5, 125, 0.8},
      {"jitter of 100 ms, 5 % lost", {.lossPercent = 5, .jitter = 100}, 1.5, 140, 0.9},
      {"clock +300 ppm", {.ppm = 300}, 0.1, 45, 0.75},
      {"clock -300 ppm", {.ppm = -300}, 0.1, 45, 0.75},
      {"pauses (DTX)", {.pauses = true}, 0.1, 21, 0.6},
      {"pauses, 10 % lost, jitter of 40 ms", {.lossPercent = 10, .jitter = 40, .pauses = true}, 8, 75, 0.8, 60},
  };
  std::printf("%-36s %6s %7s %7s %7s %6s %8s %6s %8s %8s\n", "", "lost %", "conc. %", "delay", "p95", "gaps", "longest",
              "dB", "removed", "inserted");
  uint64_t seed = 100;
  for (const Row& row : rows) {
    const Outcome got = play(row.line, ++seed);
    std::printf("%-36s %6.1f %7.1f %7.1f %7.1f %6lld %8lld %6.2f %8.2f %8.2f\n", row.name, got.lost, got.concealed,
                got.delayMean, got.delay95, static_cast<long long>(got.gaps), static_cast<long long>(got.longestGap),
                got.distance, got.removed, got.inserted);
    EXPECT_LE(got.concealed, row.concealed) << row.name;
    EXPECT_LE(got.delay95, row.delay95) << row.name;
    EXPECT_LE(got.distance, row.distance) << row.name;
    EXPECT_LE(got.gaps, row.gaps) << row.name;
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
