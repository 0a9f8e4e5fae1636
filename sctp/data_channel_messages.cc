#include <algorithm>
#include <utility>

#include "sctp/data_channels_impl.h"

namespace tincan::inline v0::sctp {
namespace {

using dcep::Ppid;
using SendStatus = Association::SendStatus;

// We send no more than we would take, whatever the peer allows: a message is handed to the association whole.
constexpr size_t kMaxSendSize = 262'144;
// What the association has of one stream beside the message that it is sending: the scheduler has always one to choose.
constexpr size_t kHandedAhead = 256 * 1024;

}  // namespace

// ---- messages in ----

void DataChannels::Impl::on(MessageReceived& message) {
  if (message.ppid == static_cast<uint32_t>(Ppid::kControl)) return takeControl(message.stream, message.data);
  takeUserMessage(message.stream, static_cast<Ppid>(message.ppid), std::move(message.data));
}

void DataChannels::Impl::on(MessageTooLarge& message) {
  ++stats_.messagesRefused;
  refuse(message.stream);
}

void DataChannels::Impl::takeUserMessage(uint16_t id, Ppid ppid, Bytes data) {
  Channel* channel = find(id);
  if (channel == nullptr || channel->state != Channel::State::kOpen) {
    ++stats_.messagesRefused;
    return;
  }
  channel->acknowledged = true;
  const bool partial = ppid == Ppid::kBinaryPartial || ppid == Ppid::kStringPartial;
  const bool whole = ppid == Ppid::kBinary || ppid == Ppid::kString;
  const bool empty = ppid == Ppid::kBinaryEmpty || ppid == Ppid::kStringEmpty;
  if (!partial && !whole && !empty) {
    ++stats_.messagesRefused;
    return;
  }
  if (partial || !channel->partial.empty()) {
    if (!takePiece(*channel, data)) {
      ++stats_.messagesRefused;
      return refuse(id);
    }
    if (partial) return;
    data = takePartial(*channel);
  }
  if (empty) data.clear();  // RFC 8831 §6.6: one byte stands for an empty message
  ++stats_.messagesReceived;
  stats_.bytesReceived += data.size();
  eventBytes_ += data.size();
  emit(Message{id, std::move(data), ppid == Ppid::kBinary || ppid == Ppid::kBinaryEmpty});
}

/// False when the message grows larger than we take, or all such messages together do. What they take up is counted, and
/// not what they hold: a message of one byte takes up a byte, and a large one as much as it may yet need.
bool DataChannels::Impl::takePiece(Channel& channel, ByteView data) {
  Bytes& partial = channel.partial;
  const size_t size = partial.size() + data.size(), before = partial.capacity();
  if (size > config_.maxMessageSize) return false;
  const size_t needed = size <= before ? before : std::min(std::max(size, 2 * before), config_.maxMessageSize);
  if (partialBytes_ - before + needed > kMaxPartial) {
    ++stats_.partialsRefused;
    return false;
  }
  partial.reserve(needed);
  partialBytes_ += partial.capacity() - before;
  partial.insert(partial.end(), data.begin(), data.end());
  return true;
}

Bytes DataChannels::Impl::takePartial(Channel& channel) {
  partialBytes_ -= channel.partial.capacity();
  return std::exchange(channel.partial, Bytes());
}

// ---- messages out ----

Result<void> DataChannels::Impl::send(TimePoint now, uint16_t id, Bytes message, bool binary) {
  now_ = now;
  Channel* channel = find(id);
  if (channel == nullptr || channel->state == Channel::State::kClosing || shutdownWanted_) {
    return Error(ErrorCode::kInvalidStateError, "the channel is closing or closed");
  }
  if (message.size() > maxSendSize()) {
    return Error(ErrorCode::kTypeError,
                 "message larger than " + std::to_string(maxSendSize()) + " bytes: send it in parts");
  }
  if (buffered_ + association_->bufferedAmount() + message.size() > kMaxBuffered) {
    return Error(ErrorCode::kOperationError, "send queue full: wait until bufferedAmount falls");
  }
  if (message.empty()) {
    queueMessage(id, *channel, binary ? Ppid::kBinaryEmpty : Ppid::kStringEmpty, Bytes{0});
  } else {
    queueMessage(id, *channel, binary ? Ppid::kBinary : Ppid::kString, std::move(message));
  }
  return {};
}

size_t DataChannels::Impl::maxSendSize() const {
  return config_.remoteMaxMessageSize == 0 ? kMaxSendSize : std::min(kMaxSendSize, config_.remoteMaxMessageSize);
}

void DataChannels::Impl::queueMessage(uint16_t id, Channel& channel, Ppid ppid, Bytes data) {
  if (!isControl(ppid)) {
    channel.buffered += data.size();
    buffered_ += data.size();
  }
  channel.queue.push_back({ppid, std::move(data)});
  rotate(id, channel);
}

void DataChannels::Impl::rotate(uint16_t id, Channel& channel) {
  mayHand_ = true;
  if (channel.inRotation) return;
  channel.inRotation = true;
  rotation_.push_back(id);
}

/// Hands messages to the association, one a channel in turn, a little ahead of what it sends: its scheduler chooses among
/// the streams, and what is still here can be dropped when the peer closes the channel.
void DataChannels::Impl::flush() {
  if (association_->takesMessages() && (connected() || config_.rideHandshake)) {
    for (size_t waiting = 0; mayHand_ && waiting < rotation_.size();) {
      const uint16_t id = rotation_.front();
      Channel* channel = find(id);
      rotation_.pop_front();
      if (channel == nullptr) continue;
      const bool sent = !channel->queue.empty() && sendNext(id, *channel);
      channel = find(id);
      if (channel == nullptr) continue;
      if (channel->queue.empty()) {
        channel->inRotation = false;
      } else {
        waiting = sent ? 0 : waiting + 1;
        rotation_.push_back(id);
      }
    }
    mayHand_ = false;
    if (connected()) requestResets();
  }
  // What rides with the handshake is through when that is.
  const bool isHalfUp = association_->takesMessages() && !connected();
  if (shutdownWanted_ && buffered_ == 0 && !isHalfUp) association_->shutdown(now_);
}

bool DataChannels::Impl::mayTell(const Channel::Queued& message) const {
  switch (trust_) {
    case Trust::kNothing: return false;
    case Trust::kOpens: return isControl(message.ppid);
    case Trust::kProven: return true;
  }
  return false;
}

/// The channel's next message; false when the association has enough, or the peer may not have it yet.
bool DataChannels::Impl::sendNext(uint16_t id, Channel& channel) {
  if (association_->bufferedAmount(id) >= kHandedAhead) return false;
  Channel::Queued& next = channel.queue.front();
  if (!mayTell(next)) return false;
  SendOptions options;
  // RFC 8832 §6: DCEP messages are reliable and ordered, and so is everything's order before the peer has answered.
  if (!isControl(next.ppid)) {
    options.ordered = channel.options.ordered || !channel.acknowledged;
    options.maxRetransmits = channel.options.maxRetransmits;
    options.maxLifetimeMillis = channel.options.maxPacketLifeTime;
  }
  // RFC 7053 §4: the stream's reset waits for its last message to be acknowledged.
  options.acknowledgeAtOnce = channel.resetWanted && channel.queue.size() == 1;
  const bool control = isControl(next.ppid);
  const size_t size = next.data.size();
  const SendStatus status =
      association_->send(now_, id, static_cast<uint32_t>(next.ppid), std::move(next.data), options);
  if (status == SendStatus::kFull) return false;
  channel.queue.pop_front();
  if (!control) {
    channel.buffered -= size;
    buffered_ -= size;
  }
  if (status == SendStatus::kFailed) {
    refuse(id);
  } else if (!control) {
    channel.handed += size;
    ++stats_.messagesSent;
    stats_.bytesSent += size;
  } else if (channel.state == Channel::State::kConnecting) {
    channel.openHanded = true;
    if (connected()) opened(id, channel);
  }
  return true;
}

/// Of whose messages some have left.
void DataChannels::Impl::noteAmounts() {
  while (const std::optional<uint16_t> id = association_->pollAmountFell()) {
    mayHand_ = true;
    Channel* channel = find(*id);
    if (channel == nullptr) continue;
    // What is ours to tell of: an OPEN or an ACK that went before is none of the user's.
    const size_t left = std::min(association_->bufferedAmount(*id), channel->handed);
    if (left == channel->handed) continue;
    channel->handed = left;
    if (channel->amountReported) continue;
    channel->amountReported = true;
    emit(BufferedAmountChanged{*id});
  }
}

size_t DataChannels::Impl::bufferedAmount(uint16_t id) const {
  const auto at = channels_.find(id);
  if (at == channels_.end()) return 0;
  return at->second.buffered + std::min(association_->bufferedAmount(id), at->second.handed);
}

}  // namespace tincan::inline v0::sctp
