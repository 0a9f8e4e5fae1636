#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/sequence.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/feedback_opening.h"
#include "rtp/rtcp/transport_feedback.h"

namespace tincan::inline v0::rtp {

/// The receiving side of transport-wide congestion control: notes when each packet came and tells the sender in regular
/// feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3). Owned by whoever receives from one transport.
///
/// Each feedback goes on where the one before it ended, so that losses between two feedbacks are told too; in the
/// first second (FeedbackOpening) what one has told, the next one tells again. A packet
/// that comes after its number was told as lost has the next feedback start at that number again; what came in between
/// keeps its arrival. The last 2,048 numbers are remembered; what is older is not told. No allocation a packet.
class TransportFeedbackCollector {
 public:
  static constexpr Duration kDefaultInterval = Duration::millis(100);
  /// A feedback with its header stays below this, to fit into any path with SRTCP's overhead.
  static constexpr size_t kMaxFeedbackSize = 1100;

  explicit TransportFeedbackCollector(Ssrc sender, Duration interval = kDefaultInterval);

  /// A packet with this transport-wide sequence number came. `media` is the SSRC that feedback names.
  void onPacket(uint16_t sequence, TimePoint arrival, Ssrc media);
  /// Who the feedback says it is from, after a change of SSRC.
  void setSender(Ssrc sender) { sender_ = sender; }
  /// When the next feedback is due; never while there is nothing to tell.
  TimePoint nextTimeout() const { return due_; }
  /// The feedback that is due at `now`; call until it gives none (much to tell needs several).
  std::optional<rtcp::TransportFeedback> poll(TimePoint now);
  /// The next feedback, due or not; none when there is nothing to tell.
  std::optional<rtcp::TransportFeedback> build();

 private:
  static constexpr int64_t kWindow = rtcp::kMaxTransportStatuses;
  static constexpr int64_t kNotReceived = INT64_MIN;

  int64_t& arrival(int64_t sequence) { return arrivals_[static_cast<size_t>(sequence & (kWindow - 1))]; }
  int64_t arrival(int64_t sequence) const { return arrivals_[static_cast<size_t>(sequence & (kWindow - 1))]; }
  void advanceTo(int64_t sequence);
  rtcp::TransportFeedback tell(int64_t from) const;

  Ssrc sender_;
  Ssrc media_;
  Duration interval_;
  TimePoint due_ = TimePoint::never();
  SequenceUnwrapper<uint16_t> unwrapper_;
  // A ring by unwrapped number: the tick of arrival of those in (highest_ - kWindow, highest_].
  std::vector<int64_t> arrivals_;  // 16 KiB; none before the first packet
  bool started_ = false;
  int64_t highest_ = 0;
  int64_t next_ = 0;  // the first number that was not told; past highest_ when all is told
  int64_t from_ = 0;  // the number that the next feedback starts with: next_, or what is told again before it
  FeedbackOpening opening_;
  bool opens_ = false;  // the feedback that is due is of the opening
  uint8_t count_ = 0;
};

}  // namespace tincan::inline v0::rtp
