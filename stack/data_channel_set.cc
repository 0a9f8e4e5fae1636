#include "stack/data_channel_set.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

RTCErrorEvent failed(RTCErrorDetailType what, const Error& error) {
  RTCErrorEvent out;
  out.error.errorDetail = what;
  out.error.message = error.message();
  return out;
}

// RFC 8831 §6.4, webrtc-priority §4.2.
uint16_t weightOf(RTCPriorityType priority) {
  switch (priority) {
    case RTCPriorityType::kVeryLow: return 128;
    case RTCPriorityType::kLow: return 256;
    case RTCPriorityType::kMedium: return 512;
    case RTCPriorityType::kHigh: return 1024;
  }
  return 256;
}

// What a peer says may be any number (RFC 8832 §5.1; webrtc-priority §4.2 has these ranges).
RTCPriorityType priorityOf(uint16_t weight) {
  if (weight <= 128) return RTCPriorityType::kVeryLow;
  if (weight <= 256) return RTCPriorityType::kLow;
  return weight <= 512 ? RTCPriorityType::kMedium : RTCPriorityType::kHigh;
}

sctp::ChannelOptions toOptions(const DataChannel& channel) {
  sctp::ChannelOptions options;
  options.label = channel.label();
  options.protocol = channel.protocol();
  options.ordered = channel.ordered();
  options.maxRetransmits = channel.maxRetransmits();
  options.maxPacketLifeTime = channel.maxPacketLifeTime();
  options.negotiated = channel.negotiated();
  options.id = channel.id();
  options.priority = weightOf(channel.priority());
  return options;
}

}  // namespace

DataChannelSet::DataChannelSet(Transport* transport, std::shared_ptr<EventQueue> events, std::function<void()> changed,
                               std::function<void(std::shared_ptr<DataChannel>)> opened)
    : transport_(transport), events_(std::move(events)), changed_(std::move(changed)), opened_(std::move(opened)) {}

DataChannelSet::~DataChannelSet() {
  close();
}

Result<std::shared_ptr<DataChannel>> DataChannelSet::create(std::string label, RTCDataChannelInit init) {
  if (init.maxPacketLifeTime && init.maxRetransmits)
    return {ErrorCode::kTypeError, "a channel has maxPacketLifeTime or maxRetransmits, not both"};
  if (label.size() > 65535 || init.protocol.size() > 65535)  // RFC 8832 §5.1: 16-bit lengths
    return {ErrorCode::kTypeError, "label and protocol are at most 65535 bytes of UTF-8"};
  if (init.negotiated && !init.id) return {ErrorCode::kTypeError, "a negotiated channel needs an id"};
  if (!init.negotiated) init.id.reset();  // W3C §6.1: id is looked at only with negotiated
  if (init.id == 65535) return {ErrorCode::kTypeError, "id 65535 is reserved (RFC 8832 §6)"};
  // W3C §6.1 createDataChannel, step 19: past what the transport has.
  if (const auto most = transport_->maxChannels(); init.id && most && *init.id >= *most)
    return {ErrorCode::kOperationError,
            "id " + std::to_string(*init.id) + " is past the last stream (" + std::to_string(*most - 1) + ")"};
  if (init.id && find(*init.id)) return {ErrorCode::kOperationError, "another channel has this id"};
  auto channel = std::make_shared<DataChannel>(this, std::move(label), std::move(init));
  channel->number_ = ++made_;
  channels_[channel->number_] = channel;
  if (channel->id()) byId_[*channel->id()] = channel;
  if (!channel->id()) number(channel);
  toOpen_.push_back(channel);
  changed_();
  return channel;
}

void DataChannelSet::setRole(dtls::Role role) {
  const bool other = role_ && role_ != role;
  role_ = role;
  if (transport_->dataConnected()) return;
  for (const auto& [made, channel] : channels_) {
    // One that SCTP has keeps its id for as long as that has it, as browsers' do.
    if (channel->negotiated() || channel->given_) continue;
    if (other) unnumber(*channel);  // of a description that was taken back: nobody has heard of it
    if (!channel->id()) number(channel);
  }
}

