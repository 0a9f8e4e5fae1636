#pragma once

#include "session/packet_sink.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// Where a media session's packets go: over one transport (RFC 5761), or RTCP over another one beside it. Owned by the
/// MediaSession.
class MediaSink final : public session::PacketSink {
 public:
  /// `rtp` outlives it.
  explicit MediaSink(Transport& rtp) : rtp_(rtp) {}

  Transport& rtp() { return rtp_; }
  const Transport& rtp() const { return rtp_; }
  /// Null: RTCP goes with RTP. Another one outlives its use.
  void setRtcp(Transport* rtcp) { rtcp_ = rtcp; }

  /// RTP's: what has come over it has timers that want to be served. A report that is sent before RTCP's path is up is lost.
  bool mediaReady() const override { return rtp_.mediaReady(); }
  void sendRtp(TimePoint now, std::span<PacketBuffer> packets) override { rtp_.sendRtp(now, packets); }
  void sendRtcp(TimePoint now, PacketBuffer packet) override {
    (rtcp_ ? *rtcp_ : rtp_).sendRtcp(now, std::move(packet));
  }
  std::optional<Duration> roundTripTime() const override { return rtp_.roundTripTime(); }

 private:
  Transport& rtp_;
  Transport* rtcp_ = nullptr;
};

}  // namespace tincan::inline v0::stack
