#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace tincan::inline v0::rtp {

/// What one encoding, or one layer of several, can do with a rate. Bits a second.
struct RateRange {
  uint64_t least = 0;   ///< below it makes no picture worth sending
  uint64_t target = 0;  ///< good for its size
  uint64_t most = 0;    ///< more shows no more
  bool operator==(const RateRange&) const = default;
};

/// A source that wants a share: sound, or a video of one layer or several (simulcast encodings, spatial layers of SVC).
struct RateDemand {
  uint32_t id = 0;                  ///< the owner's; each once
  bool sound = false;               ///< goes first, whole
  double priority = 1;              ///< weight of its share (W3C webrtc-priority §4.2.1: 0.5, 1, 2, 4)
  bool mayPause = true;             ///< gets nothing where its least is not there; else its least in any case
  std::vector<RateRange> layers{};  ///< from the lowest up; at least one
  bool operator==(const RateDemand&) const = default;
};

struct RateShare {
  uint32_t id = 0;
  uint64_t total = 0;
  std::vector<uint64_t> layers{};  ///< 0: off. Of SVC each is the rate of that layer alone.
};

/// Hands out what the controller allows. Owned by whoever joins the senders of a transport; keeps what was on, so that
/// nothing flaps.
///
///     allowed ─► sound, whole ─► each video's lowest layer, by priority ─► the rest by weight, up to what each can use
///             ─► within a video: least from the lowest layer up, then target, the rest to the highest
///
/// What is off comes on when 1.2 times its least is there, or all that it can use, and goes off when its least is not
/// (libwebrtc's hysteresis). A layer of zeros is not there: the lowest is the one above it.
class BitrateAllocator {
 public:
  static constexpr double kHysteresis = 1.2;
  static constexpr size_t kRemembered = 64;  ///< layers of a demand; those above are taken for off each time

  /// Shares in the order of the demands. Valid until the next call.
  std::span<const RateShare> allocate(uint64_t bitsPerSecond, std::span<const RateDemand> demands);
  /// What all would take at most.
  static uint64_t wanted(std::span<const RateDemand> demands);

 private:
  struct Seat {
    size_t index = 0;  // of the demand
    uint64_t least = 0, most = 0, given = 0;
  };
  uint64_t seatSound(uint64_t left, std::span<const RateDemand> demands);
  uint64_t seatVideos(uint64_t left, std::span<const RateDemand> demands);
  void shareRest(uint64_t left, std::span<const RateDemand> demands);
  void split(const RateDemand& demand, uint64_t rate, RateShare& share);
  uint64_t layersOn(uint32_t id) const;
  bool wasOn(const RateDemand& demand, size_t layer) const;

  std::unordered_map<uint32_t, uint64_t> on_;  // which layers of each demand, a bit each; of the last call
  std::vector<RateShare> shares_;
  std::vector<Seat> seats_;  // of videos that are on
};

}  // namespace tincan::inline v0::rtp
