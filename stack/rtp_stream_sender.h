#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "rtp/extensions.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"
#include "rtp/rtcp/packet.h"
#include "rtp/stats/send_statistics.h"
#include "stack/jsep/types.h"

namespace tincan::stack {

class Transport;

/// One SSRC that we send: headers in front of payloads, copies for retransmission, answers to NACKs, and the sender
/// report. Knows no codec. Between calls of its owner nothing is left unflushed. Owned by a VideoSender or AudioSender.
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
    std::optional<Position> resume{};
  };

  /// `transportSequence` counts all packets of the transport (transport-wide-cc-extensions-01 §2) and outlives this.
  RtpStreamSender(Config config, Transport& transport, uint16_t& transportSequence, RandomSource& random,
                  PacketPool& pool);

  /// One payload, with headroom in front of it. `timestamp` counts from 0: the random offset (RFC 3550 §5.1) is ours.
  /// It leaves with the next flush: a picture's packets are protected side by side.
  void add(TimePoint now, PacketBuffer payload, bool marker, uint32_t timestamp);
  void flush(TimePoint now);
  /// Sends again what was asked for, as RTX.
  void handleNack(TimePoint now, const rtp::rtcp::Nack& nack);
  void handleReport(NtpTime wallNow, const rtp::rtcp::ReportBlock& block);

  /// What a payload may take, so that the packet with header, extensions, tag and RTX's two bytes stays within the MTU.
  size_t maxPayload() const;
  Ssrc ssrc() const { return Ssrc(config_.ssrc); }
  const Config& config() const { return config_; }
  Position position() const;
  const rtp::SendStatistics& statistics() const { return statistics_; }
  uint64_t retransmitted() const { return retransmissions_.stats().resent; }
  uint32_t nackCount() const { return nackCount_; }

 private:
  void push(TimePoint now, PacketBuffer packet);
  void stampAgain(TimePoint now, PacketBuffer& packet);

  Config config_;
  Transport& transport_;
  uint16_t& transportSequence_;
  PacketPool& pool_;
  Position next_;
  rtp::SendStatistics statistics_;
  rtp::RetransmissionBuffer retransmissions_;
  std::optional<rtp::RtxSender> rtx_;
  std::vector<PacketBuffer> batch_;  // made, and not sent yet
  uint32_t nackCount_ = 0;
};

}  // namespace tincan::stack
