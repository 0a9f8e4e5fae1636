#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/time.h"
#include "rtp/congestion/ecn_path.h"
#include "rtp/congestion/rate_controller.h"
#include "rtp/congestion/sent_packets.h"
#include "rtp/stats/reported_loss.h"
#include "session/congestion_observer.h"
#include "session/send_queue.h"

namespace tincan::inline v0::session {

/// Between a session and the rate controller of its transport: what leaves is kept and told, what the far end reports is
/// joined with it, and what the controller wants is set on the queue. The rates of the encoders are its owner's: it asks
/// after each call, by `changed`. Owned by whoever owns the RtpSession, which it outlives.
///
///     SendQueue ─► onSent ─► SentPackets, RateController
///     RtcpReceiver ─► onTransportFeedback, onCongestionFeedback … settle ─► RateController::onFeedback
///     RateController::target, pollProbe ─► SendQueue: pacing, padding, probes
class Congestion final : public CongestionObserver {
 public:
  /// What IP, UDP and SRTP add to a packet: 20, 8 and 16 bytes (RFC 791, RFC 768, RFC 7714). The line carries them too.
  static constexpr size_t kOverhead = 44;

  /// What the far end tells packets by: transport-wide numbers, or SSRC and number, and ECN marks beside (RFC 8888).
  enum class Reports : uint8_t { kTransportWide, kBySsrc };

  /// What reports of RFC 8888 say of one stream (webrtc-stats, RTCReceivedRtpStreamStats and RTCRemoteInbound…).
  struct Reported {
    Ssrc ssrc;
    uint64_t ect1 = 0, ce = 0, bleached = 0;  ///< `bleached`: sent with ECT(1), and came without a mark
    uint64_t lost = 0, recovered = 0;         ///< of those that were told lost
  };
  static constexpr size_t kMostReported = 64;  ///< streams; of more nothing is kept

  /// `queue` outlives it.
  Congestion(std::unique_ptr<rtp::RateController> controller, SendQueue& queue,
             Reports reports = Reports::kTransportWide);
  ~Congestion() override { queue_.setEcn(Ecn::kNotCapable); }

  void onSent(TimePoint now, const Departure& packet) override;
  void onTransportFeedback(TimePoint now, const rtp::rtcp::TransportFeedback& feedback) override;
  void onCongestionFeedback(TimePoint now, const rtp::rtcp::CongestionFeedback& feedback) override;
  void onRemb(TimePoint now, const rtp::rtcp::Remb& remb) override;
  void onLoss(TimePoint now, const rtp::ReportedLoss& loss) override;
  void onRoundTripTime(TimePoint now, Duration roundTrip) override;

  /// After what came together has been told: reports of one compound are one.
  void settle(TimePoint now);
  void setLimits(TimePoint now, const rtp::RateLimits& limits, uint64_t wanted);
  void onRouteChange(TimePoint now);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const { return controller_->nextTimeout(); }

  rtp::RateTarget target() const { return controller_->target(); }
  Reports reports() const { return reports_; }
  /// Reports of RFC 8888 that came.
  uint32_t congestionReports() const { return congestionReports_; }
  const rtp::EcnPath& ecnPath() const { return ecn_; }
  /// Packets that came with CE.
  uint64_t marked() const { return marked_; }
  /// What repairs take of it of late, bits a second.
  uint64_t repairRate() const { return static_cast<uint64_t>(repairRate_); }
  /// Null where nothing was reported so.
  const Reported* reported(Ssrc ssrc) const;
  const rtp::SentPackets& history() const { return sent_; }

 private:
  void apply(TimePoint now);
  void note(const rtp::PacketResult& result);

  std::unique_ptr<rtp::RateController> controller_;
  SendQueue& queue_;
  Reports reports_;
  rtp::SentPackets sent_;
  rtp::EcnPath ecn_;
  uint32_t congestionReports_ = 0;
  uint64_t marked_ = 0;
  std::vector<Reported> reportedOf_;
  bool numbered_ = false;                     // the first packet with a number has left
  bool reported_ = false;                     // since the last settle
  rtp::LossWindow losses_{Duration::zero()};  // of all sources
  double repairRate_ = 0;
  uint64_t repairBytes_ = 0;
  TimePoint repairsSince_;
};

}  // namespace tincan::inline v0::session
