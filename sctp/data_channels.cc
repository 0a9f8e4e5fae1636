#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "sctp/data_channels_impl.h"

namespace tincan::inline v0::sctp {
namespace {

using dcep::Ppid;

constexpr size_t kMaxName = 65'535;  // RFC 8832 §5.1: the lengths have 16 bits
// What labels and protocols of all channels that the peer opened may come to: a flood of OPENs ends here.
constexpr size_t kMaxRemoteNames = 1024 * 1024;
// Events read ahead of pollEvent. The rest waits in the association, whose window tells the peer of it.
constexpr size_t kMaxEvents = 1024;
constexpr size_t kMaxEventBytes = 64 * 1024;

}  // namespace

AssociationConfig DataChannels::Impl::associationConfig(const Config& config) {
  AssociationConfig out;
  out.localPort = config.localPort;
  out.remotePort = config.remotePort;
  out.streams = kMaxStreams;
  out.mtu = config.mtu;
  out.maxMtu = config.maxMtu;
  out.maxMessageSize = config.maxMessageSize;
  out.sendBuffer = kMaxBuffered;
  out.maxReceiveBuffer = config.maxReceiveBuffer;
  out.windowBudget = config.windowBudget;
  out.interleaving = config.interleaving;
  out.maxInitRetransmits = config.maxInitRetransmits;
  out.maxRetransmits = config.maxRetransmits;
  out.zeroChecksum = config.zeroChecksum;
  out.congestionControl = config.congestionControl;
  out.scheduler = config.scheduler;
  return out;
}

// ---- the association's life ----

void DataChannels::Impl::start(TimePoint now, Trust trust) {
  now_ = now;
  trust_ = trust;
  association_->connect(now);
  readEvents();
}

Result<void> DataChannels::Impl::startWith(TimePoint now, ByteView remoteInit, ByteView localInit, Trust trust) {
  now_ = now;
  trust_ = trust;
  Result<void> begun = association_->connectWith(now, remoteInit, localInit);
  readEvents();
  return begun;
}

void DataChannels::Impl::setProven(TimePoint now) {
  now_ = now;
  trust_ = Trust::kProven;
  mayHand_ = true;
  flush();
}

void DataChannels::Impl::restart(TimePoint now, bool dtlsClient) {
  now_ = now;
  const Association::State before = association_->state();
  if (before == Association::State::kNew || before == Association::State::kClosed || shutdownWanted_) return;
  readEvents();
  association_ = makeAssociation();
  association_->setRoundTripTime(roundTrip_);
  config_.dtlsClient = dtlsClient;
  trust_ = Trust::kProven;
  // What was closing is closed. The peer may not have heard of it, and has the channel open still over the new streams:
  // they are reset there, and so are those that the association before owed when it was renewed in its turn.
  resetsWanted_.merge(std::exchange(resetsPending_, {}));
  std::erase_if(resetsWanted_, [this](uint16_t id) { return channels_.contains(id); });
  answered_.clear();
  firstFree_ = 0;
  for (auto at = channels_.begin(); at != channels_.end();) {
    auto& [id, channel] = *at;
    if (channel.state == Channel::State::kClosing) {
      if (!channel.incomingReset) resetsWanted_.insert(id);
      at = remove(at);
      continue;
    }
    // RFC 8832 §6: an OPEN that may not have come in is sent again, before all else.
    const bool openLost = (channel.state == Channel::State::kOpen || channel.openHanded) && !channel.acknowledged;
    channel.openHanded = false;
    channel.mayRepeat = channel.remote;
    if (openLost) channel.queue.push_front({Ppid::kControl, dcep::write(toOpen(channel.options))});
    takePartial(channel);
    channel.handed = 0;
    if (!channel.queue.empty()) rotate(id, channel);
    ++at;
  }
  association_->connect(now);
  readEvents();
}

void DataChannels::Impl::shutdown(TimePoint now) {
  now_ = now;
  shutdownWanted_ = true;
  flush();
  readEvents();
}

void DataChannels::Impl::abort(TimePoint now) {
  now_ = now;
  association_->abort(now);
  readEvents();
}

void DataChannels::Impl::receive(TimePoint now, ByteView packet) {
  now_ = now;
  association_->receive(now, packet);
  mayHand_ = true;
  readEvents();
  flush();
}

void DataChannels::Impl::handleTimeout(TimePoint now) {
  now_ = now;
  association_->handleTimeout(now);
  readEvents();
  flush();
}

bool DataChannels::Impl::pollTransmit(TimePoint now, PacketBuffer& out) {
  now_ = now;
  flush();
  return association_->pollTransmit(now, out);
}

std::optional<Event> DataChannels::Impl::pollEvent() {
  if (events_.empty()) readEvents();
  if (events_.empty()) return std::nullopt;
  std::optional<Event> event(std::move(events_.front()));
  events_.pop_front();
  if (const auto* message = std::get_if<Message>(&*event)) eventBytes_ -= message->data.size();
  if (const auto* changed = std::get_if<BufferedAmountChanged>(&*event)) {
    if (Channel* channel = find(changed->id)) channel->amountReported = false;
  }
  return event;
}

void DataChannels::Impl::readEvents() {
  noteAmounts();
  while (events_.size() < kMaxEvents && eventBytes_ < kMaxEventBytes) {
    std::optional<AssociationEvent> event = association_->pollEvent();
    if (!event) return;
    std::visit([this](auto& what) { on(what); }, *event);
  }
}

void DataChannels::Impl::on(AssociationUp& up) {
  streams_ = std::min({up.outboundStreams, up.inboundStreams, kMaxStreams});
  emit(Connected{});
  for (auto at = channels_.begin(); at != channels_.end();) {
    auto& [id, channel] = *at;
    if (id >= streams_) {
      at = remove(at);
      continue;
    }
    association_->setPriority(id, channel.options.priority);
    const bool isReady = channel.options.negotiated || channel.openHanded;
    if (isReady && channel.state == Channel::State::kConnecting) opened(id, channel);
    if (!channel.queue.empty()) rotate(id, channel);
    ++at;
  }
}

void DataChannels::Impl::on(AssociationClosed&) {
  closeAll();
  emit(Closed{});
}

void DataChannels::Impl::on(AssociationFailed& failed) {
  closeAll();
  emit(Failed{std::move(failed.error)});
}

// ---- opening ----

bool DataChannels::Impl::isFree(uint16_t id) const {
  return !channels_.contains(id) && !resetsWanted_.contains(id) && !resetsPending_.contains(id);
}

Result<uint16_t> DataChannels::Impl::chooseId(const ChannelOptions& options) {
  if (options.id) {
    const uint16_t id = *options.id;
    if (id >= streams_)
      return Error(ErrorCode::kOperationError, "channel id out of range: use one below " + std::to_string(streams_));
    if (!options.negotiated && !isOurs(id)) return Error(ErrorCode::kOperationError, "this id is for the peer to open");
    if (!isFree(id)) return Error(ErrorCode::kOperationError, "channel id in use");
    return id;
  }
  if (!isOurs(static_cast<uint16_t>(firstFree_))) ++firstFree_;
  for (; firstFree_ < streams_; firstFree_ += 2) {
    if (isFree(static_cast<uint16_t>(firstFree_))) return static_cast<uint16_t>(firstFree_);
  }
  return Error(ErrorCode::kOperationError, "no free channel id: close a channel first");
}

Result<uint16_t> DataChannels::Impl::open(TimePoint now, ChannelOptions options) {
  now_ = now;
  if (association_->state() == Association::State::kClosed ||
      association_->state() == Association::State::kShuttingDown || shutdownWanted_) {
    return Error(ErrorCode::kInvalidStateError, "the association is closed");
  }
  if (options.maxRetransmits && options.maxPacketLifeTime) {
    return Error(ErrorCode::kTypeError, "maxRetransmits and maxPacketLifeTime exclude each other");
  }
  if (options.label.size() > kMaxName) return Error(ErrorCode::kTypeError, "label longer than 65,535 bytes");
  if (options.protocol.size() > kMaxName) return Error(ErrorCode::kTypeError, "protocol longer than 65,535 bytes");
  if (options.negotiated && !options.id) return Error(ErrorCode::kTypeError, "a negotiated channel needs an id");
  Result<uint16_t> id = chooseId(options);
  if (!id) return id;
  options.id = *id;
  Channel& channel = channels_[*id];
  answered_.erase(*id);
  channel.options = std::move(options);
  if (connected()) association_->setPriority(*id, channel.options.priority);
  if (!channel.options.negotiated) {
    queueMessage(*id, channel, Ppid::kControl, dcep::write(toOpen(channel.options)));
  } else {
    channel.acknowledged = true;
    if (connected()) opened(*id, channel);
  }
  return id;
}

void DataChannels::Impl::opened(uint16_t id, Channel& channel) {
  channel.transition(Channel::State::kOpen);
  ++stats_.channelsOpened;
  emit(ChannelOpened{id, channel.options, channel.remote});
}

void DataChannels::Impl::takeControl(uint16_t id, ByteView data) {
  Result<dcep::Message> message = dcep::parse(data);
  if (!message) {
    // RFC 8832 §6: an OPEN that breaks the rules closes the channel, and gets no ACK.
    ++stats_.messagesRefused;
    return refuse(id);
  }
  if (auto* open = std::get_if<dcep::Open>(&*message)) return takeOpen(id, std::move(*open));
  Channel* channel = find(id);
  if (channel == nullptr || channel->remote || channel->options.negotiated) {
    ++stats_.messagesRefused;
    return;
  }
  channel->acknowledged = true;
}

bool DataChannels::Impl::mayOpen(uint16_t id, const dcep::Open& open) {
  if (isOurs(id) || id >= streams_ || channels_.contains(id)) return false;
  const bool fits = remoteChannels_ < kMaxRemoteChannels &&
                    remoteNames_ + open.label.size() + open.protocol.size() <= kMaxRemoteNames;
  if (!fits) ++stats_.channelsRefused;
  return fits;
}

void DataChannels::Impl::takeOpen(uint16_t id, dcep::Open open) {
  // The peer may use an id again as soon as it has seen both resets; the confirmation of ours may still be on its way.
  if (const Channel* old = find(id); old && old->state == Channel::State::kClosing && old->incomingReset) {
    remove(channels_.find(id));
  }
  // Who has heard no ACK before the association was renewed says its OPEN again over this one (restart()).
  if (Channel* known = find(id); known && std::exchange(known->mayRepeat, false)) {
    if (known->state == Channel::State::kOpen && toOptions(open, id) == known->options)
      return queueMessage(id, *known, Ppid::kControl, dcep::write(dcep::Ack{}));
  }
  if (!mayOpen(id, open)) {
    ++stats_.messagesRefused;
    return refuse(id);
  }
  remoteNames_ += open.label.size() + open.protocol.size();
  ++remoteChannels_;
  Channel& channel = channels_[id];
  answered_.erase(id);
  channel.options = toOptions(std::move(open), id);
  channel.remote = true;
  channel.acknowledged = true;
  association_->setPriority(id, channel.options.priority);
  queueMessage(id, channel, Ppid::kControl, dcep::write(dcep::Ack{}));
  opened(id, channel);
}

/// What came on this stream cannot be: its channel is closed, or, when there is none, only the stream reset.
void DataChannels::Impl::refuse(uint16_t id) {
  if (Channel* channel = find(id)) {
    dropQueue(*channel);
    beginClosing(id, *channel);
  } else if (id < streams_ && !resetsPending_.contains(id)) {
    // One that answers no reset cannot have us owe it more and more of them.
    if (resetsWanted_.size() + resetsPending_.size() < kMaxRefusals + channels_.size()) {
      resetsWanted_.insert(id);
      if (answered_.size() < kMaxRefusals) answered_.insert(id);
    } else {
      ++stats_.channelsRefused;
    }
  }
}

const Stats& DataChannels::Impl::stats() const {
  const AssociationStats stats = association_->stats();
  stats_.packetsReceived = stats.packetsReceived;
  stats_.packetsSent = stats.packetsSent;
  stats_.packetsDropped = stats.packetsDropped;
  return stats_;
}

// ---- the face ----

DataChannels::DataChannels(Config config, RandomSource& random, PacketPool& pool)
    : impl_(std::make_unique<Impl>(config, random, pool)) {}
DataChannels::~DataChannels() = default;
void DataChannels::start(TimePoint now, Trust trust) {
  impl_->start(now, trust);
}
void DataChannels::setRoundTripTime(Duration rtt) {
  impl_->setRoundTripTime(rtt);
}
void DataChannels::setProven(TimePoint now) {
  impl_->setProven(now);
}
void DataChannels::restart(TimePoint now, bool dtlsClient) {
  impl_->restart(now, dtlsClient);
}
void DataChannels::shutdown(TimePoint now) {
  impl_->shutdown(now);
}
void DataChannels::abort(TimePoint now) {
  impl_->abort(now);
}
Result<uint16_t> DataChannels::open(TimePoint now, ChannelOptions options) {
  return impl_->open(now, std::move(options));
}
Result<void> DataChannels::send(TimePoint now, uint16_t id, ByteView message, bool binary) {
  return impl_->send(now, id, toBytes(message), binary);
}
Result<void> DataChannels::sendOwned(TimePoint now, uint16_t id, Bytes message, bool binary) {
  return impl_->send(now, id, std::move(message), binary);
}
AssociationStats DataChannels::associationStats() const {
  return impl_->associationStats();
}
SenderStats DataChannels::senderStats() const {
  return impl_->senderStats();
}
ByteView DataChannels::localInit() {
  return impl_->localInit();
}
Result<void> DataChannels::startWith(TimePoint now, ByteView remoteInit, ByteView localInit, Trust trust) {
  return impl_->startWith(now, remoteInit, localInit, trust);
}
size_t DataChannels::bufferedAmount(uint16_t id) const {
  return impl_->bufferedAmount(id);
}
void DataChannels::close(TimePoint now, uint16_t id) {
  impl_->close(now, id);
}
void DataChannels::receive(TimePoint now, ByteView sctpPacket) {
  impl_->receive(now, sctpPacket);
}
size_t DataChannels::receiveBatch() const {
  return impl_->receiveBatch();
}
void DataChannels::onPathChange(TimePoint now, size_t mostMtu) {
  impl_->onPathChange(now, mostMtu);
}
void DataChannels::handleTimeout(TimePoint now) {
  impl_->handleTimeout(now);
}
TimePoint DataChannels::nextTimeout() const {
  return impl_->nextTimeout();
}
bool DataChannels::pollTransmit(TimePoint now, PacketBuffer& out) {
  return impl_->pollTransmit(now, out);
}
std::optional<Event> DataChannels::pollEvent() {
  return impl_->pollEvent();
}
void DataChannels::setRemoteMaxMessageSize(size_t size) {
  impl_->setRemoteMaxMessageSize(size);
}
size_t DataChannels::maxSendSize() const {
  return impl_->maxSendSize();
}
uint16_t DataChannels::maxChannels() const {
  return impl_->maxChannels();
}
bool DataChannels::connected() const {
  return impl_->connected();
}
const Stats& DataChannels::stats() const {
  return impl_->stats();
}

}  // namespace tincan::inline v0::sctp
