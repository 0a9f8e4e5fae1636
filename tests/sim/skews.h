#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// When what a timestamp stands for was in the sender's hands: RTP's header is in clear. The packets that waited least in
/// the pacer say how the two clocks lie; how long a single picture waited says nothing of when it was sampled. `ppm`: by how
/// much the sender's clock is faster than the world's.
class Departures {
 public:
  explicit Departures(const Host& from, int ppm = 0) : from_(from), sound_{48'000, ppm}, picture_{90'000, ppm} {}

  /// A packet that the world has seen.
  void note(const TracedPacket& packet) {
    if (&packet.from != &from_ || !(isPicture(packet.bytes) || isSound(packet.bytes))) return;
    Clock& clock = isSound(packet.bytes) ? sound_ : picture_;
    clock.left(packet.time, loadBe32(packet.bytes.data() + 4));
  }
  static bool isRtp(ByteView bytes) {
    return bytes.size() > 12 && bytes[0] >> 6 == 2 && !(bytes[1] >= kFirstRtcpType && bytes[1] <= kLastRtcpType);
  }
  static bool isSound(ByteView bytes) { return isRtp(bytes) && (bytes[1] & 0x7f) == kOpusType; }
  TimePoint of(bool sound, uint32_t timestamp) const { return (sound ? sound_ : picture_).of(timestamp); }

 private:
  static constexpr uint8_t kOpusType = 111, kVp8Type = 96;
  static constexpr uint8_t kFirstRtcpType = 192, kLastRtcpType = 223;  // RFC 5761 §4
  static bool isPicture(ByteView bytes) { return isRtp(bytes) && (bytes[1] & 0x7f) == kVp8Type; }

  struct Clock {
    int64_t rate;
    int ppm;
    bool started = false;
    uint32_t first = 0;
    TimePoint sampledFirst = TimePoint::never();

    Duration since(uint32_t timestamp) const {
      const int64_t own = int64_t{static_cast<int32_t>(timestamp - first)} * 1'000'000 / rate;
      return Duration::micros(own * 1'000'000 / (1'000'000 + ppm));
    }
    void left(TimePoint at, uint32_t timestamp) {
      if (!std::exchange(started, true)) first = timestamp;
      sampledFirst = std::min(sampledFirst, at - since(timestamp));
    }
    TimePoint of(uint32_t timestamp) const { return started ? sampledFirst + since(timestamp) : TimePoint::never(); }
  };

  const Host& from_;
  Clock sound_, picture_;
};

/// By how much each picture that comes out is later than the sound that is heard then, in ms.
struct Skews {
  Skews(World& world, Peer& listener, const Departures& departures) {
    for (const auto& track : listener.tracks) {
      track->addAudioSink([&, this](const media::AudioFrame& frame) {
        const TimePoint left = departures.of(true, frame.rtpTimestamp);
        if (!left.isNever()) sound = millis(world.now() - left);
      });
      track->addVideoSink([&, this](const media::VideoFrame& frame) {
        const TimePoint left = departures.of(false, frame.rtpTimestamp);
        if (left.isNever()) return;
        picture = millis(world.now() - left);
        if (sound >= 0) all.push_back(picture - sound);
      });
    }
  }
  static double millis(Duration duration) { return static_cast<double>(duration.micros()) / 1000; }
  double sound = -1, picture = -1;  // from the sender's hands, of the last
  std::vector<double> all;
};

}  // namespace tincan::inline v0::sim