void DataChannelSet::unnumber(DataChannel& channel) {
  if (!channel.id() || channel.negotiated()) return;
  forgetId(*channel.id());
  channel.init_.id.reset();
}

void DataChannelSet::number(const std::shared_ptr<DataChannel>& channel) {
  if (!role_ || transport_->dataConnected()) return;
  uint32_t& id = firstFree_[role_ == dtls::Role::kClient ? 0 : 1];
  while (id < sctp::DataChannels::kMaxStreams && find(static_cast<uint16_t>(id))) id += 2;
  if (id >= sctp::DataChannels::kMaxStreams) return;
  channel->init_.id = static_cast<uint16_t>(id);
  byId_[*channel->id()] = channel;
}

/// What SCTP was given is not there any more, and no peer has heard of it: its ids were those of the other role.
void DataChannelSet::openAnew() {
  toOpen_.clear();
  for (const auto& [made, channel] : std::map(channels_)) {
    channel->given_ = false;
    if (channel->readyState_ == RTCDataChannelState::kClosing) {
      finish(channel);
    } else {
      unnumber(*channel);
      toOpen_.push_back(channel);
    }
  }
}

void DataChannelSet::forgetId(uint16_t id) {
  byId_.erase(id);
  firstFree_[id % 2] = std::min<uint32_t>(firstFree_[id % 2], id);
}

// As enqueue() takes it.
uint64_t DataChannelSet::room() const {
  const uint64_t taken = std::min(waiting_, kMaxOutgoing);
  return std::min<uint64_t>(transport_->maxSendSize().value_or(kMaxOutgoing), kMaxOutgoing - taken);
}

Result<void> DataChannelSet::enqueue(DataChannel& channel, ByteView message, bool binary) {
  const uint64_t most = std::min<uint64_t>(transport_->maxSendSize().value_or(kMaxOutgoing), kMaxOutgoing);
  if (message.size() > most) {
    return {ErrorCode::kTypeError, "the peer takes messages of at most " + std::to_string(most) +
                                       " bytes, this one has " + std::to_string(message.size())};
  }
  // All channels share SCTP's queue: what it would refuse at the next flush is refused now, where the user sees it.
  if (waiting_ + message.size() > kMaxOutgoing)
    return {ErrorCode::kOperationError, "16 MiB wait to be sent: go on when bufferedAmount has gone down"};
  const auto self = find(*channel.id());
  outgoing_.push_back({self, toBytes(message), binary});
  channel.unhanded_ += message.size();
  setBufferedAmount(channel, channel.bufferedAmount_ + message.size());
  changed_();
  return {};
}

void DataChannelSet::transition(DataChannel& channel, RTCDataChannelState to) {
  const RTCDataChannelState from = std::exchange(channel.readyState_, to);
  if (from == to) return;
  if (to == RTCDataChannelState::kOpen) ++counts_.dataChannelsOpened;
  if (from == RTCDataChannelState::kOpen) ++counts_.dataChannelsClosed;
}

void DataChannelSet::requestClose(DataChannel& channel) {
  transition(channel, RTCDataChannelState::kClosing);
  const auto at = channels_.find(channel.number_);
  if (at == channels_.end()) return;
  toClose_.push_back(at->second);
  changed_();
}

void DataChannelSet::flush(TimePoint now) {
  if (!transport_->hasData()) {
    // Closed before there was anything to open it over.
    for (const auto& channel : std::exchange(toClose_, {})) finish(channel);
    std::erase_if(toOpen_, [](const auto& each) { return each->readyState_ == RTCDataChannelState::kClosed; });
    return;
  }
  if (const uint64_t count = transport_->channelsUnopened(); std::exchange(unopened_, count) != count) openAnew();
  openWaiting(now);
  sendWaiting(now);
  closeWaiting(now);
}

