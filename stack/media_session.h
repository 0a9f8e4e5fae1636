#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "session/rtp_session.h"
#include "stack/configuration.h"
#include "stack/event_queue.h"
#include "stack/media_receivers.h"
#include "stack/media_senders.h"
#include "stack/media_sink.h"
#include "stack/negotiated_section.h"
#include "stack/sender_rates.h"
#include "stack/stats.h"

namespace tincan::inline v0::stack {

/// The joint between what was negotiated and the RTP session. What RTP and RTCP themselves need is session/'s. Owned by
/// PeerConnection.
///
///     NegotiatedSection ─► session::Section, MediaSenders ─► OutboundStream
///     Transport::pollMedia ─► RtpSession ─► InboundStream ─► MediaReceivers ─► track
///     track ─► MediaSender ─► OutboundStream ─► RtpSession ─► MediaSink ─► Transport::sendRtp, sendRtcp
///     RtpSession ─► SenderRates ─► MediaSender::setBitrate
class MediaSession final : private session::SessionListener {
 public:
  struct Config {
    uint32_t videoBitrate = 0;  ///< of each source at most; 0: by the size of its pictures
    CongestionSettings congestion{};
    PacingSettings pacing{};
    DecodingLimits decoding{};
    FecSettings fec{};
    int64_t unixMicrosAtZero = 0;
    std::string cname{};                          ///< RFC 8834 §4.9: one for a connection, as in its descriptions
    const media::CodecFactory* codecs = nullptr;  ///< outlives the session; null: what was built in
    Executor* executor = nullptr;                 ///< where pictures are encoded and decoded; null: at once
  };
  struct Counters {
    uint64_t unknownSsrc = 0;       ///< RTP that no section claims
    uint64_t malformed = 0;         ///< RTP or RTCP that does not parse
    uint64_t receiversRefused = 0;  ///< past the bound of sources
    uint64_t heldOverBudget = 0;    ///< a source gave up the packets that it held: the connection held too many
    uint64_t collisions = 0;        ///< the peer used an SSRC of ours, and we took another
    uint64_t rembs = 0;             ///< that named a source of ours
  };

  /// `transport`: of RTP, and of RTCP while there is no other one.
  MediaSession(Config config, Transport& transport, std::shared_ptr<EventQueue> events, RandomSource& random,
               PacketPool& pool);
  ~MediaSession() override;

  /// What the newest answer says; senders and receivers that it no longer has go.
  void apply(const std::vector<NegotiatedSection>& sections);
  bool has(const std::string& mid) const { return senders_.sections().contains(mid); }
  /// RTCP that is not multiplexed has a transport of its own (RFC 5764 §4.1); null: it has not, from now on.
  void setRtcp(Transport* rtcp) { sink_.setRtcp(rtcp); }
  /// Takes what one of its transports has received, each packet at its own time.
  void receive(Transport& from);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  /// Sends what senders have queued since, as far as it may go.
  void flush(TimePoint now);
  void requestKeyFrame(TimePoint now, const RtpReceiver& receiver);
  /// Says goodbye (RFC 3550 §6.3.7).
  void close(TimePoint now);

  void addStats(TimePoint now, RTCStatsReport& out) const;
  Counters counters() const;
  /// What congestion control finds, or what the peer's last REMB said that it can take of us, in bits a second; 0 before
  /// either.
  uint64_t availableOutgoingBitrate() const { return rates_.available(); }
  /// None where the peer reports no packets.
  std::optional<rtp::RateTarget> congestion() const {
    return rates_.congestion() ? std::optional(rates_.congestion()->target()) : std::nullopt;
  }
  /// Reports of RFC 8888, both ways, and whether ECT(1) leaves.
  struct Marks {
    uint64_t reportsSent = 0;
    uint32_t reportsReceived = 0;
    bool sending = false;
    uint64_t seen = 0;  ///< packets of ours that came with CE
  };
  Marks marks() const;
  const DecoderBudget& decoders() const { return receivers_.decoders(); }
  const rtp::Pacer::Counters& pacingCounters() const { return rtp_.queue().counters(); }

 private:
  void collect(TimePoint now);

  // SessionListener
  void onStream(TimePoint now, session::InboundStream& stream) override;
  void onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) override {
    receivers_.receive(stream.ssrc(), std::move(packet));
  }
  void onStreamGone(session::InboundStream& stream) override { receivers_.remove(stream.ssrc()); }
  void onGoodbye(session::InboundStream& stream) override { receivers_.goodbye(stream.ssrc()); }
  void onKeyFrameRequest(TimePoint now, session::OutboundStream& stream) override;
  void onCollision(TimePoint now, session::OutboundStream& stream,
                   const session::OutboundStream::Config& instead) override;

  Config config_;
  MediaSink sink_;
  session::RtpSession rtp_;  // its streams outlive senders and receivers
  MediaSenders senders_;
  SenderRates rates_;
  MediaReceivers receivers_;
  TimePoint now_;  // of the last step
};

}  // namespace tincan::inline v0::stack
