#include <algorithm>

#include "sctp/socket/association_impl.h"

namespace tincan::inline v0::sctp {
namespace {

// Events that nobody polls: a request that comes then is not looked at, and comes again.
constexpr size_t kMaxWaitingEvents = 1024;

std::vector<StreamId> toIds(std::span<const uint16_t> streams) {
  std::vector<StreamId> ids;
  ids.reserve(streams.size());
  for (const uint16_t stream : streams) ids.emplace_back(stream);
  return ids;
}

}  // namespace

Association::SendStatus Association::Impl::resetStreams(TimePoint now, std::span<const uint16_t> streams) {
  advanceTime(now);
  if (phase_ != Phase::kEstablished || streams.empty() || !remote_.capabilities.reconfig) return SendStatus::kFailed;
  for (const uint16_t stream : streams) {
    if (stream >= outboundStreams_) return SendStatus::kFailed;
  }
  tx_.pauseStreams(toIds(streams));
  ourResets_->want(streams);
  advance();
  return SendStatus::kSent;
}

/// The next request, when none is out and streams are quiet.
void Association::Impl::advanceResets() {
  if (!ourResets_ || !isUp()) return;
  while (const std::optional<StreamId> stream = tx_.pollQuiet()) ourResets_->markQuiet(stream->value());
  if (!ourResets_->isReady()) return;
  // Acknowledgements come one by one, and a request for the first would keep all others for another round trip: so 200
  // channels take one to go, or two where their own last messages are under way, whatever goes on beside them.
  if (!ourResets_->isFirstChance()) {
    for (const uint16_t stream : ourResets_->waiting()) {
      if (tx_.bufferedAmount(StreamId(stream)) == 0) return;
    }
  }
  // RFC 6525 §4.1 has the last TSN that was assigned, so that the peer waits for what was sent before. All of these streams
  // is there; to wait for others' data would cost a round trip, and usrsctp 0.9.5, told of a TSN that has not come,
  // answers "in progress" and may never perform it. So it is the last one up to which the peer has all; the RFC's where
  // something was given up, whose FORWARD-TSN has to come first.
  const SenderStats stats = tx_.stats();
  const Tsn last = stats.abandonedMessages == 0 ? peerHasAll_ : tx_.lastAssignedTsn();
  const OutgoingResetRequest request =
      ourResets_->nextRequest(now_, theirResets_->lastSequence(), last.value(), stats.rto);
  queueControl(ChunkType::kReconfig, 0, write(ReconfigParameter(request)));
}

void Association::Impl::takeReconfig(ByteView body) {
  if (!isUp() || events_.size() > kMaxWaitingEvents) return;
  std::optional<std::vector<ReconfigParameter>> parameters = readReconfig(body);
  if (!parameters) {
    ++stats_.chunksRefused;
    return;
  }
  for (const ReconfigParameter& parameter : *parameters) {
    if (isUp()) std::visit([this](const auto& what) { takeRequest(what); }, parameter);
  }
}

void Association::Impl::answer(uint32_t sequence, ReconfigResult result) {
  queueControl(ChunkType::kReconfig, 0, write(ReconfigParameter(ReconfigResponse{sequence, result})));
}

void Association::Impl::takeRequest(const OutgoingResetRequest& request) {
  const bool allBefore = tracker_->unwrap(Tsn(request.lastTsn)) <= tracker_->cumulative();
  const IncomingResets::Judgement judgement = theirResets_->judge(request, allBefore);
  switch (judgement.action) {
    case IncomingResets::Action::kAnswer: return answer(request.sequence, judgement.result);
    case IncomingResets::Action::kPerform: return performIncoming(request);
    case IncomingResets::Action::kKeep: return;
  }
}

void Association::Impl::performIncoming(const OutgoingResetRequest& request) {
  const OutgoingResetRequest copy = request;  // it may be the one that is kept
  const bool known = std::all_of(copy.streams.begin(), copy.streams.end(),
                                 [this](uint16_t stream) { return stream < inboundStreams_; });
  const ReconfigResult result = known ? ReconfigResult::kPerformed : ReconfigResult::kWrongSsn;
  theirResets_->performed(copy.sequence, result);
  answer(copy.sequence, result);
  if (!known) return;
  deliver();  // the old life's messages come before its end
  reassembly_->resetStreams(copy.streams);
  events_.emplace_back(IncomingReset{copy.streams});
}

/// RFC 6525 §5.2.3: the peer wants our streams to begin anew. The answer is a request of our own.
void Association::Impl::takeRequest(const IncomingResetRequest& request) {
  const IncomingResets::Judgement judgement = theirResets_->judgeOther(request.sequence);
  if (judgement.action != IncomingResets::Action::kPerform) return answer(request.sequence, judgement.result);
  const bool known =
      !request.streams.empty() && std::all_of(request.streams.begin(), request.streams.end(),
                                              [this](uint16_t stream) { return stream < outboundStreams_; });
  if (!known) {
    theirResets_->performed(request.sequence, ReconfigResult::kWrongSsn);
    return answer(request.sequence, ReconfigResult::kWrongSsn);
  }
  if (ourResets_->isAsked()) return answer(request.sequence, ReconfigResult::kInProgress);
  theirResets_->performed(request.sequence, ReconfigResult::kPerformed);
  tx_.pauseStreams(toIds(request.streams));
  ourResets_->want(request.streams);
}

/// RFC 6525 §5.2.5: as many as we said that we take, in the INIT.
void Association::Impl::takeRequest(const AddStreamsRequest& request) {
  const IncomingResets::Judgement judgement = theirResets_->judgeOther(request.sequence);
  if (judgement.action != IncomingResets::Action::kPerform) return answer(request.sequence, judgement.result);
  const bool fits = size_t{inboundStreams_} + request.count <= local_.inboundStreams;
  if (fits) {
    inboundStreams_ = static_cast<uint16_t>(inboundStreams_ + request.count);
    events_.emplace_back(StreamsAdded{outboundStreams_, inboundStreams_});
  }
  const ReconfigResult result = fits ? ReconfigResult::kPerformed : ReconfigResult::kDenied;
  theirResets_->performed(request.sequence, result);
  answer(request.sequence, result);
}

void Association::Impl::takeRequest(const OtherReconfigRequest& request) {
  const IncomingResets::Judgement judgement = theirResets_->judgeOther(request.sequence);
  if (judgement.action != IncomingResets::Action::kPerform) return answer(request.sequence, judgement.result);
  theirResets_->performed(request.sequence, ReconfigResult::kDenied);
  answer(request.sequence, ReconfigResult::kDenied);
}

void Association::Impl::takeRequest(const ReconfigResponse& response) {
  std::vector<uint16_t> streams;
  switch (ourResets_->onResponse(now_, response, streams)) {
    case OutgoingResets::Outcome::kIgnored: return;
    case OutgoingResets::Outcome::kDone:
      tx_.resetStreams(toIds(streams));
      events_.emplace_back(OutgoingReset{std::move(streams)});
      return;
    case OutgoingResets::Outcome::kRefused:
      tx_.resumeStreams(toIds(streams));
      events_.emplace_back(ResetRefused{std::move(streams)});
      return;
  }
}

}  // namespace tincan::inline v0::sctp