void DataChannelSet::openWaiting(TimePoint now) {
  for (const auto& channel : std::exchange(toOpen_, {})) {
    // The newest description may be of an association that is yet to come: the one that is there says which ids are ours.
    if (channel->id() && (*channel->id() % 2 == 0) != transport_->opensEven()) unnumber(*channel);
    auto id = transport_->openChannel(now, toOptions(*channel));
    if (!id) {
      events_->post(channel, &DataChannel::onerror, failed(RTCErrorDetailType::kDataChannelFailure, id.error()));
      finish(channel);
      continue;
    }
    channel->init_.id = *id;
    channel->given_ = true;
    byId_[*id] = channel;
  }
}

void DataChannelSet::sendWaiting(TimePoint now) {
  auto waiting = std::exchange(outgoing_, {});
  std::vector<std::shared_ptr<DataChannel>> sentOn;
  for (Outgoing& outgoing : waiting) {
    outgoing.channel->unhanded_ = 0;  // nothing is sent meanwhile: all of it is in `waiting`
    // Closed by the peer since: its id may be another channel's by now.
    if (!outgoing.channel->id() || outgoing.channel->readyState_ == RTCDataChannelState::kClosed) continue;
    auto sent = transport_->sendMessage(now, *outgoing.channel->id(), std::move(outgoing.message), outgoing.binary);
    if (!sent) {
      events_->post(outgoing.channel, &DataChannel::onerror,
                    failed(RTCErrorDetailType::kDataChannelFailure, sent.error()));
    }
    if (!std::exchange(outgoing.channel->inFlush_, true)) sentOn.push_back(outgoing.channel);
  }
  // W3C §6.2: bufferedamountlow is of the amount that a page sees, which no message on its way from here to SCTP lowers.
  for (const auto& channel : sentOn) {
    channel->inFlush_ = false;
    updateBufferedAmount(*channel);
  }
}

void DataChannelSet::closeWaiting(TimePoint now) {
  for (const auto& channel : std::exchange(toClose_, {})) {
    if (channel->readyState_ == RTCDataChannelState::kClosed) continue;
    if (channel->id()) {
      transport_->closeChannel(now, *channel->id());
    } else {
      finish(channel);
    }
  }
}

void DataChannelSet::handle(sctp::Event event) {
  if (auto* opened = std::get_if<sctp::ChannelOpened>(&event)) {
    handleOpened(*opened);
  } else if (auto* message = std::get_if<sctp::Message>(&event)) {
    auto channel = find(message->id);
    if (!channel) return;
    ++channel->messagesReceived_;
    channel->bytesReceived_ += message->data.size();
    if (channel->keep) {
      const auto kept = channel->keep(message->data, message->binary);
      if (kept == DataChannel::Kept::kFirst) events_->post(channel, &DataChannel::onkept);
      if (kept != DataChannel::Kept::kNo) return;
    }
    MessageEvent out;
    if (message->binary) {
      out.data = std::move(message->data);
    } else {
      out.data = std::string(asText(message->data));
    }
    events_->post(channel, &DataChannel::onmessage, std::move(out));
  } else if (auto* amount = std::get_if<sctp::BufferedAmountChanged>(&event)) {
    if (auto channel = find(amount->id)) updateBufferedAmount(*channel);
  } else if (auto* closed = std::get_if<sctp::ChannelClosed>(&event)) {
    if (auto channel = find(closed->id)) {
      // W3C §6.2.3: the peer began it, so the page hears of the closing too.
      if (closed->peerReset || transport_->dataConnected()) {
        if (channel->readyState_ == RTCDataChannelState::kOpen) events_->post(channel, &DataChannel::onclosing);
      } else {
        // W3C §6.2.4, "closed with an error": the association is gone, and the channel with it.
        events_->post(channel, &DataChannel::onerror,
                      failed(RTCErrorDetailType::kSctpFailure,
                             Error(ErrorCode::kOperationError, "the far end has ended the association")));
      }
      finish(channel);
    }
  }
}

