#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/pacer.h"
#include "rtp/repair/retransmission_budget.h"

namespace tincan::stack {

class RtpStreamSender;
class Transport;

/// Between the senders of one transport and the transport: what they make waits in the pacer, and leaves in batches
/// that SRTP protects side by side. What is only known when a packet leaves is written into it then. Owned by
/// MediaSession; the senders close their lanes before it goes.
///
///     RtpStreamSender::add ─► push ─► Pacer … flush ─► RtpStreamSender::leave ─► Transport::sendRtp
class SendQueue {
 public:
  using Lane = rtp::Pacer::Lane;

  /// `transportSequence`: where the transport's count of its packets begins.
  SendQueue(const rtp::Pacer::Config& config, Transport& transport, uint16_t transportSequence);

  /// What leaves on this lane is told to `sender`.
  Lane open(RtpStreamSender& sender, rtp::Pacer::Priority priority);
  /// Drops what waits.
  void close(Lane lane) { pacer_.close(lane); }
  bool push(TimePoint now, Lane lane, PacketBuffer packet) { return pacer_.push(now, lane, std::move(packet)); }
  size_t room(Lane lane) const { return pacer_.room(lane); }
  size_t waiting(Lane lane) const { return pacer_.waiting(lane); }
  void setPacingRate(uint64_t bitsPerSecond) { pacer_.setPacingRate(bitsPerSecond); }
  /// What may be sent again, of all senders together.
  rtp::RetransmissionBudget& repairs() { return repairs_; }

  /// Sends what is due.
  void flush(TimePoint now) {
    if (pacer_.packets() > 0) sendDue(now);
  }
  TimePoint nextTimeout() const { return pacer_.nextTimeout(); }
  const rtp::Pacer::Counters& counters() const { return pacer_.counters(); }

 private:
  void sendDue(TimePoint now);

  Transport& transport_;
  rtp::Pacer pacer_;
  rtp::RetransmissionBudget repairs_;
  uint16_t transportSequence_;             // transport-wide-cc-extensions-01 §2: one count for all
  std::vector<RtpStreamSender*> senders_;  // by lane
  std::vector<PacketBuffer> batch_;        // empty between calls
};

}  // namespace tincan::stack
