#include "sctp/tx/sender.h"

#include "sctp/tx/sender_impl.h"

namespace tincan::inline v0::sctp {

Sender::Sender(const SenderConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Sender::~Sender() = default;

void Sender::start(TimePoint now, const SenderStart& start) {
  impl_->start(now, start);
}

void Sender::restart(TimePoint now, const SenderStart& start) {
  impl_->restart(now, start);
}

bool Sender::started() const {
  return impl_->started;
}

Sender::SendStatus Sender::send(TimePoint now, StreamId stream, uint32_t ppid, Bytes&& message,
                                const SendOptions& options) {
  return impl_->queue.add(now, stream, ppid, std::move(message), options);
}

void Sender::setPriority(StreamId stream, uint16_t priority) {
  impl_->queue.setPriority(stream, priority);
}

size_t Sender::bufferedAmount(StreamId stream) const {
  return impl_->queue.bufferedAmount(stream);
}

size_t Sender::bufferedAmount() const {
  return impl_->queue.bufferedAmount();
}

std::optional<StreamId> Sender::pollAmountFell() {
  return impl_->queue.pollAmountFell();
}

bool Sender::idle() const {
  return impl_->pool.used() == 0;
}

Sender::SackStatus Sender::onSack(TimePoint now, const SackChunk& sack) {
  return impl_->onSack(now, sack, true);
}

Sender::SackStatus Sender::onCumulativeTsn(TimePoint now, Tsn cumulative) {
  SackChunk sack;
  sack.cumulative = cumulative;
  return impl_->onSack(now, sack, false);
}

void Sender::onRttSample(TimePoint now, Duration rtt) {
  impl_->onRttSample(now, rtt);
}

bool Sender::ready(TimePoint now) const {
  return impl_->ready(now);
}

size_t Sender::fill(TimePoint now, ByteWriter& packet) {
  return impl_->fill(now, packet);
}

TimePoint Sender::nextTimeout() const {
  return impl_->nextTimeout();
}

void Sender::handleTimeout(TimePoint now) {
  impl_->handleTimeout(now);
}

unsigned Sender::consecutiveTimeouts() const {
  return impl_->consecutiveTimeouts;
}

void Sender::setMaxPacket(size_t bytes) {
  impl_->setMaxPacket(bytes);
}

void Sender::pauseStreams(std::span<const StreamId> streams) {
  impl_->queue.pauseStreams(streams);
}

std::optional<StreamId> Sender::pollQuiet() {
  return impl_->queue.pollQuiet();
}

bool Sender::quiet(StreamId stream) const {
  return impl_->queue.quiet(stream);
}

void Sender::resetStreams(std::span<const StreamId> streams) {
  impl_->queue.resetStreams(streams);
}

void Sender::resumeStreams(std::span<const StreamId> streams) {
  impl_->queue.resumeStreams(streams);
}

Tsn Sender::lastAssignedTsn() const {
  return toTsn(impl_->outstanding.chunks().end() - 1);
}

SenderStats Sender::stats() const {
  return impl_->stats();
}

}  // namespace tincan::inline v0::sctp
