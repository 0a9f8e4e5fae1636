#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "rtp/congestion/rate_controller.h"
#include "rtp/congestion/sent_packets.h"
#include "rtp/pacer.h"
#include "rtp/rtcp/congestion_feedback.h"
#include "rtp/transport_feedback_collector.h"
#include "tests/rtp/congestion/line.h"

namespace tincan::inline v0::rtp::line {

/// Where packets of a flow go: through a bottleneck and a delay, and their feedback back the same way.
struct Path {
  Hop* forward = nullptr;
  Hop* backward = nullptr;  ///< that feedback shares with others; null: none
  Delay::Config delay{};
};

/// What became of a packet at the bottleneck.
struct Sample {
  TimePoint at;  ///< it came to the queue
  TimePoint left;
  Duration waited;
  uint32_t size = 0;
  bool dropped = false;
};

/// A sender of video with all that sends it in earnest (pacer, history, controller), and a receiver that reports.
///
///     source ─► Pacer ─► SentPackets, RateController ─► Bottleneck ─► Delay ─► TransportFeedbackCollector
///                ▲                    ▲                                                   │
///                └── rates, probes ───┘◄──────────── feedback, over the way back ─────────┘
class MediaFlow {
 public:
  struct Config {
    RateLimits limits{300'000, 100'000, 4'000'000};
    uint64_t wanted = 4'000'000;
    double framesPerSecond = 30;
    /// RFC 8867 §4: frames differ in size; RFC 8593 §4.1 draws from a Laplace distribution. Of the mean.
    double sizeDeviation = 0.15;
    double keyFrameSize = 3;                      ///< the first picture, in pictures
    Duration encoderLag = Duration::millis(100);  ///< a new rate is followed after this
    Duration feedbackInterval = Duration::millis(100);
    bool ccfb = false;  ///< reports of RFC 8888, else transport-wide
    double feedbackLoss = 0;
    int lostFeedback = -1;  ///< one that is lost, counted from 0
    uint64_t seed = 1;
  };
  using MakeController = std::function<std::unique_ptr<RateController>(TimePoint now, const RateLimits&)>;

  MediaFlow(Events& events, const Config& config, const Path& path, const MakeController& make);

  void startAt(TimePoint when);
  void stopAt(TimePoint when);
  /// The source pauses (RFC 8867 §5.8); the flow stays.
  void pauseAt(TimePoint from, TimePoint until);
  void setOneWay(Duration oneWay) { forwardDelay_.setOneWay(oneWay); }

  const std::vector<Sample>& samples() const { return samples_; }
  struct Rate {
    TimePoint at;
    RateTarget target;
  };
  /// Each 100 ms.
  const std::vector<Rate>& rates() const { return rates_; }
  const RateController& controller() const { return *controller_; }
  uint64_t paddingBytes() const { return paddingBytes_; }
  Duration longestPacerWait() const { return longestWait_; }

 private:
  struct Arrival {
    TimePoint at;
    uint16_t sequence = 0;
    Ecn ecn = Ecn::kNotCapable;
  };

  void frame();
  void flush();
  void arm();
  void sendOut(Pacer::Leaving& leaving);
  void follow();
  void arrive(int64_t number, uint16_t sequence, Ecn ecn);
  void sendFeedback();
  void carryBack(TimePoint leaves, const std::vector<rtcp::TransportFeedback>& reports,
                 const std::shared_ptr<rtcp::CongestionFeedback>& ccfb);
  void deliver(const std::vector<rtcp::TransportFeedback>& reports, const rtcp::CongestionFeedback* ccfb);
  void pushPacket(size_t size, Pacer::Lane lane);

  Events& events_;
  Config config_;
  Path path_;
  Delay forwardDelay_, backwardDelay_;
  SeededRandom random_;
  PacketPool pool_;
  Pacer pacer_{Pacer::Config{}};
  Pacer::Lane video_, padding_;
  SentPackets sent_;
  std::unique_ptr<RateController> controller_;
  TransportFeedbackCollector collector_;
  std::vector<Arrival> arrivals_;  // not yet reported; RFC 8888
  bool running_ = false, paused_ = false, feedbackArmed_ = false, firstFrame_ = true;
  TimePoint armedFor_ = TimePoint::never();
  double encoderRate_ = 0, debt_ = 0;
  uint16_t sequence_ = 0;
  int feedbacks_ = 0;
  std::vector<Sample> samples_;
  std::vector<Rate> rates_;
  uint64_t paddingBytes_ = 0;
  Duration longestWait_;
};

}  // namespace tincan::inline v0::rtp::line
