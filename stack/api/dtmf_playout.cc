#include "stack/api/dtmf_playout.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr std::string_view kTones = "0123456789*#ABCD";  // RFC 4733 §3.2, in the order of its events

}  // namespace

std::optional<std::string> DtmfPlayout::normalized(std::string_view tones) {
  std::string out;
  for (char c : tones) {
    if (c >= 'a' && c <= 'd') c = static_cast<char>(c - 'a' + 'A');
    if (c != ',' && kTones.find(c) == std::string_view::npos) return std::nullopt;
    out += c;
  }
  return out;
}

uint8_t DtmfPlayout::eventOf(char tone) {
  const size_t at = kTones.find(tone);
  return at == std::string_view::npos ? 0 : static_cast<uint8_t>(at);
}

void DtmfPlayout::insert(std::string tones, Duration duration, Duration gap) {
  buffer_ = std::move(tones);
  duration_ = std::clamp(duration, kMinDuration, kMaxDuration);
  gap_ = std::clamp(gap, kMinGap, kMaxGap);
  if (!buffer_.empty() && state_ == State::kIdle) state_ = State::kDue;
}

std::optional<std::string> DtmfPlayout::next(TimePoint now) {
  switch (state_) {
    case State::kIdle: return std::nullopt;
    case State::kTone:
      if (now < until_) return std::nullopt;
      state_ = State::kGap;
      until_ = until_ + gap_;
      return next(now);
    case State::kGap:
    case State::kPause:
      if (now < until_) return std::nullopt;
      break;
    case State::kDue: break;
  }
  if (buffer_.empty()) {
    state_ = State::kIdle;
    return "";
  }
  const char tone = buffer_.front();
  buffer_.erase(0, 1);
  state_ = tone == ',' ? State::kPause : State::kTone;
  event_ = eventOf(tone);
  until_ = now + (tone == ',' ? kComma : duration_);
  return std::string(1, tone);
}

TimePoint DtmfPlayout::nextTimeout() const {
  switch (state_) {
    case State::kIdle: return TimePoint::never();
    case State::kDue: return TimePoint();
    case State::kTone:
    case State::kGap:
    case State::kPause: break;
  }
  return until_;
}

}  // namespace tincan::inline v0::stack
