#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rtp/received_packet.h"
#include "rtp/repair/key_frame_wish.h"
#include "rtp/repair/nack_tracker.h"
#include "rtp/repair/rtx.h"
#include "rtp/rtcp/packet.h"
#include "rtp/stats/receive_statistics.h"
#include "session/fec_receiver.h"
#include "session/red_receiver.h"
#include "session/section.h"

namespace tincan::inline v0::session {

/// One SSRC that we hear: what reports say of it, what is missing of it, and its repairs made originals again. Knows no
/// codec and keeps no packet. Owned by RtpSession.
///
///     packet ─► receive ─► statistics, NACK tracker ─► the session's listener
///     RTX ────► restore ─► receive …
///     FEC ────► FecReceiver ─► receive …   (counted apart: it never came)
class InboundStream {
 public:
  struct Config {
    Ssrc ssrc;
    std::string mid;
    std::string rid{};  ///< which encoding of the section (RFC 8852); empty for the only one
    uint32_t clockRate = 90'000;
    rtp::RtxPayloadTypes rtx{};
    bool nack = false;  ///< asks for what is missing; for key frames in any case, when somebody wants one
    KeyFrameRequest keyFrames = KeyFrameRequest::kPli;
    bool passOld = false;  ///< whoever takes the packets sorts them himself
  };

  explicit InboundStream(Config config);

  /// Counts a packet of this SSRC, or one that RTX made one of it. False when it has been here before, as far as is known:
  /// where nothing asks for what is missing, nothing tells.
  bool receive(const rtp::ReceivedPacket& packet);
  /// One that parity made: of no statistics, since it never came, and missed no more.
  bool receiveRepaired(const rtp::ReceivedPacket& packet);
  /// Makes a repair of this stream an original, in place. False when it was padding or malformed.
  bool restore(rtp::ReceivedPacket& packet) { return rtx_.restore(packet) == rtp::RtxReceiver::Outcome::kRestored; }

  /// When feedback of its own is due.
  TimePoint nextTimeout() const { return earlier(nacks_.nextTimeout(), keyFrames_.nextTimeout()); }
  /// Appends what is due: NACK, and PLI or FIR.
  void takeFeedback(TimePoint now, Ssrc from, std::vector<rtp::rtcp::Packet>& out);
  /// A key frame is wanted: asked for again once it could be there (KeyFrameWish).
  void requestKeyFrame() { keyFrames_.want(); }
  /// One has come.
  void keyFrameArrived() { keyFrames_.answered(); }
  /// How long one takes to come, from its first packet to its last; zero: not known.
  void setKeyFrameTime(Duration time) { keyFrames_.setKeyFrameTime(time); }
  /// This is the first packet of one: what is missing before it is wanted no more.
  void keyFrameBegins(uint16_t sequenceNumber) { nacks_.forgetBefore(sequenceNumber); }
  /// Up to this packet nothing is waited for any more.
  void played(uint16_t sequenceNumber) { nacks_.forgetUpTo(sequenceNumber); }
  void setRoundTripTime(Duration rtt);
  /// What packets of late have waited on the way (PathDelay).
  void setPathDelay(Duration wait);
  /// How long what is asked for now takes: the round trip as it was told, or the shortest of those and what waits now.
  Duration repairTime() const { return std::max(rtt_, shortest_.value_or(rtt_) + wait_); }
  /// It said goodbye (RFC 3550 §6.3.4). What was counted stays, and the next packet says that it is there again.
  void goodbye() { heard_ = false; }
  /// Its rid went to another SSRC: nobody waits any more for what is missing of this one.
  void setSuperseded();
  /// As a later negotiation has it.
  void setFeedback(bool nack, KeyFrameRequest keyFrames);
  void setRtx(const rtp::RtxPayloadTypes& types);
  /// RED, ULPFEC and FlexFEC, as far as there are types for them. `pool` outlives the stream.
  void setFec(const FecTypes& types, PacketPool& pool);
  /// Null where none was agreed on.
  RedReceiver* red() { return red_.get(); }
  const RedReceiver* red() const { return red_.get(); }
  FecReceiver* fec() { return fec_.get(); }
  const FecReceiver* fec() const { return fec_.get(); }
  /// How long what is missing may come by itself, by parity. Where a repair would be there sooner, it is asked for sooner:
  /// the parity of a group comes half a round trip after its first packet at the latest (FecSender).
  Duration patience(TimePoint now) const {
    return fec_ && fec_->protects(now) ? std::min(FecReceiver::kPatience, rtt_ / 2) : Duration::zero();
  }

  const Config& config() const { return config_; }
  Ssrc ssrc() const { return config_.ssrc; }
  /// What still comes is late.
  bool isSuperseded() const { return superseded_; }
  /// Speaks, as far as is known: neither silent since `since` nor gone by a goodbye.
  bool heardSince(TimePoint since) const { return heard_ && lastHeard_ >= since; }
  bool isHeard() const { return heard_; }
  TimePoint lastHeard() const { return lastHeard_; }
  /// RTCP names it as a source of its sender's (SDES): it is there, though it may send nothing.
  void named(TimePoint at) { lastNamed_ = at; }
  /// When it was last known to be there, by RTP or RTCP (RFC 3550 §6.3.5).
  TimePoint lastSign() const { return std::max(lastHeard_, lastNamed_); }
  rtp::ReceiveStatistics& statistics() { return statistics_; }
  const rtp::ReceiveStatistics& statistics() const { return statistics_; }
  const rtp::NackTracker& nacks() const { return nacks_; }
  uint64_t retransmittedPackets() const { return retransmitted_; }
  /// Of payloads, repairs included; and of the repairs alone.
  uint64_t payloadBytes() const { return payloadBytes_; }
  uint64_t retransmittedBytes() const { return retransmittedBytes_; }
  uint32_t nackCount() const { return nackCount_; }
  uint32_t pliCount() const { return pliCount_; }
  uint32_t firCount() const { return firCount_; }

  std::string cname;        ///< that its reports say: whose clock it has (RFC 3550 §6.5.1); empty until they do
  uint64_t lastReport = 0;  ///< of our reports, the last that was about this stream
  uint64_t receivedWithEct1 = 0, receivedWithCe = 0;  ///< packets, by the mark that they came with

 private:
  bool note(const rtp::ReceivedPacket& packet);
  void tellRepairTime();

  Config config_;
  rtp::ReceiveStatistics statistics_;
  rtp::RtxReceiver rtx_;
  std::unique_ptr<FecReceiver> fec_;
  std::unique_ptr<RedReceiver> red_;
  rtp::NackTracker nacks_;
  rtp::KeyFrameWish keyFrames_;
  Duration rtt_ = FecReceiver::kPatience * 2;  // until it is known
  std::optional<Duration> shortest_;           // of the round trips that were told
  Duration wait_;
  TimePoint lastHeard_, lastNamed_;
  bool heard_ = false;
  bool superseded_ = false;
  uint64_t retransmitted_ = 0;
  uint64_t payloadBytes_ = 0, retransmittedBytes_ = 0;
  uint32_t nackCount_ = 0, pliCount_ = 0, firCount_ = 0;
};

}  // namespace tincan::inline v0::session
