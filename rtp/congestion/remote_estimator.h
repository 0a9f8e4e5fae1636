#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/sequence.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/congestion/aimd_rate.h"
#include "rtp/congestion/delay_estimator.h"
#include "rtp/congestion/throughput_estimator.h"
#include "rtp/extension_values.h"
#include "rtp/rtcp/feedback.h"

namespace tincan::inline v0::rtp {

/// The receiving side of congestion control for a far end that takes no feedback of packets: estimates what the line
/// carries by when packets were sent (abs-send-time) and came, and says so in REMB (draft-alvestrand-rmcat-remb-03). The
/// same machines as the sender's, fed each 100 ms. Owned by whoever receives from one transport.
///
///     onPacket ─► waits ─► poll, each 100 ms ─► ThroughputEstimator, DelayEstimator ─► AimdRate ─► REMB
///
/// A REMB each second, and at once when the estimate has fallen by 3 % (libwebrtc's intervals). Bounded: the packets of
/// an interval, and the sources that a REMB names.
class RemoteEstimator {
 public:
  static constexpr Duration kInterval = Duration::millis(100), kRembInterval = Duration::seconds(1);
  static constexpr double kFall = 0.97;
  static constexpr size_t kMostPackets = 4096, kMostSources = 32;
  static constexpr double kStart = 300'000, kLeast = 30'000;
  /// A source that was silent for so long is not named any more.
  static constexpr Duration kSilence = Duration::seconds(2);

  explicit RemoteEstimator(Ssrc sender) : sender_(sender) { waiting_.reserve(256); }

  void onPacket(TimePoint arrival, AbsSendTime sent, size_t size, Ssrc ssrc);
  void setSender(Ssrc sender) { sender_ = sender; }
  void setRoundTripTime(Duration roundTrip) { roundTrip_ = roundTrip; }
  /// never() while nothing comes.
  TimePoint nextTimeout() const { return due_; }
  std::optional<rtcp::Remb> poll(TimePoint now);
  /// Bits a second; none before there is one.
  std::optional<double> estimate() const;

 private:
  void nameSource(TimePoint now, Ssrc ssrc);

  Ssrc sender_;
  Duration roundTrip_ = Duration::millis(200);
  std::vector<PacketResult> waiting_;
  struct Source {
    Ssrc ssrc;
    TimePoint heardAt;
  };
  std::vector<Source> sources_;
  SequenceUnwrapper<uint32_t> sendTime_;
  ThroughputEstimator throughput_;
  DelayEstimator delays_;
  AimdRate aimd_{kStart, kLeast};
  TimePoint due_ = TimePoint::never(), saidAt_ = TimePoint::never();
  double said_ = 0;
  int64_t number_ = 0;
};

}  // namespace tincan::inline v0::rtp
