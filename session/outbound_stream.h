#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "rtp/extensions.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"
#include "rtp/rewriter.h"
#include "rtp/rtcp/packet.h"
#include "rtp/stats/reported_loss.h"
#include "rtp/stats/send_statistics.h"
#include "session/fec_sender.h"
#include "session/red_sender.h"
#include "session/send_queue.h"

namespace tincan::inline v0::session {

/// One SSRC that we send, and its repairs: headers in front of payloads, copies for retransmission, answers to NACKs,
/// and the sender report. Knows no codec. Owned by RtpSession.
///
///     add ─► numbered, queued ─► leave: time and transport-wide number; counted; a copy kept ─► the wire
///     forward ─► renumbered, queued ─► leave …
///     handleNack ─► from the copies, as RTX, queued ─► leave: numbered ─► the wire
///     leave ─► FecSender ─► the end of a group: parity, queued behind ─► leave … (ULPFEC: in RED, in our own numbering)
///
/// Numbers of `add` have no gaps. They are given when a packet is queued: what the queue refuses never had one, and what
/// is dropped when the stream goes was the last to get one, so that position() takes it back.
class OutboundStream final : private SendQueue::Source {
 public:
  /// Where the stream and its repairs stand in their numbering. It outlives the stream: an SSRC that begins at random
  /// again under the same SRTP key would use an index twice (RFC 3711 §3.3.1, §9.1), and SRTP refuses that.
  struct Position {
    uint16_t nextSequence = 0, nextRtxSequence = 0, nextFecSequence = 0;
    uint32_t timestampOffset = 0;
  };
  struct Config {
    Ssrc ssrc;
    Ssrc rtxSsrc;     ///< of no meaning without rtxPayloadType
    std::string mid;  ///< RFC 9143 §15
    std::string rid;  ///< RFC 8852: which encoding of the section; empty for the only one
    PayloadType payloadType;
    uint32_t clockRate = 90'000;
    std::optional<PayloadType> rtxPayloadType{};
    bool nack = false;  ///< negotiated: copies are kept and sent again, where there is RTX
    rtp::ExtensionMap extensions{};
    rtp::Pacer::Priority priority = rtp::Pacer::Priority::kVideo;
    std::optional<RedSender::Config> red{};  ///< sound may be repeated, as losses ask for it
    std::optional<FecSending> fec{};         ///< parity may be sent, as losses and the round trip ask for it
    std::optional<Position> resume{};
    int64_t unixMicrosAtZero = 0;  ///< the wall's time at TimePoint(): the session's, which sets it

    bool sendsFlexfec() const { return fec && fec->scheme == rtp::FecScheme::kFlexfec03; }
  };
  /// An extension of one packet beside those that are in all.
  struct Extension {
    rtp::ExtensionKind kind;
    ByteView value;
  };

  OutboundStream(Config config, SendQueue& queue, RandomSource& random, PacketPool& pool);
  ~OutboundStream();
  OutboundStream(const OutboundStream&) = delete;
  OutboundStream& operator=(const OutboundStream&) = delete;

  /// One payload, with headroom in front of it. `timestamp` counts from 0: the random offset (RFC 3550 §5.1) is ours.
  /// `more` goes into the header as far as it was negotiated, and so do contributing sources (at most 15): the payload
  /// leaves room for them. False when the queue refused it.
  bool add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp, std::span<const Extension> more = {},
           std::span<const uint32_t> contributing = {});
  /// The same under another payload type of the section and the same clock: a telephone-event (RFC 4733 §2.1).
  bool addAs(PayloadType type, TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp,
             std::span<const Extension> more = {}, std::span<const uint32_t> contributing = {});
  /// A copy of a whole packet that somebody else made; `from` has been parsed from the same bytes. SSRC, payload type,
  /// ids and mid become ours, and so do the numbers: `sequence` and `timestamp` count from 0, both have random offsets
  /// of ours. Gaps of the original stay gaps. What the packet has no element for stays unsaid. A stream forwards or adds,
  /// not both. False when the queue refused it.
  bool forward(TimePoint now, PacketBuffer copy, const rtp::PacketRewriter& from, uint16_t sequence,
               uint32_t timestamp);
  /// True once after that: what is added before a key frame is of no use.
  bool takeGivenUp() { return std::exchange(givenUp_, false); }
  /// What is added next, until keyFrameEnds(), is one.
  void keyFrameBegins() { keyFrameEnd_.reset(); }
  void keyFrameEnds() {
    keyFrameEnd_ = next_.nextSequence;
    keyFrameLeft_ = TimePoint::never();
  }
  /// The last one waits in the queue, or has just left: who asks for one has not seen it yet. `inQueue`: the former alone.
  bool keyFrameIsComing(TimePoint now, bool inQueue = false) const;
  /// How many packets will be taken: less than a whole picture is of no use.
  size_t room() const { return queue_.room(lane_); }
  /// Queues again what was asked for, as RTX. False where more is missing than can be repaired in the time that a key
  /// frame takes: none of it is, and a key frame is what helps.
  bool handleNack(TimePoint now, const rtp::rtcp::Nack& nack);
  /// Returns what the block adds to those before.
  rtp::ReportedLoss handleReport(TimePoint now, NtpTime wallNow, const rtp::rtcp::ReportBlock& block);
  /// What is known of it before a report says it.
  void setRoundTripTime(Duration rtt);
  /// What all packets of the stream, repairs too, leave with (RFC 2474 §3).
  void setDscp(uint8_t dscp) { dscp_ = dscp; }

