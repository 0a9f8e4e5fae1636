#pragma once

#include "base/random.h"
#include "base/time.h"
#include "ice/config.h"

namespace tincan::inline v0::ice {

/// The clock of consent for one pair (RFC 7675 §5.1): says when to ask, and what the silence means. Owned by a Session;
/// starts with an answer just received.
///
///     kFresh ──(answers missing for 5 s)──> kDoubtful ──(30 s since the last answer)──> kExpired (for good)
///        ^───────────── answer ────────────────┘
class Consent {
 public:
  enum class State : uint8_t { kFresh, kDoubtful, kExpired };

  Consent(TimePoint now, const AgentConfig& config, RandomSource& random);

  State state(TimePoint now) const;
  /// True when a check is to be sent now; the next deadline has then moved on.
  bool takeSend(TimePoint now);
  /// An answer came to a check that was sent at `sentAt`.
  void onAnswer(TimePoint now, TimePoint sentAt);
  /// The next check is not to wait.
  void ask(TimePoint now) { next_ = earlier(next_, now); }
  /// The peer may have left this pair: an answer is asked for at once, and its lack believed after `patience`.
  void alert(TimePoint now, Duration patience);
  TimePoint nextTimeout() const;

 private:
  Duration interval();

  const AgentConfig* config_;
  RandomSource* random_;
  TimePoint expires_;
  TimePoint next_;
  Duration patience_;                               ///< shorter while alerted, until the next answer
  TimePoint unansweredSince_ = TimePoint::never();  ///< the first check that has had no answer
};

}  // namespace tincan::inline v0::ice
