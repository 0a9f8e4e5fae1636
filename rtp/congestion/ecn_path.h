#pragma once

#include <cstdint>

#include "rtp/congestion/feedback_report.h"

namespace tincan::inline v0::rtp {

/// Whether ECT(1) gets through: there are routers that take marks off, that write others, and that drop what has any
/// (RFC 6679 §7.3, RFC 9000 §13.4.2). Owned by whoever marks what a transport sends.
///
///     kTesting ─┬─ a mark came through ─► kCapable ── most of kWindow came without ──► kFailed
///               └─ kTest of them came without, or none came at all ─────────────────► kFailed
///     reset (another route) ─► kTesting
///
/// kFailed stays until then: what is sent has no mark, and no mark is believed.
class EcnPath {
 public:
  static constexpr uint32_t kTest = 10;  ///< RFC 9000 §A.4: ten packets
  static constexpr uint32_t kWindow = 100;

  enum class State : uint8_t { kTesting, kCapable, kFailed };

  void onReport(const FeedbackReport& report) {
    for (const PacketResult& result : report.results) {
      if (result.sent.ecn == Ecn::kNotCapable) continue;
      note(result);
    }
  }
  void reset() { *this = {}; }
  bool mayMark() const { return state_ != State::kFailed; }
  State state() const { return state_; }

 private:
  void note(const PacketResult& result) {
    const bool intact = result.ecn == result.sent.ecn || result.ecn == Ecn::kCongested;
    if (result.lost()) {
      ++lost_;
    } else {
      intact ? ++intact_ : ++bare_;
    }
    switch (state_) {
      case State::kTesting:
        if (intact_ > 0) {
          state_ = State::kCapable;
          intact_ = bare_ = lost_ = 0;
        } else if (bare_ >= kTest || (bare_ == 0 && lost_ >= kTest)) {
          state_ = State::kFailed;
        }
        break;
      case State::kCapable:
        if (intact_ + bare_ < kWindow) break;
        if (bare_ > intact_) state_ = State::kFailed;
        intact_ = bare_ = lost_ = 0;
        break;
      case State::kFailed: break;
    }
  }

  State state_ = State::kTesting;
  uint32_t intact_ = 0, bare_ = 0, lost_ = 0;
};

}  // namespace tincan::inline v0::rtp
