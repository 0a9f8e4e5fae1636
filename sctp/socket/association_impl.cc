#include "sctp/socket/association_impl.h"

#include <algorithm>
#include <utility>

#include <climits>

namespace tincan::inline v0::sctp {
namespace {

constexpr unsigned kMaxShutdowns = 10;  // RFC 9260 §16: Association.Max.Retrans
constexpr unsigned kBlackHole = 2;      // timeouts in a row that say that large packets may not come through any more
// RFC 9260 §16 has 60 s. Differs because a path that comes back after an outage is to carry data again at once: libwebrtc
// waits 3 s at most too.
constexpr Duration kRtoMax = Duration::seconds(3);
constexpr uint64_t kSlowStartPackets = 100;  // that come before SACKs may be fewer: the peer's window grows with each
constexpr size_t kFewPackets = 2, kManyPackets = 10;
constexpr Duration kRttGuess = Duration::millis(100);  // where none was measured

SenderConfig senderConfig(const AssociationConfig& config, RandomSource& random) {
  SenderConfig out;
  out.congestionControl = config.congestionControl;
  out.scheduler = config.scheduler;
  out.maxPacket = config.mtu;
  out.sendBuffer = config.sendBuffer;
  out.maxRto = kRtoMax;
  out.seed = random.u64();
  return out;
}

/// A message of the size that we take fits twice: else it could not become whole while another waits.
size_t startWindow(const AssociationConfig& config) {
  return std::max(config.receiveBuffer, 2 * config.maxMessageSize);
}

}  // namespace

Association::Impl::Impl(AssociationConfig config, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      random_(random),
      pool_(pool),
      tx_(senderConfig(config_, random)),
      window_(startWindow(config_), config_.maxReceiveBuffer, config_.windowBudget),
      mtu_(config_.mtu, config_.maxMtu) {}

Association::State Association::Impl::state() const {
  switch (phase_) {
    case Phase::kNew: return State::kNew;
    case Phase::kCookieWait:
    case Phase::kCookieEchoed: return State::kConnecting;
    case Phase::kEstablished: return State::kEstablished;
    case Phase::kShutdownPending:
    case Phase::kShutdownSent:
    case Phase::kShutdownReceived:
    case Phase::kShutdownAckSent: return State::kShuttingDown;
    case Phase::kClosed: return State::kClosed;
  }
  return State::kClosed;
}

AssociationStats Association::Impl::stats() const {
  AssociationStats stats = stats_;
  stats.receiveWindow = window_.limit();
  stats.bytesHeld = held();
  stats.mtu = mtu_.size();
  if (reassembly_) stats.piecesRefused = reassembly_->stats().misfits;
  stats.interleaving = isUp() && local_.capabilities.interleaving && remote_.capabilities.interleaving;
  stats.zeroChecksum = isUp() && config_.zeroChecksum && remote_.capabilities.zeroChecksum;
  return stats;
}

size_t Association::Impl::receiveBatch() const {
  const bool many = phase_ == Phase::kEstablished && stats_.packetsReceived > kSlowStartPackets && !tracker_->hasGaps();
  return many ? kManyPackets : kFewPackets;
}

Association::SendStatus Association::Impl::send(TimePoint now, uint16_t stream, uint32_t ppid, Bytes&& message,
                                                const SendOptions& options) {
  advanceTime(now);
  if (phase_ == Phase::kCookieWait) return SendStatus::kFull;
  if (phase_ == Phase::kCookieEchoed && stream >= outboundStreams_) return SendStatus::kFull;  // Up will tell
  if (!takesMessages() || stream >= outboundStreams_) return SendStatus::kFailed;
  switch (tx_.send(now_, StreamId(stream), ppid, std::move(message), options)) {
    case Sender::SendStatus::kSent: return SendStatus::kSent;
    case Sender::SendStatus::kFull: return SendStatus::kFull;
    case Sender::SendStatus::kEmpty: return SendStatus::kFailed;
  }
  return SendStatus::kFailed;
}

void Association::Impl::shutdown(TimePoint now) {
  advanceTime(now);
  switch (phase_) {
    case Phase::kNew:
    case Phase::kCookieWait:
    case Phase::kCookieEchoed: return finish();
    case Phase::kEstablished: transition(Phase::kShutdownPending); return advance();
    case Phase::kShutdownPending:
    case Phase::kShutdownSent:
    case Phase::kShutdownReceived:
    case Phase::kShutdownAckSent:
    case Phase::kClosed: return;
  }
}

void Association::Impl::abort(TimePoint now) {
  advanceTime(now);
  if (phase_ == Phase::kClosed) return;
  sendAbort(CauseCode::kUserAbort, {});
  finish();
}

void Association::Impl::finish() {
  end(AssociationClosed{});
}

void Association::Impl::fail(ErrorCode code, std::string message) {
  end(AssociationFailed{Error(code, std::move(message))});
}

void Association::Impl::end(AssociationEvent event) {
  if (phase_ == Phase::kClosed) return;
  transition(Phase::kClosed);
  handshakeTimer_.stop();
  shutdownTimer_.stop();
  control_.clear();
  early_.clear();
  events_.push_back(std::move(event));
}

void Association::Impl::advance() {
  advanceResets();
  advanceShutdown();
}

void Association::Impl::advanceShutdown() {
  if (!isUp() || !tx_.idle()) return;
  if (phase_ == Phase::kShutdownPending) {
    transition(Phase::kShutdownSent);
    queueShutdown();
  } else if (phase_ == Phase::kShutdownReceived) {
    transition(Phase::kShutdownAckSent);
    queueControl(ChunkType::kShutdownAck, 0, {});
  } else {
    return;
  }
  shutdownTimer_.start(now_, tx_.stats().rto, kRtoMax);
}

void Association::Impl::handleTimeout(TimePoint now) {
  advanceTime(now);
  if (phase_ == Phase::kNew || phase_ == Phase::kClosed) return;
  handleRetries();
  if (!isUp()) return;
  tracker_->handleTimeout(now_);
  if (tx_.nextTimeout() <= now_) tx_.handleTimeout(now_);
  if (tx_.consecutiveTimeouts() >= kBlackHole && mtu_.onBlackHole(now_)) tx_.setMaxPacket(mtu_.size());
  if (const auto again = ourResets_->retransmit(now_)) {
    queueControl(ChunkType::kReconfig, 0, write(ReconfigParameter(*again)));
  }
  if (std::max(tx_.consecutiveTimeouts(), ourResets_->attempts()) > config_.maxRetransmits.value_or(UINT_MAX)) {
    sendAbort(CauseCode::kUserAbort, "no answer");
    if (phase_ > Phase::kEstablished) return finish();
    return fail(ErrorCode::kNetworkError, "the SCTP peer went silent");
  }
  advance();
}

void Association::Impl::onPathChange(TimePoint now, size_t mostMtu) {
  advanceTime(now);
  if (mtu_.onPathChange(mostMtu)) tx_.setMaxPacket(mtu_.size());
}

void Association::Impl::handleRetries() {
  if (handshakeTimer_.expire(now_)) {
    if (handshakeTimer_.attempts() > config_.maxInitRetransmits.value_or(UINT_MAX)) {
      return fail(ErrorCode::kTimeout, "the SCTP peer did not answer");
    }
    if (phase_ == Phase::kCookieWait) sendInit();
    cookieEchoDue_ = phase_ == Phase::kCookieEchoed;
  }
  if (shutdownTimer_.expire(now_)) {
    if (shutdownTimer_.attempts() > kMaxShutdowns) return finish();
    if (phase_ == Phase::kShutdownSent) queueShutdown();
    if (phase_ == Phase::kShutdownAckSent) queueControl(ChunkType::kShutdownAck, 0, {});
  }
}

TimePoint Association::Impl::nextTimeout() const {
  if (phase_ == Phase::kNew || phase_ == Phase::kClosed) return TimePoint::never();
  TimePoint next = earlier(handshakeTimer_.nextTimeout(), shutdownTimer_.nextTimeout());
  if (!isUp()) return next;
  next = earlier(next, tracker_->nextTimeout());
  next = earlier(next, ourResets_->nextTimeout());
  next = earlier(next, mtu_.nextTimeout());
  return earlier(next, tx_.nextTimeout());
}

Duration Association::Impl::rtt() const {
  const Duration srtt = tx_.stats().srtt;
  return srtt == Duration::zero() ? kRttGuess : srtt;
}

std::optional<AssociationEvent> Association::Impl::pollEvent() {
  if (events_.empty()) return std::nullopt;
  std::optional<AssociationEvent> event(std::move(events_.front()));
  events_.pop_front();
  size_t cost = 0;
  if (const auto* message = std::get_if<MessageReceived>(&*event)) cost = message->data.size() + Reassembly::kOverhead;
  if (std::get_if<MessageTooLarge>(&*event)) cost = Reassembly::kOverhead;
  if (cost != 0) {
    eventCost_ -= cost;
    window_.taken(now_, cost, rtt());
    windowMayHaveOpened();
  }
  return event;
}

}  // namespace tincan::inline v0::sctp
