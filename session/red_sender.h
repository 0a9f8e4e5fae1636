#pragma once

#include <cstddef>
#include <cstdint>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/payload/red.h"
#include "rtp/stats/reported_loss.h"
#include "session/smoothed_loss.h"

namespace tincan::inline v0::session {

/// Audio RED (RFC 2198) of one stream of ours: each packet carries those before it, too, as many as the losses that are
/// reported ask for. A repair that is asked for comes a round trip late, and sound is played 20 to 100 ms behind.
///
///     loss below 5 %    none: the packet goes as it is, and the codec's own copies do (Opus, RFC 6716 §2.1.7)
///     up to 12 %        one: a single loss is repaired, which at 5 % are 19 of 20
///     above             two: and two in a row
///
/// A copy costs as much as the sound itself, so there are no more. Owned by OutboundStream.
class RedSender {
 public:
  static constexpr double kOneFrom = 0.05, kTwoFrom = 0.12;
  static constexpr size_t kMost = 2;

  struct Config {
    PayloadType red;
    PayloadType media;    ///< the only type that is repeated
    bool always = false;  ///< one copy at the least, whatever is lost
  };
  explicit RedSender(const Config& config) : config_(config), encoder_(config.media, kMost) {}

  /// What a report block about the stream says (RFC 3550 §6.4.1).
  void onReport(TimePoint now, const rtp::ReportedLoss& loss) { loss_.onReport(now, loss); }
  size_t generations() const {
    return loss_.value() >= kTwoFrom ? 2 : loss_.value() >= kOneFrom || config_.always ? 1 : 0;
  }
  /// The packet with its copies, in place of `payload`; false when it is to go as it is.
  bool wrap(uint32_t timestamp, size_t maxPayload, PacketPool& pool, PacketBuffer& payload);
  /// A packet of another kind goes between: what was before it is repeated no more, since who takes RED apart counts
  /// numbers back.
  void interrupt() { encoder_.setGenerations(0); }
  const Config& config() const { return config_; }

 private:
  Config config_;
  rtp::RedEncoder encoder_;
  SmoothedLoss loss_;
};

}  // namespace tincan::inline v0::session
