#pragma once

#include <optional>
#include <span>

#include "base/packet_buffer.h"
#include "base/time.h"

namespace tincan::inline v0::session {

/// Where a session's packets go: whatever protects them and puts them on the network. `stack::Transport` is one; a test
/// or a media server may bring its own. It does not call back.
class PacketSink {
 public:
  virtual ~PacketSink() = default;

  /// There are keys and a way: what is sent before is lost.
  virtual bool mediaReady() const = 0;
  /// Plain RTP packets of one moment, which are moved from. At most kMaxBatch of them.
  virtual void sendRtp(TimePoint now, std::span<PacketBuffer> packets) = 0;
  /// One plain RTCP compound.
  virtual void sendRtcp(TimePoint now, PacketBuffer packet) = 0;
  /// What is known of the way before a report says it (ICE's checks).
  virtual std::optional<Duration> roundTripTime() const { return std::nullopt; }

  /// Packets protected in one go: twice what fills the lanes of SRTP's multi-buffer engine.
  static constexpr size_t kMaxBatch = 64;
};

}  // namespace tincan::inline v0::session
