#include "dtls/record/record_layer.h"

#include <algorithm>

namespace tincan::inline v0::dtls {

RecordLayer::ReadEpoch* RecordLayer::readEpoch(uint64_t epoch) {
  const auto it = std::find_if(reading_.begin(), reading_.end(), [&](const ReadEpoch& e) { return e.epoch == epoch; });
  return it == reading_.end() ? nullptr : &*it;
}

// RFC 9147 §4.2.2: the newest epoch with these low bits. Epochs that could be confused are never held at once.
RecordLayer::ReadEpoch* RecordLayer::readEpochByLowBits(uint8_t bits) {
  ReadEpoch* found = nullptr;
  for (ReadEpoch& each : reading_) {
    if ((each.epoch & kUnifiedEpoch) == bits && (found == nullptr || each.epoch > found->epoch)) found = &each;
  }
  return found;
}

bool RecordLayer::hasReadKeys(uint64_t epoch) const {
  return std::any_of(reading_.begin(), reading_.end(), [&](const ReadEpoch& e) { return e.epoch == epoch; });
}

void RecordLayer::addReadKeys(uint64_t epoch, RecordKeys keys) {
  if (!hasReadKeys(epoch)) reading_.push_back({epoch, RecordCipher(std::move(keys), engine_), {}});
}

void RecordLayer::dropReadKeysBefore(uint64_t epoch) {
  std::erase_if(reading_, [&](const ReadEpoch& e) { return e.epoch < epoch; });
  reading_.shrink_to_fit();
}

void RecordLayer::dropWriteKeysBefore(uint64_t epoch) {
  std::erase_if(writing_, [&](const WriteEpoch& e) { return e.epoch < epoch; });
  writing_.shrink_to_fit();
}

void RecordLayer::dropKeys(uint64_t epoch, bool written) {
  std::erase_if(reading_, [&](const ReadEpoch& e) { return e.epoch == epoch; });
  std::erase_if(writing_, [&](const WriteEpoch& e) { return e.epoch == epoch && (written || e.next == 0); });
}

void RecordLayer::dropAllKeys() {
  reading_.clear();
  std::erase_if(writing_, [](const WriteEpoch& e) { return e.cipher.has_value(); });
}

void RecordLayer::addWriteKeys(uint64_t epoch, RecordKeys keys) {
  const bool known =
      std::any_of(writing_.begin(), writing_.end(), [&](const WriteEpoch& e) { return e.epoch == epoch; });
  if (known) return;  // a key never starts over: its numbers would repeat
  WriteEpoch added;
  added.epoch = epoch;
  added.cipher.emplace(std::move(keys), engine_);
  writing_.push_back(std::move(added));
}

uint64_t RecordLayer::written(uint64_t epoch) const {
  for (const WriteEpoch& each : writing_) {
    if (each.epoch == epoch) return each.next;
  }
  return 0;
}

void RecordLayer::settleAt(uint64_t epoch) {
  // One that comes late makes the contexts anew, and the next of the newest epoch gives them back.
  if (reading_.size() < 2 && settled_ == epoch) return;
  settled_ = epoch;
  for (const ReadEpoch& each : reading_) {
    if (each.epoch < epoch) each.cipher.rest();
  }
  for (const WriteEpoch& each : writing_) {
    if (each.epoch < epoch && each.cipher) each.cipher->rest();
  }
}

size_t RecordLayer::overhead(uint64_t epoch) const {
  for (const WriteEpoch& each : writing_) {
    if (each.epoch == epoch && each.cipher) return each.cipher->overhead();
  }
  return kRecordHeaderSize;
}

/// Null where nothing can be written any more.
RecordLayer::WriteEpoch* RecordLayer::writeEpoch(uint64_t epoch) {
  const auto it = std::find_if(writing_.begin(), writing_.end(), [&](const WriteEpoch& e) { return e.epoch == epoch; });
  // RFC 6347 §4.1: a sequence number must not wrap.
  return it == writing_.end() || it->next > kMaxSequence ? nullptr : &*it;
}

bool RecordLayer::protect(ContentType type, uint64_t epoch, PacketBuffer& packet) {
  WriteEpoch* const keys = writeEpoch(epoch);
  return keys && keys->cipher && keys->cipher->sealInPlace(type, {epoch, keys->next++}, packet);
}

bool RecordLayer::write(ContentType type, uint64_t epoch, ByteView payload, PacketBuffer& out, RecordNumber* number) {
  WriteEpoch* const keys = writeEpoch(epoch);
  if (!keys) return false;
  const RecordNumber used{epoch, keys->next++};
  if (number != nullptr) *number = used;
  if (keys->cipher) return keys->cipher->seal(type, used, payload, out);
  const size_t size = kRecordHeaderSize + payload.size();
  uint8_t* record = out.tailroom() >= size ? out.append(size) : nullptr;
  if (record == nullptr) return false;
  ByteWriter writer(MutableByteView(record, size));
  writeRecordHeader(writer, type, plaintextVersion_, used, payload.size());
  writer.bytes(payload);
  return true;
}

RecordLayer::Outcome RecordLayer::read(MutableByteView& datagram, Record& out, MutableByteView& raw) {
  // RFC 9147 §4.1: the first three bits tell the formats apart.
  if ((datagram[0] & kUnifiedMask) == kUnifiedFixedBits) return readUnified(datagram, out, raw);
  return readPlain(datagram, out, raw);
}

RecordLayer::Outcome RecordLayer::readPlain(MutableByteView& datagram, Record& out, MutableByteView& raw) {
  ByteReader reader(datagram);
  out.type = static_cast<ContentType>(reader.u8());
  const uint8_t major = reader.u8();
  reader.u8();  // 0xFF in a first ClientHello, 0xFD otherwise (RFC 9147 §4: MUST be ignored)
  out.number.epoch = reader.u16();
  out.number.sequence = reader.u48();
  const size_t length = reader.u16();
  // RFC 6347 §4.1.2.7: invalid records are dropped; a length that lies takes the rest of the datagram with it.
  if (!reader.ok() || major != 0xFE || length > reader.remaining()) {
    raw = std::exchange(datagram, {});
    return Outcome::kMalformed;
  }
  raw = datagram.first(kRecordHeaderSize + length);
  datagram = datagram.subspan(raw.size());
  out.payload = raw.subspan(kRecordHeaderSize);
  out.authenticated = false;
  if (out.number.epoch == 0) return plaintextRefused_ ? Outcome::kUnexpected : Outcome::kRecord;
  ReadEpoch* keys = readEpoch(out.number.epoch);
  if (keys == nullptr) {
    const bool mayCome = out.number.epoch == 1 && reading_.empty();
    return mayCome ? Outcome::kEarly : Outcome::kUnexpected;
  }
  if (keys->cipher.version() != Version::kDtls12) return Outcome::kUnexpected;
  if (!keys->window.isFresh(out.number.sequence)) return Outcome::kReplayed;
  if (!keys->cipher.open12(raw.first(kRecordHeaderSize), out.payload)) return Outcome::kUnauthenticated;
  keys->window.accept(out.number.sequence);
  settleAt(out.number.epoch);
  out.authenticated = true;
  return Outcome::kRecord;
}

RecordLayer::Outcome RecordLayer::readUnified(MutableByteView& datagram, Record& out, MutableByteView& raw) {
  const uint8_t flags = datagram[0];
  const size_t sequenceSize = (flags & kUnifiedLongSequence) != 0 ? 2 : 1;
  const size_t headerSize = 1 + sequenceSize + ((flags & kUnifiedLength) != 0 ? 2 : 0);
  size_t length = datagram.size() >= headerSize ? datagram.size() - headerSize : 0;
  if ((flags & kUnifiedLength) != 0 && datagram.size() >= headerSize) length = loadBe16(&datagram[headerSize - 2]);
  // A connection id was never negotiated, so nobody may send one (RFC 9147 §9).
  if ((flags & kUnifiedConnectionId) != 0 || datagram.size() < headerSize || length > datagram.size() - headerSize) {
    raw = std::exchange(datagram, {});
    return Outcome::kMalformed;
  }
  raw = datagram.first(headerSize + length);
  datagram = datagram.subspan(raw.size());
  ReadEpoch* keys = readEpochByLowBits(flags & kUnifiedEpoch);
  if (keys == nullptr) return Outcome::kEarly;
  if (keys->cipher.version() != Version::kDtls13) return Outcome::kUnexpected;
  out.payload = raw.subspan(headerSize);
  out.number.epoch = keys->epoch;
  if (!keys->cipher.open13(raw.first(headerSize), keys->window.next(), out.payload, out.type, out.number.sequence)) {
    return Outcome::kUnauthenticated;
  }
  // RFC 9147 §4.5.1: the check is the same before or after opening, and the number is only known after unmasking.
  if (!keys->window.isFresh(out.number.sequence)) return Outcome::kReplayed;
  keys->window.accept(out.number.sequence);
  settleAt(out.number.epoch);
  out.authenticated = true;
  return Outcome::kRecord;
}

}  // namespace tincan::inline v0::dtls
