// Minutes of pictures over bad lines, through packets, NACKs and the jitter buffer: how evenly they come out, how late,
// and how many. `media_test --gtest_filter='PictureQuality.*'` prints the table.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/frame_pace.h"
#include "media/jitter_buffer.h"
#include "rtp/payload/vp8.h"
#include "rtp/repair/key_frame_wish.h"
#include "rtp/repair/nack_tracker.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kSeconds = 60, kFps = 30;
constexpr int64_t kBitsPerSecond = 3'000'000;

struct Line {
  int lossPercent = 0;
  int64_t stall = 0;   // ms: each 5 s held back for so long
  int64_t jitter = 0;  // ms; packets keep their order
  int ppm = 0;
  bool evenSizes = false;
  bool ownQueue =
      false;  // what waits, waits in the line, repairs as well; else in the sender's pacer, where they go first
  int backLossPercent = 0;  // of what is asked for
  int64_t path = 40'000;    // µs that every packet takes, one way
  int64_t rate = kBitsPerSecond;
  int fps = kFps;
  size_t keyFrame = 40'000;  // bytes; others are of the size that the rate has room for
  int keyFrameEach = 10;     // s; 0: only when it is asked for
  bool libwebrtc = false;    // its sender: each wish is obeyed that comes 300 ms after the last one that was, or later
};

struct Outcome {
  double out = 0;                     // % of the frames
  double freezes = 0;                 // as browsers count them
  double frozen = 0;                  // s
  double delayMean = 0, delay95 = 0;  // ms beyond the path's, from capture
  double unevenness = 0;              // ms: the deviation of the times between pictures
  double keyFrames = 0;
  double wishes = 0;        // for key frames, that were sent…
  double needs = 0;         // …and how often one was needed
  int64_t firstSecond = 0;  // ms: the longest wait for a picture in it
};

/// A camera of 30 pictures a second over a line that sends one packet after the other; what is lost is sent again when
/// it is asked for, and key frames come when they are.
class Watcher {
 public:
  Watcher(const Line& line, uint64_t seed) : line_(line), random_(seed) {}

  Outcome play() {
    buffer_.setRoundTripTime(Duration::micros(2 * line_.path));
    keyFrames_.setRoundTripTime(Duration::micros(2 * line_.path));
    nacks_.setRoundTripTime(Duration::micros(2 * line_.path));
    int frame = 0;
    for (int64_t ms = 0; ms <= kSeconds * 1000 + 1000; ++ms) {
      const int64_t now = ms * 1000;
      for (; frame < kSeconds * line_.fps && captured(frame) <= now; ++frame) capture(frame);
      while (!way_.empty() && way_.begin()->first <= now) {
        const auto [at, number] = *way_.begin();
        way_.erase(way_.begin());
        arrive(TimePoint::fromMicros(at), number);
      }
      ask(TimePoint::fromMicros(now));
      ReceivedFrame picture;
      while (buffer_.pop(TimePoint::fromMicros(now), picture)) show(now, picture);
      const bool needed = std::exchange(needed_, buffer_.needsKeyFrame());
      if (needed_ && !needed) ++needs_;
      if (needed_ || nacks_.takeKeyFrameRequest()) keyFrames_.want();
      keyFrames_.setKeyFrameTime(buffer_.keyFrameTime());
      if (!keyFrames_.poll(TimePoint::fromMicros(now))) continue;
      ++wishes_;
      if (!isLostOnTheWayBack()) wishedAt_ = now;
    }
    return outcome();
  }

 private:
  static constexpr int kMost = 1 << 30;

  struct Packet {
    Bytes payload;
    uint32_t timestamp = 0;
    bool last = false;
    int sent = 0;
  };

