#include "dtls/rivals.h"

#include <algorithm>

#include "crypto/hash.h"

namespace tincan::inline v0::dtls {
namespace {

// The ClientHello that a datagram begins with, whole and in the clear (RFC 6347 §4.1, §4.2.2); empty for all else. One in
// pieces is for Reassembly to judge.
ByteView helloOf(ByteView datagram) {
  ByteReader reader(datagram);
  const auto type = static_cast<ContentType>(reader.u8());
  reader.u16();
  const uint16_t epoch = reader.u16();
  reader.u48();
  ByteReader record(reader.prefixed16());
  const FragmentHeader header = FragmentHeader::read(record);
  const ByteView body = record.view(header.fragmentLength);
  const bool whole = reader.ok() && record.ok() && type == ContentType::kHandshake && epoch == 0 &&
                     header.type == HandshakeType::kClientHello && header.sequence == 0 &&
                     header.fragmentLength == header.length;
  return whole ? body : ByteView();
}

}  // namespace

void Rivals::setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints) {
  for (Rival& each : rivals_) each.impl->setRemoteFingerprints(fingerprints);
  fingerprints_ = std::move(fingerprints);
  fingerprintsKnown_ = true;
}

void Rivals::receive(TimePoint now, Connection::Impl& first, PacketBuffer datagram) {
  const ByteView hello = helloOf(datagram.view());
  const bool answered = first.negotiated() != nullptr;
  if (hello.empty() || !answered || equalBytes(hello, firstHello_)) {
    const Bytes kept = answered || hello.empty() ? Bytes() : toBytes(hello);
    if (hello.empty()) {
      for (Rival& each : rivals_) {
        if (PacketBuffer copy = pool_.copy(datagram.view())) each.impl->receive(now, std::move(copy));
      }
    }
    first.receive(now, std::move(datagram));
    if (!kept.empty() && first.negotiated() != nullptr) firstHello_ = kept;
    return;
  }
  const auto own =
      std::find_if(rivals_.begin(), rivals_.end(), [&](const Rival& each) { return equalBytes(each.hello, hello); });
  if (own != rivals_.end()) return own->impl->receive(now, std::move(datagram));
  first.noteForeignHello(datagram.size());
  if (wasSeen(hello)) open(now, toBytes(hello), std::move(datagram));
}

// Eight bytes of a hash: what collides by accident opens a handshake too many.
bool Rivals::wasSeen(ByteView hello) {
  const uint64_t mark = loadBe64(crypto::hash(crypto::HashAlgorithm::kSha256, hello).view().data());
  if (std::find(seen_.begin(), seen_.end(), mark) != seen_.end()) return true;
  if (seen_.size() < kMaxSeen) {
    seen_.push_back(mark);
  } else {
    seen_[nextSeen_] = mark;
    nextSeen_ = (nextSeen_ + 1) % kMaxSeen;
  }
  return false;
}

void Rivals::open(TimePoint now, ByteView hello, PacketBuffer datagram) {
  Rival rival{toBytes(hello), std::make_unique<Connection::Impl>(config_, random_, pool_)};
  if (fingerprintsKnown_) rival.impl->setRemoteFingerprints(fingerprints_);
  rival.impl->start(now);
  while (rival.impl->pollEvent()) {
  }
  rival.impl->receive(now, std::move(datagram));
  if (rival.impl->negotiated() == nullptr) return;  // we share nothing with it
  if (rivals_.size() == kMaxRivals) rivals_.erase(rivals_.begin());
  rivals_.push_back(std::move(rival));
}

void Rivals::handleTimeout(TimePoint now) {
  for (Rival& each : rivals_) each.impl->handleTimeout(now);
}

TimePoint Rivals::nextTimeout() const {
  TimePoint out = TimePoint::never();
  for (const Rival& each : rivals_) out = earlier(out, each.impl->nextTimeout());
  return out;
}

bool Rivals::pollTransmit(PacketBuffer& out) {
  return std::any_of(rivals_.begin(), rivals_.end(), [&](Rival& each) { return each.impl->pollTransmit(out); });
}

std::unique_ptr<Connection::Impl> Rivals::takeProven() {
  for (Rival& each : rivals_) {
    if (each.impl->isProven()) return std::move(each.impl);
  }
  return nullptr;
}

}  // namespace tincan::inline v0::dtls
