#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "rtp/extensions.h"
#include "rtp/repair/rtx.h"
#include "rtp/rtcp/compound_parser.h"
#include "rtp/rtcp/scheduler.h"
#include "rtp/transport_feedback_collector.h"
#include "stack/decoder_budget.h"
#include "stack/event_queue.h"
#include "stack/media_receiver.h"
#include "stack/media_sender.h"
#include "stack/negotiation.h"
#include "stack/send_queue.h"
#include "stack/stats.h"
#include "stack/stream_sync.h"

namespace tincan::stack {

class Transport;

/// All media of one transport: a sender for each section that sends, a receiver for each source that is heard, and the
/// RTCP between them. Owned by PeerConnection.
///
///     Transport::pollMedia ─┬► RTP: transport-wide count ─► by SSRC, else by mid and payload type (RFC 9143 §9.2)
///                           │       RTX undone ─► MediaReceiver
///                           └► RTCP: reports, NACK, PLI, FIR, REMB ─► MediaSender
///     RtcpScheduler (RFC 3550 §6.3) ─► reports; early: NACK, PLI; transport-wide feedback keeps its own clock
///     StreamSync ─► the extra delay of each MediaReceiver (lip sync)
///     MediaSender ─► SendQueue, paced ─► Transport::sendRtp;   feedback and reports ─► Transport::sendRtcp, at once
class MediaSession {
 public:
  struct Config {
    uint32_t videoBitrate = 1'000'000;
    PacingSettings pacing{};
    DecodingLimits decoding{};
    int64_t unixMicrosAtZero = 0;
    std::string cname{};  ///< RFC 8834 §4.9: one for a connection, the same as in its descriptions
    const media::CodecFactory* codecs = nullptr;  ///< null: media::builtInCodecs()
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
  ~MediaSession();

  /// What the newest answer says; senders and receivers that it no longer has go.
  void apply(const std::vector<NegotiatedSection>& sections);
  /// Takes what the transport has received, each packet at its own time.
  void receive();
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  /// Sends what senders have queued since, as far as it may go.
  void flush(TimePoint now) { queue_.flush(now); }
  void requestKeyFrame(TimePoint now, const RtpReceiver& receiver);
  /// Says goodbye (RFC 3550 §6.3.7).
  void close(TimePoint now);

  void addStats(RTCStatsReport& out) const;
  const Counters& counters() const { return counters_; }
  /// What the peer's last REMB said that it can take of us, in bits a second; 0 before the first.
  uint64_t availableOutgoingBitrate() const { return availableOutgoingBitrate_; }
  const DecoderBudget& decoders() const { return decoders_; }
  const rtp::Pacer::Counters& pacingCounters() const { return queue_.counters(); }

 private:
  struct Section {
    NegotiatedSection negotiated;
    rtp::ExtensionMap extensions;
    rtp::RtxPayloadTypes rtxTypes;
    std::unique_ptr<MediaSender> sender;
  };
  struct RtxStream {
    rtp::RtxReceiver rtx;
    Ssrc media;
    std::string mid;
    bool announced;  ///< by the description that is in force; else learnt from its packets
  };

  void applySection(const NegotiatedSection& negotiated);
  void dropStale();
  const media::CodecFactory& codecs() const { return config_.codecs ? *config_.codecs : media::builtInCodecs(); }
  void dropSender(Section& section);
  std::unique_ptr<MediaSender> makeSender(const Section& section);
  void updatePacingRate();

  void handleRtp(TimePoint now, PacketBuffer packet);
  void deliver(TimePoint now, MediaReceiver& receiver, PacketBuffer packet, const rtp::Header& header, bool restored);
  void noteArrival(TimePoint now, const PacketBuffer& packet, const rtp::Header& header);
  void handleRtx(TimePoint now, PacketBuffer packet, RtxStream& stream);
  Section* sectionFor(const PacketBuffer& packet, const rtp::Header& header);
  MediaReceiver* addReceiver(TimePoint now, Section& section, Ssrc ssrc);
  bool dropSilentReceiver(TimePoint now);
  void dropReceiver(Ssrc ssrc);
  void addRtx(Section& section, Ssrc rtxSsrc);

  bool isOurs(Ssrc ssrc) const;
  void resolveCollision(TimePoint now, Ssrc ssrc);
  Ssrc unusedSsrc();

  void handleRtcp(TimePoint now, const PacketBuffer& packet);
  void handleParsed(TimePoint now, const rtp::rtcp::SenderReport& report);
  void handleParsed(TimePoint now, const rtp::rtcp::ReceiverReport& report);
  void handleParsed(TimePoint now, const rtp::rtcp::Nack& nack);
  void handleParsed(TimePoint now, const rtp::rtcp::Pli& pli);
  void handleParsed(TimePoint now, const rtp::rtcp::Fir& fir);
  void handleParsed(TimePoint now, const rtp::rtcp::Remb& remb);
  void handleParsed(TimePoint now, const rtp::rtcp::Bye& bye);
  void handleParsed(TimePoint now, const rtp::rtcp::SdesView& names);
  /// What says nothing to us.
  template <class T>
  void handleParsed(TimePoint, const T&) {}
  void handleReportBlocks(TimePoint now, const std::vector<rtp::rtcp::ReportBlock>& blocks);
  MediaSender* senderOf(Ssrc ssrc);

  void startReports(TimePoint now);
  void countMembers(TimePoint now);
  void sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback);
  void sendArrivals(TimePoint now);
  size_t sendReports(TimePoint now);
  std::vector<rtp::rtcp::ReportBlock> takeReportBlocks(TimePoint now, size_t most);
  size_t sendGoodbye(TimePoint now, const std::vector<Ssrc>& sources);
  size_t sendCompound(TimePoint now, const std::vector<rtp::rtcp::Packet>& packets);
  NtpTime wall(TimePoint now) const;
  Ssrc localSsrc() const;

  Config config_;
  Transport& transport_;
  std::shared_ptr<EventQueue> events_;
  RandomSource& random_;
  PacketPool& pool_;
  Ssrc fallbackSsrc_;  // who reports when nothing is sent
  SendQueue queue_;
  std::map<std::string, Section> sections_;  // by mid
  DecoderBudget decoders_;                   // of receivers_
  std::unordered_map<Ssrc, std::unique_ptr<MediaReceiver>> receivers_;
  size_t heldAtMost_ = 0;  // packets in their jitter buffers; it is never less
  std::unordered_map<Ssrc, RtxStream> rtxStreams_;
  std::map<Ssrc, RtpStreamSender::Position> positions_;  // of senders that went and may come back
  std::optional<rtp::TransportFeedbackCollector> arrivals_;
  rtp::rtcp::RtcpScheduler scheduler_;
  uint64_t reports_ = 0;  // sent
  std::optional<Duration> roundTripTime_;
  uint64_t availableOutgoingBitrate_ = 0;
  uint32_t videoTarget_;  // of each source, as the last REMB leaves it
  StreamSync sync_;
  rtp::rtcp::CompoundParser parser_;
  std::unordered_map<uint64_t, uint8_t> firSequence_;               // of the last FIR obeyed, by requester and target
  std::map<Ssrc, std::pair<uint32_t, uint32_t>> keyFrameRequests_;  // PLI and FIR counted, by our SSRC
  Counters counters_;
};

}  // namespace tincan::stack
