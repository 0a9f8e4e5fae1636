#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "rtp/congestion/bitrate_allocator.h"
#include "rtp/congestion/rate_controller.h"
#include "session/congestion.h"
#include "session/congestion_observer.h"
#include "session/send_queue.h"
#include "stack/configuration.h"
#include "stack/media_senders.h"

namespace tincan::inline v0::stack {

/// What each sender of a MediaSession may send. Where the far end reports packets, congestion control says how much that
/// is in all; where it does not, its REMB, or nobody. Owned by MediaSession.
///
///     RTCP ─► Congestion ─► BitrateAllocator ─► MediaSender::setBitrate
///     REMB ─► an equal share for each source of pictures that it names
///     both ─► SendQueue: how fast packets leave, how much repairs may take
class SenderRates final : public session::CongestionObserver {
 public:
  struct Config {
    uint32_t videoBitrate = 0;  ///< of each source at most; 0: by the size of its pictures
    CongestionSettings congestion{};
    PacingSettings pacing{};
  };
  /// Where sizes decide: what is sent to a peer that reports nothing, and what RTCP's share is taken of.
  static constexpr uint32_t kUsualVideoBitrate = 1'000'000;

  /// Both outlive it.
  SenderRates(Config config, MediaSenders& senders, session::SendQueue& queue);

  /// After an answer: the peer may report now, or otherwise.
  void negotiated(TimePoint now);
  /// A sender was made anew: rates are handed out whether they have changed or not.
  void renew(TimePoint now);
  /// After what came together has been told.
  void settle(TimePoint now);
  /// `changes`: of the selected candidate pair so far. What was learnt of one way says nothing of another.
  void noteRoute(TimePoint now, uint64_t changes);
  /// Where nobody says what the line carries: pictures of another size may have more, or take less.
  void noteSizes();
  TimePoint nextTimeout() const { return congestion_ ? congestion_->nextTimeout() : TimePoint::never(); }
  void handleTimeout(TimePoint now);

  /// What a new sender of pictures begins with, in bits a second.
  uint32_t start() const { return videoTarget_; }
  /// What congestion control finds, or what the peer's last REMB said that it can take of us, in bits a second; 0 before
  /// either.
  uint64_t available() const { return congestion_ ? congestion_->target().estimate : available_; }
  /// Null where the peer reports no packets.
  const session::Congestion* congestion() const { return congestion_ ? &*congestion_ : nullptr; }
  uint64_t rembs() const { return rembs_; }  ///< that named a source of ours

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
  void onLoss(TimePoint now, const rtp::ReportedLoss& loss) override {
    if (congestion_) congestion_->onLoss(now, loss);
  }
  void onRoundTripTime(TimePoint now, Duration roundTrip) override {
    if (congestion_) congestion_->onRoundTripTime(now, roundTrip);
  }
  void onRemb(TimePoint now, const rtp::rtcp::Remb& remb) override;

 private:
  std::optional<session::Congestion::Reports> peerReports() const;
  void begin(TimePoint now, session::Congestion::Reports reports);
  uint32_t mostOf(const MediaSender& sender) const;
  rtp::RateDemand demandOf(const MediaSection& section, uint32_t id) const;
  void share(TimePoint now);
  void adapt(TimePoint now);
  void updatePacingRate();

  Config config_;
  MediaSenders& senders_;
  session::SendQueue& queue_;
  std::optional<session::Congestion> congestion_;  // from when the peer reports packets
  rtp::BitrateAllocator allocator_;
  rtp::RateLimits limits_;
  std::vector<rtp::RateDemand> demands_;  // of the last step
  uint64_t shared_ = 0, wanted_ = 0;      // what was handed out last, and what could have been
  uint64_t routes_ = 0;                   // candidate pairs so far
  uint64_t available_ = 0;                // as the last REMB says
  uint32_t videoTarget_;                  // of each source, as the last REMB leaves it
  uint64_t rembs_ = 0;
};

}  // namespace tincan::inline v0::stack
