#include "dtls/dtls13/ack.h"

#include <algorithm>

namespace tincan::inline v0::dtls::dtls13 {

Status Ack::parse(ByteView payload, Ack& out) {
  out = Ack();
  ByteReader reader(payload);
  ByteReader list(reader.prefixed16());
  if (!reader.ok() || !reader.atEnd() || list.remaining() % kAckNumberSize != 0) {
    return Status::failure(AlertDescription::kDecodeError, "malformed ACK");
  }
  while (!list.atEnd()) {
    const uint64_t epoch = list.u64();
    out.numbers.push_back({epoch, list.u64()});
  }
  return Status::success();
}

Bytes Ack::serialize() const {
  ByteBuilder out;
  out.prefixed(2, [&] {
    for (const RecordNumber& each : numbers) out.u64(each.epoch).u64(each.sequence);
  });
  return out.take();
}

void AckState::clear() {
  numbers_.clear();
  deadline_ = TimePoint::never();
  due_ = false;
}

void AckState::note(RecordNumber number) {
  if (numbers_.size() == kMaxNumbers) numbers_.pop_front();
  numbers_.push_back(number);
}

void AckState::expectRest(TimePoint now) {
  if (deadline_.isNever()) deadline_ = now + delay_;
}

Ack AckState::take(size_t room) {
  due_ = false;
  deadline_ = TimePoint::never();
  const size_t fit = room > kAckHeaderSize ? (room - kAckHeaderSize) / kAckNumberSize : 0;
  const size_t count = std::min(fit, numbers_.size());
  Ack out;
  out.numbers.assign(numbers_.end() - static_cast<std::ptrdiff_t>(count), numbers_.end());
  std::sort(out.numbers.begin(), out.numbers.end());
  return out;
}

}  // namespace tincan::inline v0::dtls::dtls13
