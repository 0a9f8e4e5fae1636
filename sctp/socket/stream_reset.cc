#include "sctp/socket/stream_reset.h"

#include <algorithm>

namespace tincan::inline v0::sctp {
namespace {

constexpr Duration kMaxTimeout = Duration::seconds(3);  // as of other retransmissions
constexpr size_t kAnswers = 2;

}  // namespace

void OutgoingResets::want(std::span<const uint16_t> streams) {
  for (const uint16_t stream : streams) {
    const bool isAskedFor =
        asked_ && std::find(asked_->streams.begin(), asked_->streams.end(), stream) != asked_->streams.end();
    if (!isAskedFor && !ready_.contains(stream)) waiting_.insert(stream);
  }
  firstChance_ = true;
}

void OutgoingResets::markQuiet(uint16_t stream) {
  if (waiting_.erase(stream) != 0) ready_.insert(stream);
}

OutgoingResetRequest OutgoingResets::nextRequest(TimePoint now, uint32_t responseSequence, uint32_t lastTsn,
                                                 Duration timeout) {
  OutgoingResetRequest request{nextSequence_++, responseSequence, lastTsn};
  while (!ready_.empty() && request.streams.size() < kMaxAtOnce) {
    request.streams.push_back(*ready_.begin());
    ready_.erase(ready_.begin());
  }
  asked_ = request;
  firstChance_ = false;
  attempts_ = 0;
  timeout_ = timeout;
  deadline_ = now + timeout;
  return request;
}

std::optional<OutgoingResetRequest> OutgoingResets::retransmit(TimePoint now) {
  if (!asked_ || deadline_ > now) return std::nullopt;
  ++attempts_;
  timeout_ = std::min(timeout_ * 2, kMaxTimeout);
  deadline_ = now + timeout_;
  return asked_;
}

OutgoingResets::Outcome OutgoingResets::onResponse(TimePoint now, const ReconfigResponse& response,
                                                   std::vector<uint16_t>& streams) {
  if (!asked_ || response.sequence != asked_->sequence) return Outcome::kIgnored;
  if (response.result == ReconfigResult::kInProgress) {
    // RFC 6525 §5.2.2: it lives, and is to be asked again.
    attempts_ = 0;
    deadline_ = now + timeout_;
    return Outcome::kIgnored;
  }
  streams = std::move(asked_->streams);
  asked_.reset();
  return response.result == ReconfigResult::kPerformed || response.result == ReconfigResult::kNothingToDo
             ? Outcome::kDone
             : Outcome::kRefused;
}

std::optional<ReconfigResult> IncomingResets::before(uint32_t sequence) const {
  for (const Answer& answer : answers_) {
    if (answer.sequence == sequence) return answer.result;
  }
  return std::nullopt;
}

IncomingResets::Judgement IncomingResets::judge(const OutgoingResetRequest& request, bool allBefore) {
  if (const std::optional<ReconfigResult> same = before(request.sequence)) return {Action::kAnswer, *same};
  if (request.sequence != expected_) return {Action::kAnswer, ReconfigResult::kBadSequence};
  if (allBefore) return {Action::kPerform};
  if (kept_) return {Action::kAnswer, ReconfigResult::kInProgress};
  kept_ = request;
  return {Action::kKeep};
}

IncomingResets::Judgement IncomingResets::judgeOther(uint32_t sequence) {
  if (const std::optional<ReconfigResult> same = before(sequence)) return {Action::kAnswer, *same};
  if (sequence != expected_) return {Action::kAnswer, ReconfigResult::kBadSequence};
  if (kept_) return {Action::kAnswer, ReconfigResult::kInProgress};
  return {Action::kPerform};
}

void IncomingResets::performed(uint32_t sequence, ReconfigResult result) {
  if (sequence != expected_) return;
  kept_.reset();
  ++expected_;
  answers_.push_back({sequence, result});
  if (answers_.size() > kAnswers) answers_.pop_front();
}

}  // namespace tincan::inline v0::sctp
