// Minutes of pictures over bad lines, through packets, NACKs and the jitter buffer: how evenly they come out, how late,
// and how many. `media_test --gtest_filter='PictureQuality.*'` prints the table.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/frame_pace.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/vp8.h"
#include "rtp/repair/nack_tracker.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kSeconds = 60, kFps = 30;
constexpr int64_t kPath = 40'000;  // µs that every packet takes, one way
constexpr int64_t kBitsPerSecond = 3'000'000;

struct Line {
  int lossPercent = 0;
  int64_t stall = 0;   // ms: each 5 s held back for so long
  int64_t jitter = 0;  // ms; packets keep their order
  int ppm = 0;
  bool evenSizes = false;
};

struct Outcome {
  double out = 0;                     // % of the frames
  double freezes = 0;                 // as browsers count them
  double frozen = 0;                  // s
  double delayMean = 0, delay95 = 0;  // ms beyond the path's, from capture
  double unevenness = 0;              // ms: the deviation of the times between pictures
  int64_t firstSecond = 0;            // ms: the longest wait for a picture in it
};

/// A camera of 30 pictures a second over a line that sends one packet after the other; what is lost is sent again when
/// it is asked for, and key frames come when they are.
class Watcher {
 public:
  Watcher(const Line& line, uint64_t seed) : line_(line), random_(seed) {}

  Outcome play() {
    buffer_.setRoundTripTime(Duration::micros(2 * kPath));
    nacks_.setRoundTripTime(Duration::micros(2 * kPath));
    int frame = 0;
    for (int64_t ms = 0; ms <= kSeconds * 1000 + 1000; ++ms) {
      const int64_t now = ms * 1000;
      for (; frame < kSeconds * kFps && captured(frame) <= now; ++frame) capture(frame);
      while (!way_.empty() && way_.begin()->first <= now) {
        const auto [at, number] = *way_.begin();
        way_.erase(way_.begin());
        arrive(TimePoint::fromMicros(at), number);
      }
      ask(TimePoint::fromMicros(now));
      ReceivedFrame picture;
      while (buffer_.pop(TimePoint::fromMicros(now), picture)) show(now, picture);
      if (buffer_.needsKeyFrame() && now - wishedAt_ >= 2 * kPath) wishedAt_ = now;
    }
    return outcome();
  }

 private:
  struct Packet {
    Bytes payload;
    uint32_t timestamp = 0;
    bool last = false;
    int sent = 0;
  };