  /// What a payload may take, so that the packet with header, extensions, tag and RTX's two bytes stays within the MTU.
  size_t maxPayload() const;
  Ssrc ssrc() const { return config_.ssrc; }
  /// This SSRC is ours or our repairs'.
  bool uses(Ssrc ssrc) const {
    return ssrc == config_.ssrc || (config_.rtxPayloadType && ssrc == config_.rtxSsrc) ||
           (config_.sendsFlexfec() && ssrc == config_.fec->ssrc);
  }
  bool isSound() const { return config_.priority == rtp::Pacer::Priority::kAudio; }
  const Config& config() const { return config_; }
  Position position() const;
  const rtp::SendStatistics& statistics() const { return statistics_; }
  const rtp::RetransmissionBuffer::Stats& repairs() const { return retransmissions_.stats(); }
  uint32_t nackCount() const { return nackCount_; }
  /// Null where none was agreed on.
  const RedSender* red() const { return red_.get(); }
  const FecSender* fec() const { return fec_ ? &*fec_ : nullptr; }
  /// What packets have waited in the queue, all together; repairs aside.
  Duration totalDelay() const { return totalDelay_; }

  /// Repairs aside.
  uint64_t sentWithEct1() const { return sentWithEct1_; }

  uint32_t pliCount = 0, firCount = 0;  ///< requests for a key frame that were about this stream

 private:
  Departure leave(TimePoint now, rtp::Pacer::Leaving& leaving, uint16_t transportSequence) override;
  size_t addPadding(TimePoint now, size_t bytes) override;
  PacketBuffer repairOf(ByteView original);
  bool isBeyondRepair(TimePoint now, uint64_t refused);
  void giveUp();
  size_t stamp(TimePoint now, MutableByteView packet, bool padding, uint16_t transportSequence, Departure& out) const;
  bool wrapsInRed() const { return fec_ && !config_.sendsFlexfec() && fec_->protects(); }
  bool isParity(const rtp::Pacer::Leaving& leaving, size_t headerSize) const;
  void protect(TimePoint now, ByteView packet);
  void sendParity(TimePoint now, uint32_t timestamp);
  void keepForRepair(TimePoint now, ByteView packet);
  void addExtensions(rtp::ExtensionWriter& extensions) const;

  Config config_;
  rtp::ExtensionMap forwardIds_, forwardIdsWithoutMid_;  // without rid: that one was for us
  SendQueue& queue_;
  PacketPool& pool_;
  SendQueue::Lane lane_;
  SendQueue::Lane rtxLane_, paddingLane_;      // the same as lane_ where there is no RTX
  SendQueue::Lane fecLane_;                    // the same as lane_ where there is no FlexFEC
  std::optional<rtp::PacketRewriter> layout_;  // of our headers, while all are alike
  bool alike_ = true;
  size_t extensionSize_ = 0;  // of their block, or more
  Position next_;
  uint16_t firstSequence_;  // what forward's 0 stands for
  rtp::SendStatistics statistics_;
  rtp::RetransmissionBuffer retransmissions_;
  std::optional<rtp::RtxSender> rtx_;
  std::optional<FecSender> fec_;
  bool forwards_ = false;           // whose numbers somebody else gives
  std::unique_ptr<RedSender> red_;  // 9 KiB: for sound, where that was agreed on
  uint32_t nackCount_ = 0;
  uint8_t dscp_ = 0;
  double refused_ = 0;  // bytes of repairs that the line had no room for, less what it had since
  TimePoint refusedAt_;
  bool givenUp_ = false;
  std::optional<uint16_t> keyFrameEnd_;          // one past the last packet of the last key frame
  TimePoint keyFrameLeft_ = TimePoint::never();  // when that packet did; never() while it waits
  Duration totalDelay_;
  uint64_t sentWithEct1_ = 0;
};

}  // namespace tincan::inline v0::session