void DataChannelSet::handleOpened(const sctp::ChannelOpened& event) {
  auto channel = find(event.id);
  if (!channel) {
    if (!event.remote) return;
    RTCDataChannelInit init;
    init.ordered = event.options.ordered;
    init.maxPacketLifeTime = event.options.maxPacketLifeTime;
    init.maxRetransmits = event.options.maxRetransmits;
    init.protocol = event.options.protocol;
    init.id = event.id;
    init.priority = priorityOf(event.options.priority);
    channel = std::make_shared<DataChannel>(this, event.options.label, std::move(init));
    channel->number_ = ++made_;
    channels_[channel->number_] = channel;
    byId_[event.id] = channel;
    transition(*channel, RTCDataChannelState::kOpen);
    opened_(channel);  // W3C §6.4: ondatachannel comes before onopen
  } else if (channel->readyState_ != RTCDataChannelState::kConnecting) {
    return;
  }
  transition(*channel, RTCDataChannelState::kOpen);
  // W3C §6.2.1, "announce as open": not one that a handler has closed meanwhile.
  events_->post([channel] {
    if (auto handler = channel->onopen; handler && channel->readyState_ == RTCDataChannelState::kOpen) handler();
  });
}

void DataChannelSet::rejected() {
  while (!channels_.empty()) finish(std::shared_ptr<DataChannel>(channels_.begin()->second));
  toOpen_.clear();
}

void DataChannelSet::updateBufferedAmount(DataChannel& channel) {
  // Said by an association that is gone by now: nothing of the channel waits there any more.
  const uint64_t amount = transport_->bufferedAmount(*channel.id()) + channel.unhanded_;
  const bool wasAbove = channel.bufferedAmount_ > channel.bufferedAmountLowThreshold;
  setBufferedAmount(channel, amount);
  const auto self = find(*channel.id());
  if (self && wasAbove && amount <= channel.bufferedAmountLowThreshold)
    events_->post(self, &DataChannel::onbufferedamountlow);
}

void DataChannelSet::setBufferedAmount(DataChannel& channel, uint64_t amount) {
  waiting_ += amount - channel.bufferedAmount_;
  channel.bufferedAmount_ = amount;
}

void DataChannelSet::finish(const std::shared_ptr<DataChannel>& channel) {
  if (channel->readyState_ == RTCDataChannelState::kClosed) return;
  transition(*channel, RTCDataChannelState::kClosed);
  channel->set_ = nullptr;
  events_->post(channel, &DataChannel::onclose);
  events_->post([channel] { channel->dropHandlers(); });
  if (channel->id()) forgetId(*channel->id());
  waiting_ -= channel->bufferedAmount_;  // which the user may still look at
  channels_.erase(channel->number_);
  if (channels_.empty()) changed_();  // no data section is needed any more: the next channel asks for one anew
}

void DataChannelSet::close() {
  for (const auto& channel : toClose_) {
    if (channel->id()) parting_.push_back(*channel->id());
  }
  for (const auto& [number, channel] : channels_) {
    transition(*channel, RTCDataChannelState::kClosed);
    channel->set_ = nullptr;
    channel->dropHandlers();
  }
  channels_.clear();
  byId_.clear();
  waiting_ = 0;
  firstFree_ = {0, 1};
  toOpen_.clear();
  toClose_.clear();
  outgoing_.clear();
}

void DataChannelSet::part(TimePoint now) {
  if (transport_ && !parting_.empty()) transport_->closeChannelsNow(now, std::exchange(parting_, {}));
}

std::shared_ptr<DataChannel> DataChannelSet::find(uint16_t id) const {
  const auto it = byId_.find(id);
  return it == byId_.end() ? nullptr : it->second;
}

std::vector<RTCDataChannelStats> DataChannelSet::stats() const {
  std::vector<RTCDataChannelStats> out;
  for (const auto& [number, channel] : channels_) {
    RTCDataChannelStats stats;
    stats.id = "D" + std::to_string(channel->number_);
    stats.label = channel->label();
    stats.protocol = channel->protocol();
    if (channel->id()) stats.dataChannelIdentifier = *channel->id();
    stats.state = std::string(toString(channel->readyState()));
    stats.messagesSent = channel->messagesSent();
    stats.bytesSent = channel->bytesSent();
    stats.messagesReceived = channel->messagesReceived();
    stats.bytesReceived = channel->bytesReceived();
    out.push_back(std::move(stats));
  }
  return out;
}

}  // namespace tincan::inline v0::stack
