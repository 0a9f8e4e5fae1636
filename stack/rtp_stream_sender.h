#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "rtp/extensions.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"
#include "rtp/rewriter.h"
#include "rtp/rtcp/packet.h"
#include "rtp/stats/send_statistics.h"
#include "stack/jsep/types.h"
#include "stack/send_queue.h"

namespace tincan::stack {

/// One SSRC that we send, and its repairs: headers in front of payloads, copies for retransmission, answers to NACKs,
/// and the sender report. Knows no codec. Owned by a VideoSender or AudioSender.
///
///     add ─► numbered, queued ─► leave: time and transport-wide number; counted; a copy kept ─► the wire
///     handleNack ─► from the copies, as RTX, numbered, queued ─► leave ─► the wire
///
/// Numbers have no gaps. They are given when a packet is queued: what the queue refuses never had one, and what is
/// dropped when the sender goes was the last to get one, so that position() takes it back.
class RtpStreamSender {
 public:
  /// Where the stream and its repairs stand in their numbering. It outlives the sender: an SSRC that begins at random
  /// again under the same SRTP key would use an index twice (RFC 3711 §3.3.1, §9.1), and SRTP refuses that.
  struct Position {
    uint16_t nextSequence = 0, nextRtxSequence = 0;
    uint32_t timestampOffset = 0;
  };
  struct Config {
    uint32_t ssrc = 0;
    uint32_t rtxSsrc = 0;
    std::string mid;
    CodecSpec codec;
    rtp::ExtensionMap extensions;
    rtp::Pacer::Priority priority = rtp::Pacer::Priority::kVideo;
    std::optional<Position> resume{};
  };

  RtpStreamSender(Config config, SendQueue& queue, RandomSource& random, PacketPool& pool);
  ~RtpStreamSender();
  RtpStreamSender(const RtpStreamSender&) = delete;
  RtpStreamSender& operator=(const RtpStreamSender&) = delete;

  /// One payload, with headroom in front of it. `timestamp` counts from 0: the random offset (RFC 3550 §5.1) is ours.
  /// False when the queue refused it.
  bool add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp);
  /// How many payloads will be taken: less than a whole picture is of no use.
  size_t room() const { return queue_.room(lane_); }
  /// A packet of ours leaves the queue now.
  void leave(TimePoint now, rtp::Pacer::Leaving& leaving, uint16_t& transportSequence);
  /// Queues again what was asked for, as RTX.
  void handleNack(TimePoint now, const rtp::rtcp::Nack& nack);
  void handleReport(NtpTime wallNow, const rtp::rtcp::ReportBlock& block);
  /// What is known of it before a report says it.
  void setRoundTripTime(Duration rtt) { retransmissions_.setRoundTripTime(rtt); }

  /// What a payload may take, so that the packet with header, extensions, tag and RTX's two bytes stays within the MTU.
  size_t maxPayload() const;
  Ssrc ssrc() const { return Ssrc(config_.ssrc); }
  const Config& config() const { return config_; }
  Position position() const;
  const rtp::SendStatistics& statistics() const { return statistics_; }
  const rtp::RetransmissionBuffer::Stats& repairs() const { return retransmissions_.stats(); }
  uint32_t nackCount() const { return nackCount_; }
  /// What packets have waited in the queue, all together; repairs aside.
  Duration totalDelay() const { return totalDelay_; }

 private:
  void addExtensions(rtp::ExtensionWriter& extensions) const;

  Config config_;
  SendQueue& queue_;
  PacketPool& pool_;
  SendQueue::Lane lane_;
  SendQueue::Lane rtxLane_;                    // the same where there is no RTX
  std::optional<rtp::PacketRewriter> layout_;  // all of our headers are alike
  size_t extensionSize_ = 0;                   // of their block, or more
  Position next_;
  rtp::SendStatistics statistics_;
  rtp::RetransmissionBuffer retransmissions_;
  std::optional<rtp::RtxSender> rtx_;
  uint32_t nackCount_ = 0;
  Duration totalDelay_;
};

}  // namespace tincan::stack
