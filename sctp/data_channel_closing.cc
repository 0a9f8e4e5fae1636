// How channels end (RFC 8831 §6.7).
#include <vector>

#include "sctp/data_channels_impl.h"

namespace tincan::inline v0::sctp {
namespace {

using SendStatus = Association::SendStatus;

}  // namespace

void DataChannels::Impl::close(TimePoint now, uint16_t id) {
  now_ = now;
  const auto at = channels_.find(id);
  if (at == channels_.end() || at->second.state == Channel::State::kClosing) return;
  // Nothing of it has been seen by the peer: there is no stream to reset.
  if (at->second.state == Channel::State::kConnecting && !at->second.openHanded) {
    remove(at);
    return;
  }
  beginClosing(id, at->second);
}

/// RFC 8831 §6.7: a channel is closed by resetting its outgoing stream; the other side answers with its own.
void DataChannels::Impl::beginClosing(uint16_t id, Channel& channel) {
  if (channel.state == Channel::State::kClosing) return;
  channel.transition(Channel::State::kClosing);
  takePartial(channel);
  channel.resetWanted = true;
  resetsWanted_.insert(id);
}

/// All at once that have nothing left to hand over: the association waits for what is under way, stream by stream, and
/// asks for as many together as it can.
void DataChannels::Impl::requestResets() {
  std::vector<uint16_t> streams;
  for (auto at = resetsWanted_.begin(); at != resetsWanted_.end();) {
    const uint16_t id = *at;
    Channel* channel = find(id);
    if ((channel && !channel->queue.empty()) || resetsPending_.contains(id)) {
      ++at;
      continue;
    }
    if (channel) channel->resetWanted = false;
    streams.push_back(id);
    at = resetsWanted_.erase(at);
  }
  if (streams.empty()) return;
  if (association_->resetStreams(now_, streams) == SendStatus::kSent) {
    resetsPending_.insert(streams.begin(), streams.end());
    return;
  }
  for (const uint16_t id : streams) {
    // A peer without stream reset cannot be told: the channel is closed on our side alone.
    if (Channel* channel = find(id)) channel->incomingReset = true;
    closeIfDone(id);
  }
}

void DataChannels::Impl::on(IncomingReset& reset) {
  if (reset.streams.empty()) {
    for (const auto& entry : channels_) reset.streams.push_back(entry.first);
  }
  for (const uint16_t id : reset.streams) {
    Channel* channel = find(id);
    if (channel == nullptr) {
      answerReset(id);
      continue;
    }
    channel->incomingReset = true;
    dropQueue(*channel);  // nobody listens any more
    beginClosing(id, *channel);
    closeIfDone(id);
  }
}

/// RFC 8831 §6.7: the peer's channel closes once our stream is reset as well, though we have none there: a negotiated one
/// that was closed before the association stood, or that this side was never told of. Once, or two sides without a
/// channel would answer each other for ever.
void DataChannels::Impl::answerReset(uint16_t id) {
  if (answered_.size() >= kMaxRefusals || !answered_.insert(id).second) return;
  if (!resetsWanted_.contains(id)) refuse(id);
}

void DataChannels::Impl::on(OutgoingReset& reset) {
  if (reset.streams.empty()) reset.streams.assign(resetsPending_.begin(), resetsPending_.end());
  for (const uint16_t id : reset.streams) finishReset(id);
}

/// There is no second way to reset a stream: the channel ends as if it had worked.
void DataChannels::Impl::on(ResetRefused& reset) {
  if (reset.streams.empty()) reset.streams.assign(resetsPending_.begin(), resetsPending_.end());
  for (const uint16_t id : reset.streams) {
    if (Channel* channel = find(id); channel && channel->state == Channel::State::kClosing)
      channel->incomingReset = true;
    finishReset(id);
  }
}

void DataChannels::Impl::finishReset(uint16_t id) {
  resetsPending_.erase(id);
  noteFree(id);
  closeIfDone(id);
}

void DataChannels::Impl::closeIfDone(uint16_t id) {
  const auto at = channels_.find(id);
  if (at == channels_.end()) return;
  const Channel& channel = at->second;
  if (channel.state != Channel::State::kClosing || !channel.incomingReset || channel.resetWanted) return;
  if (resetsWanted_.contains(id) || resetsPending_.contains(id)) return;
  remove(at);
}

DataChannels::Impl::Channels::iterator DataChannels::Impl::remove(Channels::iterator at) {
  const auto& [id, channel] = *at;
  dropQueue(at->second);
  takePartial(at->second);
  if (channel.remote) {
    remoteNames_ -= channel.options.label.size() + channel.options.protocol.size();
    --remoteChannels_;
  }
  noteFree(id);
  if (channel.inRotation) rotation_.erase(id);
  ++stats_.channelsClosed;
  emit(ChannelClosed{id, channel.incomingReset});
  return channels_.erase(at);
}

void DataChannels::Impl::closeAll() {
  while (!channels_.empty()) remove(channels_.begin());
  resetsWanted_.clear();
  resetsPending_.clear();
  answered_.clear();
}

}  // namespace tincan::inline v0::sctp
