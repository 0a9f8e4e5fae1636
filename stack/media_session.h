#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "rtp/congestion/bitrate_allocator.h"
#include "session/congestion.h"
#include "session/rtp_session.h"
#include "stack/decoder_budget.h"
#include "stack/event_queue.h"
#include "stack/media_receiver.h"
#include "stack/media_sender.h"
#include "stack/negotiation.h"
#include "stack/stats.h"
#include "stack/stream_sync.h"

namespace tincan::inline v0::stack {

class Transport;

/// The joint between what was negotiated and the RTP session: a sender with its track for each section that sends, a
/// receiver with its track for each source that is heard. What RTP and RTCP themselves need is session/'s. Owned by
/// PeerConnection.
///
///     NegotiatedSection ─► session::Section, OutboundStream
///     Transport::pollMedia ─► RtpSession ─► InboundStream ─► MediaReceiver ─► track
///     track ─► MediaSender ─► OutboundStream ─► RtpSession ─► Transport::sendRtp, sendRtcp
///     RtpSession ─► Congestion ─► BitrateAllocator ─► MediaSender::setBitrate
///     StreamSync ─► the extra delay of each MediaReceiver (lip sync)
class MediaSession final : private session::SessionListener, private session::CongestionObserver {
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

  MediaSession(Config config, Transport& transport, std::shared_ptr<EventQueue> events, RandomSource& random,
               PacketPool& pool);
  ~MediaSession() override;

  /// What the newest answer says; senders and receivers that it no longer has go.
  void apply(const std::vector<NegotiatedSection>& sections);
  bool has(const std::string& mid) const { return sections_.contains(mid); }
  /// Takes what the transport has received, each packet at its own time.
  void receive();
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  /// Sends what senders have queued since, as far as it may go.
  void flush(TimePoint now);
  void requestKeyFrame(TimePoint now, const RtpReceiver& receiver);
  /// Says goodbye (RFC 3550 §6.3.7).
  void close(TimePoint now);

  void addStats(RTCStatsReport& out) const;
  Counters counters() const;
  /// What congestion control finds, or what the peer's last REMB said that it can take of us, in bits a second; 0 before
  /// either.
  uint64_t availableOutgoingBitrate() const {
    return congestion_ ? congestion_->target().estimate : availableOutgoingBitrate_;
  }
  /// None where the peer reports no packets.
  std::optional<rtp::RateTarget> congestion() const {
    return congestion_ ? std::optional(congestion_->target()) : std::nullopt;
  }
  /// Reports of RFC 8888, both ways, and whether ECT(1) leaves.
  struct Marks {
    uint64_t reportsSent = 0;
    uint32_t reportsReceived = 0;
    bool sending = false;
    uint64_t seen = 0;  ///< packets of ours that came with CE
  };
  Marks marks() const;
  const DecoderBudget& decoders() const { return decoders_; }
  const rtp::Pacer::Counters& pacingCounters() const { return rtp_.queue().counters(); }

 private:
  struct Section {
    NegotiatedSection negotiated;
    std::unique_ptr<MediaSender> sender;
    std::vector<CodecSpec> sending;                   // of each of the sender's encodings
    std::vector<std::optional<RTCRtpCodec>> asked{};  // what their parameters wished when it was made
    uint32_t mostBySize = 0;
    std::shared_ptr<media::EncodedSource> source{};  // of its track, which chose the codec; null: an encoder's
    std::shared_ptr<LayerSelector> layers{};         // of what the peer sends in several encodings
    MediaKind kind() const { return negotiated.transceiver->kind(); }
  };

  void applySection(const NegotiatedSection& negotiated);
  const media::CodecFactory& codecs() const { return config_.codecs ? *config_.codecs : media::builtInCodecs(); }
  std::vector<CodecSpec> codecsToSend(const Section& section) const;
  void followSender(Section& section);
  static void noteWishes(Section& section);
  void dropSender(Section& section);
  void makeSender(Section& section);
  session::OutboundStream& addStream(const Section& section, size_t encoding);
  void updatePacingRate();
  std::optional<session::Congestion::Reports> peerReports() const;
  void beginCongestionControl(session::Congestion::Reports reports);
  void noteRoute(TimePoint now);
  uint32_t mostOf(const MediaSender& sender) const;
  void noteSizes(TimePoint now);
  void collect(TimePoint now);
  void adapt(TimePoint now);
  Section* sectionOf(const session::OutboundStream& stream);
  RTCOutboundRtpStreamStats statsOf(const Section& section, size_t encoding) const;
  RTCInboundRtpStreamStats statsOf(const Section& section, const MediaReceiver& receiver) const;
  double wallMillis(TimePoint at) const;
  void addRemoteStats(RTCStatsReport& out, const MediaReceiver& receiver, const RTCInboundRtpStreamStats& local) const;

  // SessionListener
  void onStream(TimePoint now, session::InboundStream& stream) override;
  void onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) override;
  void onStreamGone(session::InboundStream& stream) override { receivers_.erase(stream.ssrc()); }
  void onGoodbye(session::InboundStream& stream) override;
  void onKeyFrameRequest(TimePoint now, session::OutboundStream& stream) override;
  void onCollision(TimePoint now, session::OutboundStream& stream,
                   const session::OutboundStream::Config& instead) override;
  // CongestionObserver
  void onSent(TimePoint now, const session::Departure& packet) override {
    if (congestion_) congestion_->onSent(now, packet);
  }
  void onTransportFeedback(TimePoint now, const rtp::rtcp::TransportFeedback& feedback) override {
    if (congestion_) congestion_->onTransportFeedback(now, feedback);
  }
  void onCongestionFeedback(TimePoint now, const rtp::rtcp::CongestionFeedback& feedback) override {
    if (congestion_) congestion_->onCongestionFeedback(now, feedback);
  }
  void onReport(TimePoint now, const rtp::rtcp::ReportBlock& block) override {
    if (congestion_) congestion_->onReport(now, block);
  }
  void onRoundTripTime(TimePoint now, Duration roundTrip) override {
    if (congestion_) congestion_->onRoundTripTime(now, roundTrip);
  }
  void onRemb(TimePoint now, const rtp::rtcp::Remb& remb) override;

  Config config_;
  Transport& transport_;
  std::shared_ptr<EventQueue> events_;
  RandomSource& random_;
  PacketPool& pool_;
  session::RtpSession rtp_;                        // its streams outlive senders and receivers
  std::optional<session::Congestion> congestion_;  // from when the peer reports packets
  rtp::BitrateAllocator allocator_;
  rtp::RateLimits limits_;
  uint64_t shared_ = 0, wanted_ = 0;         // what was handed out last, and what could have been
  TimePoint now_;                            // of the last step
  uint64_t routes_ = 0;                      // candidate pairs so far
  std::map<std::string, Section> sections_;  // by mid
  DecoderBudget decoders_;                   // of receivers_
  std::unordered_map<Ssrc, std::unique_ptr<MediaReceiver>> receivers_;
  size_t heldAtMost_ = 0;  // packets in their jitter buffers; it is never less
  uint64_t availableOutgoingBitrate_ = 0;
  uint32_t videoTarget_;  // of each source, as the last REMB leaves it
  StreamSync sync_;
  uint64_t heldOverBudget_ = 0, rembs_ = 0;
};

}  // namespace tincan::inline v0::stack
