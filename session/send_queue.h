#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/pacer.h"
#include "rtp/repair/retransmission_budget.h"
#include "session/congestion_observer.h"
#include "session/packet_sink.h"

namespace tincan::inline v0::session {

/// Between the streams of one transport and the transport: what they make waits in the pacer, and leaves in batches
/// that SRTP protects side by side. What is only known when a packet leaves is written into it then. Owned by
/// RtpSession; the streams close their lanes before it goes.
///
///     OutboundStream::add ─► push ─► Pacer … flush ─► Source::leave ─► CongestionObserver::onSent ─► PacketSink::sendRtp
class SendQueue {
 public:
  using Lane = rtp::Pacer::Lane;

  /// Whoever puts packets into a lane, and finishes them when they leave.
  class Source {
   public:
    /// Writes the time and `transportSequence` into the packet, where it has room for them; says what left.
    virtual Departure leave(TimePoint now, rtp::Pacer::Leaving& leaving, uint16_t transportSequence) = 0;
    /// Queues packets of padding, `bytes` or a little more, to probe with or to hold a rate. How many bytes it made: 0
    /// where it has none to make.
    virtual size_t addPadding(TimePoint, size_t /*bytes*/) { return 0; }

   protected:
    ~Source() = default;
  };

  /// `transportSequence`: where the transport's count of its packets begins.
  SendQueue(const rtp::Pacer::Config& config, PacketSink& sink, uint16_t transportSequence);

  /// What leaves on this lane is told to `source`.
  Lane open(Source& source, rtp::Pacer::Priority priority);
  /// Drops what waits.
  void close(Lane lane);
  bool push(TimePoint now, Lane lane, PacketBuffer packet) { return pacer_.push(now, lane, std::move(packet)); }
  size_t room(Lane lane) const { return pacer_.room(lane); }
  size_t waiting(Lane lane) const { return pacer_.waiting(lane); }
  size_t packets() const { return pacer_.packets(); }

  void setPacingRate(uint64_t bitsPerSecond) { pacer_.setPacingRate(bitsPerSecond); }
  /// Filled up to with padding, where a source can make some; 0: none.
  void setPaddingRate(uint64_t bitsPerSecond) { pacer_.setPaddingRate(bitsPerSecond); }
  /// Sends a cluster at a rate of its own, of what waits and of padding.
  bool startProbe(TimePoint now, const rtp::Pacer::Probe& probe) { return pacer_.startProbe(now, probe); }
  /// What leaves in one go while more waits.
  void setBurst(Duration burst) { pacer_.setBurst(burst); }
  /// The mark that RTP leaves with from now on.
  void setEcn(Ecn ecn) { ecn_ = ecn; }
  Ecn ecn() const { return ecn_; }
  /// Who is told what leaves; nobody to begin with. Outlives the queue, or is taken off.
  void setObserver(CongestionObserver* observer) { observer_ = observer; }
  /// Has a source that can make padding queue so much of it: for probes, and to hold a rate that media do not fill. How
  /// many bytes were queued. It leaves behind everything else.
  size_t addPadding(TimePoint now, size_t bytes);
  /// What may be sent again, of all streams together.
  rtp::RetransmissionBudget& repairs() { return repairs_; }

  /// Sends what is due.
  void flush(TimePoint now) {
    if (pacer_.packets() > 0 || pacer_.nextTimeout() <= now) sendDue(now);
  }
  TimePoint nextTimeout() const { return pacer_.nextTimeout(); }
  const rtp::Pacer::Counters& counters() const { return pacer_.counters(); }

 private:
  void sendDue(TimePoint now);
  bool pad(TimePoint now);

  PacketSink& sink_;
  rtp::Pacer pacer_;
  rtp::RetransmissionBudget repairs_;
  uint16_t transportSequence_;       // transport-wide-cc-extensions-01 §2: one count for all
  std::vector<Source*> sources_;     // by lane
  std::vector<PacketBuffer> batch_;  // empty between calls
  CongestionObserver* observer_ = nullptr;
  Ecn ecn_ = Ecn::kNotCapable;
};

}  // namespace tincan::inline v0::session