  int64_t captured(int frame) const {
    const int64_t even = int64_t{frame} * 1'000'000 / kFps;
    return even - even * line_.ppm / 1'000'000;
  }
  void capture(int number) {
    // One that is on its way answers what was asked for before it came (session::OutboundStream): with one for each wish,
    // a line of 3 Mb/s carries key frames alone.
    const bool comes = captured(number) < keyFrameLeft_ + 2 * kPath;
    const bool wished = !comes && wishedAt_ > wishHeard_ && captured(number) >= wishedAt_ + kPath;
    if (wished) wishHeard_ = wishedAt_;
    const bool key = wished || number % (10 * kFps) == 0;
    const size_t size = line_.evenSizes ? 6'000 : key ? 40'000 : 3'000 + random_.below(6'000);
    Bytes frame(size, 0);
    frame[0] = key ? 0 : 1;
    if (key) storeBe24(frame.data() + 3, 0x9d012a);
    packetizer_.setFrame(frame, 1200);
    const auto timestamp = static_cast<uint32_t>(0xfff00000u + static_cast<uint32_t>(number) * (90'000 / kFps));
    frames_[timestamp] = captured(number);
    while (packetizer_.packetsLeft() > 0) {
      PacketBuffer buffer = pool_.allocate();
      bool last = false;
      ASSERT_TRUE(packetizer_.next(buffer, last));
      packets_.push_back({toBytes(buffer.view()), timestamp, last, 0});
      send(captured(number), static_cast<uint16_t>(packets_.size() - 1));
    }
    if (key) keyFrameLeft_ = free_;
  }
  void send(int64_t now, uint16_t number) {
    Packet& packet = packets_[wide(number)];
    const auto bits = static_cast<int64_t>(packet.payload.size() + 60) * 8;
    const int64_t takes = bits * 1'000'000 / kBitsPerSecond;
    free_ = std::max(free_, now) + takes;
    ++packet.sent;
    if (line_.lossPercent > 0 && random_.below(100) < static_cast<uint64_t>(line_.lossPercent)) return;
    // What is sent again goes before pictures that wait (rtp::Pacer).
    const bool repair = packet.sent > 1;
    int64_t at = (repair ? now + takes : free_) + kPath;
    if (line_.jitter > 0) at += static_cast<int64_t>(random_.below(static_cast<uint64_t>(line_.jitter) * 1000));
    const int64_t within = now % 5'000'000 - 2'000'000;
    if (within >= 0 && within < line_.stall * 1000) at += line_.stall * 1000 - within;
    if (repair && line_.jitter == 0) {
      way_.emplace(at, number);
      return;
    }
    lastAt_ = std::max(lastAt_, at);
    way_.emplace(lastAt_, number);
  }
  size_t wide(uint16_t number) const {  // of the packets so far, the last with these bits
    const size_t newest = packets_.size() - 1;
    return newest - static_cast<uint16_t>(static_cast<uint16_t>(newest) - number);
  }
  void arrive(TimePoint at, uint16_t number) {
    const Packet& sent = packets_[wide(number)];
    VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = number;
    packet.timestamp = sent.timestamp;
    packet.recovered = sent.sent > 1;
    packet.buffer = pool_.copy(sent.payload);
    ASSERT_TRUE(rtp::depacketizeVp8(packet.buffer.view(), sent.last, packet.info));
    nacks_.receive(at, number, packet.info.keyFrame && packet.info.startOfFrame);
    buffer_.receive(at, std::move(packet));
  }
  void ask(TimePoint now) {
    std::vector<uint16_t> missing;
    if (nacks_.nextTimeout() <= now && nacks_.poll(now, missing)) {
      for (const uint16_t number : missing) asked_.emplace(now.micros() + kPath, number);
    }
    while (!asked_.empty() && asked_.begin()->first <= now.micros()) {
      const uint16_t number = asked_.begin()->second;
      asked_.erase(asked_.begin());
      send(now.micros(), number);
    }
  }
  void show(int64_t now, const ReceivedFrame& picture) {
    if (shown_ > 0 && now < 1'000'000) firstSecond_ = std::max(firstSecond_, (now - shownAt_) / 1000);
    shownAt_ = now;
    ++shown_;
    pace_.note(TimePoint::fromMicros(now));
    delays_.push_back(static_cast<double>(now - frames_[picture.rtpTimestamp] - kPath) / 1000);
  }
  Outcome outcome() {
    Outcome out;
    out.out = 100.0 * static_cast<double>(shown_) / (kSeconds * kFps);
    out.freezes = pace_.freezes();
    out.firstSecond = firstSecond_;
    out.frozen = pace_.frozen().toSeconds();
    const double mean = pace_.totalDelay().toSeconds() / static_cast<double>(shown_);
    out.unevenness =
        1000 * std::sqrt(std::max(pace_.totalSquaredDelay() / static_cast<double>(shown_) - mean * mean, 0.0));
    std::sort(delays_.begin(), delays_.end());
    double sum = 0;
    for (const double delay : delays_) sum += delay;
    out.delayMean = sum / static_cast<double>(delays_.size());
    out.delay95 = delays_[delays_.size() * 95 / 100];
    return out;
  }

  Line line_;
  SeededRandom random_;
  PacketPool pool_;
  rtp::Vp8Packetizer packetizer_{0x7ff0};
  VideoJitterBuffer buffer_;
  rtp::NackTracker nacks_;
  std::vector<Packet> packets_;
  std::multimap<int64_t, uint16_t> way_, asked_;
  std::map<uint32_t, int64_t> frames_;
  int64_t free_ = 0, lastAt_ = 0;
  int64_t wishedAt_ = -1'000'000, wishHeard_ = -1'000'000;  // for a key frame: when it was sent, and which was heeded
  int64_t keyFrameLeft_ = -1'000'000;                       // when the last one had left the line
  FramePace pace_;
  std::vector<double> delays_;
  uint64_t shown_ = 0;
  int64_t shownAt_ = 0, firstSecond_ = 0;
};

/// Of twelve minutes: what is lost twice or three times is rare, and is what freezes.
Outcome mean(const Line& line) {
  constexpr int kRuns = 12;
  Outcome sum;
  for (uint64_t seed = 0; seed < kRuns; ++seed) {
    const Outcome one = Watcher(line, 200 + seed).play();
    for (double Outcome::*each : {&Outcome::out, &Outcome::freezes, &Outcome::frozen, &Outcome::delayMean,
                                  &Outcome::delay95, &Outcome::unevenness})
      sum.*each += one.*each / kRuns;
    sum.firstSecond = std::max(sum.firstSecond, one.firstSecond);
  }
  return sum;
}

TEST(PictureQuality, Table) {
  const struct {
    const char* name;
    Line line;
    double out;                           // at the least
    double freezes, delay95, unevenness;  // at the most
    double delay;                         // in the mean
  } rows[] = {
      {"frames of one size", {.evenSizes = true}, 99.9, 0, 25, 5, 25},
      {"nothing", {}, 99.9, 0, 160, 4, 130},
      {"1 % lost", {.lossPercent = 1}, 99.5, 0.2, 160, 8, 130},
      {"5 % lost", {.lossPercent = 5}, 99.8, 1.7, 200, 20, 135},
      {"10 % lost", {.lossPercent = 10}, 99.4, 10, 260, 30, 155},
      {"20 % lost", {.lossPercent = 20}, 94, 33, 420, 55, 225},
      {"200 ms held back each 5 s", {.stall = 200}, 99.9, 1, 250, 12, 165},
      {"jitter of 30 ms", {.jitter = 30}, 99.9, 0, 190, 5, 150},
      {"jitter of 100 ms", {.jitter = 100}, 99.9, 0, 290, 6, 220},
      {"clock +300 ppm", {.ppm = 300}, 99.9, 0, 160, 4, 130},
      {"clock -300 ppm", {.ppm = -300}, 99.9, 0, 160, 4, 130},
  };
  std::printf("%-28s %8s %8s %9s %8s %8s %10s %12s\n", "", "frames %", "freezes", "frozen s", "delay", "p95",
              "uneven ms", "first s, ms");
  for (const auto& row : rows) {
    const Outcome got = mean(row.line);
    std::printf("%-28s %8.1f %8.1f %9.2f %8.1f %8.1f %10.1f %12lld\n", row.name, got.out, got.freezes, got.frozen,
                got.delayMean, got.delay95, got.unevenness, static_cast<long long>(got.firstSecond));
    EXPECT_LE(got.firstSecond, 280) << row.name << ": a call does not begin with a picture that stands still";
    EXPECT_GE(got.out, row.out) << row.name;
    EXPECT_LE(got.freezes, row.freezes) << row.name;
    EXPECT_LE(got.delayMean, row.delay) << row.name;
    EXPECT_LE(got.delay95, row.delay95) << row.name;
    EXPECT_LE(got.unevenness, row.unevenness) << row.name;
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