  int64_t captured(int frame) const {
    const int64_t even = int64_t{frame} * 1'000'000 / line_.fps;
    return even - even * line_.ppm / 1'000'000;
  }
  void capture(int number) {
    // One that is on its way answers what was asked for before it came (session::OutboundStream): with one for each wish,
    // a line of 3 Mb/s carries key frames alone.
    const bool comes = line_.libwebrtc ? wishedAt_ + line_.path < obeyed_ + 300'000
                                       : captured(number) < keyFrameLeft_ + 2 * line_.path;
    const bool heard = wishedAt_ > wishHeard_ && captured(number) >= wishedAt_ + line_.path;
    const bool wished = heard && !comes;
    if (wished) obeyed_ = wishedAt_ + line_.path;
    if (wished || (heard && line_.libwebrtc)) wishHeard_ = wishedAt_;
    const bool key = wished || number % (line_.keyFrameEach > 0 ? line_.keyFrameEach * line_.fps : kMost) == 0;
    if (key) ++keyFramesMade_;
    const size_t size = line_.evenSizes ? 6'000 : key ? line_.keyFrame : usualSize();
    Bytes frame(size, 0);
    frame[0] = key ? 0 : 1;
    if (key) storeBe24(frame.data() + 3, 0x9d012a);
    packetizer_.setFrame(frame, 1200);
    const auto timestamp = static_cast<uint32_t>(0xfff00000u + static_cast<uint32_t>(number) *
                                                                   (90'000 / static_cast<uint32_t>(line_.fps)));
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
  size_t usualSize() {
    const uint64_t atFullRate = 3'000 + random_.below(6'000);
    return atFullRate * static_cast<uint64_t>(line_.rate) / kBitsPerSecond * kFps / static_cast<uint64_t>(line_.fps);
  }
  void send(int64_t now, uint16_t number) {
    Packet& packet = packets_[wide(number)];
    const auto bits = static_cast<int64_t>(packet.payload.size() + 60) * 8;
    const int64_t takes = bits * 1'000'000 / line_.rate;
    free_ = std::max(free_, now) + takes;
    ++packet.sent;
    if (line_.lossPercent > 0 && random_.below(100) < static_cast<uint64_t>(line_.lossPercent)) return;
    // What is sent again goes before pictures that wait (rtp::Pacer).
    const bool repair = packet.sent > 1;
    int64_t at = (repair && !line_.ownQueue ? now + takes : free_) + line_.path;
    if (line_.jitter > 0) at += static_cast<int64_t>(random_.below(static_cast<uint64_t>(line_.jitter) * 1000));
    const int64_t within = now % 5'000'000 - 2'000'000;
    if (within >= 0 && within < line_.stall * 1000) at += line_.stall * 1000 - within;
    if (repair && line_.jitter == 0 && !line_.ownQueue) {
      way_.emplace(at, number);
      return;
    }
    lastAt_ = std::max(lastAt_, at);
    way_.emplace(lastAt_, number);
    waited_[lastAt_] = free_ - takes - now;
  }
  size_t wide(uint16_t number) const {  // of the packets so far, the last with these bits
    const size_t newest = packets_.size() - 1;
    return newest - static_cast<uint16_t>(static_cast<uint16_t>(newest) - number);
  }
  void arrive(TimePoint at, uint16_t number) {
    const Packet& sent = packets_[wide(number)];
    if (line_.ownQueue) {  // InboundStream knows what packets wait on the way, by their send times
      const Duration repairTime = Duration::micros(2 * line_.path + waited_[at.micros()]);
      nacks_.setRoundTripTime(repairTime);
      buffer_.setRepairTime(repairTime);
    }
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
      if (isLostOnTheWayBack()) missing.clear();
      for (const uint16_t number : missing) asked_.emplace(now.micros() + line_.path, number);
    }
    while (!asked_.empty() && asked_.begin()->first <= now.micros()) {
      const uint16_t number = asked_.begin()->second;
      asked_.erase(asked_.begin());
      send(now.micros(), number);
    }
  }
  bool isLostOnTheWayBack() {
    return line_.backLossPercent > 0 && random_.below(100) < static_cast<uint64_t>(line_.backLossPercent);
  }
  void show(int64_t now, const ReceivedFrame& picture) {
    if (picture.keyFrame) keyFrames_.answered();
    if (shown_ > 0 && now < 1'000'000) firstSecond_ = std::max(firstSecond_, (now - shownAt_) / 1000);
    shownAt_ = now;
    ++shown_;
    pace_.note(TimePoint::fromMicros(now));
    delays_.push_back(static_cast<double>(now - frames_[picture.rtpTimestamp] - line_.path) / 1000);
  }
  Outcome outcome() {
    Outcome out;
    out.out = 100.0 * static_cast<double>(shown_) / (kSeconds * line_.fps);
    out.freezes = pace_.freezes();
    out.firstSecond = firstSecond_;
    out.keyFrames = keyFramesMade_;
    out.wishes = wishes_;
    out.needs = needs_;
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
  std::map<int64_t, int64_t> waited_;                       // in the line's queue, by when it came
  rtp::KeyFrameWish keyFrames_;
  int64_t obeyed_ = -1'000'000;  // when the last wish came that was
  int keyFramesMade_ = 0, wishes_ = 0, needs_ = 0;
  bool needed_ = false;
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
    for (double Outcome::*each :
         {&Outcome::out, &Outcome::freezes, &Outcome::frozen, &Outcome::delayMean, &Outcome::delay95,
          &Outcome::unevenness, &Outcome::keyFrames, &Outcome::wishes, &Outcome::needs})
      sum.*each += one.*each / kRuns;
    sum.firstSecond = std::max(sum.firstSecond, one.firstSecond);
  }
  return sum;
}

// A sender that has come down to a slow line: a key frame takes a third of a second, or a whole one.
Line slow(int64_t rate, int fps, size_t keyFrame) {
  return {.lossPercent = 20,
          .backLossPercent = 20,
          .path = 20'000,
          .rate = rate,
          .fps = fps,
          .keyFrame = keyFrame,
          .keyFrameEach = 0};
}

TEST(PictureQuality, Table) {
  const struct {
    const char* name;
    Line line;
    double out;                           // at the least
    double freezes, delay95, unevenness;  // at the most
    double delay;                         // in the mean
    double keyFrames = 20;
  } rows[] = {
      {"frames of one size", {.evenSizes = true}, 99.9, 0, 25, 5, 25},
      {"nothing", {}, 99.9, 0, 160, 4, 130},
      {"1 % lost", {.lossPercent = 1}, 99.5, 0.2, 160, 8, 130},
      {"5 % lost", {.lossPercent = 5}, 99.8, 1.7, 200, 20, 135},
      {"10 % lost", {.lossPercent = 10}, 99.4, 10, 260, 30, 155},
      {"20 % lost", {.lossPercent = 20}, 94, 33, 420, 55, 225},
      {"10 % lost, a queue of its own", {.lossPercent = 10, .ownQueue = true}, 99.4, 8.5, 260, 30, 155},
      {"20 % lost, a queue of its own", {.lossPercent = 20, .ownQueue = true}, 94.5, 40, 420, 65, 225},
      {"20 % each way, 300 kb/s", slow(300'000, kFps, 12'000), 99, 3, 320, 20, 250, 2.5},
      {"20 % each way, 60 kb/s", slow(60'000, 10, 8'000), 98.5, 27, 1700, 95, 800, 2.5},
      {"200 ms held back each 5 s", {.stall = 200}, 99.9, 1, 250, 12, 165},
      {"jitter of 30 ms", {.jitter = 30}, 99.9, 0, 190, 5, 150},
      {"jitter of 100 ms", {.jitter = 100}, 99.9, 0, 290, 6, 220},
      {"clock +300 ppm", {.ppm = 300}, 99.9, 0, 160, 4, 130},
      {"clock -300 ppm", {.ppm = -300}, 99.9, 0, 160, 4, 130},
  };
  std::printf("%-28s %8s %8s %9s %8s %8s %10s %12s %10s\n", "", "frames %", "freezes", "frozen s", "delay", "p95",
              "uneven ms", "first s, ms", "key frames");
  for (const auto& row : rows) {
    const Outcome got = mean(row.line);
    std::printf("%-28s %8.1f %8.1f %9.2f %8.1f %8.1f %10.1f %12lld %10.1f\n", row.name, got.out, got.freezes,
                got.frozen, got.delayMean, got.delay95, got.unevenness, static_cast<long long>(got.firstSecond),
                got.keyFrames);
    EXPECT_LE(got.firstSecond, 280) << row.name << ": a call does not begin with a picture that stands still";
    EXPECT_GE(got.out, row.out) << row.name;
    EXPECT_LE(got.freezes, row.freezes) << row.name;
    EXPECT_LE(got.delayMean, row.delay) << row.name;
    EXPECT_LE(got.delay95, row.delay95) << row.name;
    EXPECT_LE(got.unevenness, row.unevenness) << row.name;
    EXPECT_LE(got.keyFrames, row.keyFrames) << row.name;
  }
}

TEST(PictureQuality, KeyFramesForAWish) {
  std::printf("%-10s %6s %6s %8s %10s %9s %9s %8s %9s\n", "sender", "lost", "rtt", "kb/s", "key frames", "wishes",
              "needs", "frames %", "frozen s");
  for (const bool libwebrtc : {false, true})
    for (const auto& [rate, fps, keyFrame] :
         {std::tuple{60'000, 10, 8'000}, {150'000, 15, 8'000}, {1'000'000, 30, 20'000}})
      for (const int64_t rtt : {40, 200})
        for (const int lost : {5, 10, 20}) {
          Line line = slow(rate, fps, static_cast<size_t>(keyFrame));
          line.lossPercent = line.backLossPercent = lost;
          line.path = rtt * 500;
          line.libwebrtc = libwebrtc;
          const Outcome got = mean(line);
          std::printf("%-10s %4d %% %6lld %8d %10.1f %9.1f %9.1f %8.1f %9.2f\n", libwebrtc ? "libwebrtc" : "ours", lost,
                      static_cast<long long>(rtt), rate / 1000, got.keyFrames - 1, got.wishes, got.needs, got.out,
                      got.frozen);
          EXPECT_LE(got.wishes, 4.5 * got.needs + 1.5);
          EXPECT_LE(got.keyFrames - 1, 3 * got.needs + 1);
        }
}

}  // namespace
}  // namespace tincan::inline v0::media
