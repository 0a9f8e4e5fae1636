#include "sctp/association.h"

#include <utility>

#include "sctp/socket/association_impl.h"

namespace tincan::inline v0::sctp {

Association::Association(AssociationConfig config, RandomSource& random, PacketPool& pool)
    : impl_(std::make_unique<Impl>(std::move(config), random, pool)) {}
Association::~Association() = default;
void Association::connect(TimePoint now) {
  impl_->connect(now);
}
void Association::setRoundTripTime(Duration rtt) {
  impl_->setRoundTripTime(rtt);
}
ByteView Association::localInit() {
  return impl_->localInit();
}
Result<void> Association::connectWith(TimePoint now, ByteView remoteInit, ByteView localInit) {
  return impl_->connectWith(now, remoteInit, localInit);
}
Association::SendStatus Association::send(TimePoint now, uint16_t stream, uint32_t ppid, ByteView message,
                                          const SendOptions& options) {
  return impl_->send(now, stream, ppid, toBytes(message), options);
}
Association::SendStatus Association::send(TimePoint now, uint16_t stream, uint32_t ppid, Bytes&& message,
                                          const SendOptions& options) {
  return impl_->send(now, stream, ppid, std::move(message), options);
}
size_t Association::bufferedAmount(uint16_t stream) const {
  return impl_->sender().bufferedAmount(StreamId(stream));
}
size_t Association::bufferedAmount() const {
  return impl_->sender().bufferedAmount();
}
std::optional<uint16_t> Association::pollAmountFell() {
  const std::optional<StreamId> stream = impl_->sender().pollAmountFell();
  return stream ? std::optional(stream->value()) : std::nullopt;
}
void Association::setPriority(uint16_t stream, uint16_t priority) {
  impl_->sender().setPriority(StreamId(stream), priority);
}
Association::SendStatus Association::resetStreams(TimePoint now, std::span<const uint16_t> streams) {
  return impl_->resetStreams(now, streams);
}
void Association::shutdown(TimePoint now) {
  impl_->shutdown(now);
}
void Association::abort(TimePoint now) {
  impl_->abort(now);
}
void Association::receive(TimePoint now, ByteView packet) {
  impl_->receive(now, packet);
}
void Association::onPathChange(TimePoint now, size_t mostMtu) {
  impl_->onPathChange(now, mostMtu);
}
void Association::handleTimeout(TimePoint now) {
  impl_->handleTimeout(now);
}
TimePoint Association::nextTimeout() const {
  return impl_->nextTimeout();
}
bool Association::pollTransmit(TimePoint now, PacketBuffer& out) {
  return impl_->pollTransmit(now, out);
}
bool Association::pollTransmit(PacketBuffer& out) {
  return impl_->pollTransmit(out);
}
std::optional<AssociationEvent> Association::pollEvent() {
  return impl_->pollEvent();
}
size_t Association::receiveBatch() const {
  return impl_->receiveBatch();
}
bool Association::takesMessages() const {
  return impl_->takesMessages();
}
Association::State Association::state() const {
  return impl_->state();
}
AssociationStats Association::stats() const {
  return impl_->stats();
}
SenderStats Association::senderStats() const {
  return impl_->sender().stats();
}

}  // namespace tincan::inline v0::sctp
