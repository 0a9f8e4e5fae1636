#include "trace.h"

#include <cstdio>

#include "crypto/hash.h"
#include "dtls/handshake/message.h"

namespace tincan::inline v0::dtls::test {
namespace {

std::string shortHash(ByteView bytes) {
  const crypto::Digest digest = crypto::hash(crypto::HashAlgorithm::kSha256, bytes);
  char out[9];
  std::snprintf(out, sizeof out, "%08x", loadBe32(digest.view().data()));
  return out;
}

std::string handshakeText(ByteView payload) {
  ByteReader reader(payload);
  std::string out = "handshake";
  while (!reader.atEnd()) {
    const FragmentHeader header = FragmentHeader::read(reader);
    reader.skip(header.fragmentLength);
    if (!reader.ok()) return out + " malformed";
    const uint32_t end = header.offset + header.fragmentLength;
    out += " " + std::string(name(header.type)) + " #" + std::to_string(header.sequence) + " [" +
           std::to_string(header.offset) + ".." + std::to_string(end) + ") of " + std::to_string(header.length);
  }
  return out;
}

}  // namespace

Trace::Trace(Pair& pair)
    : pair_(pair), start_(pair.now), clientTap_(pair.client, Role::kClient), serverTap_(pair.server, Role::kServer) {
  pair.onDatagram = [this](Role sender, Bytes& datagram) {
    take(sender, datagram);
    return true;
  };
}

void Trace::take(Role sender, const Bytes& datagram) {
  KeyTap& tap = sender == Role::kClient ? clientTap_ : serverTap_;
  Bytes copy = datagram;
  MutableByteView rest = copy, raw;
  bool first = true;
  while (!rest.empty()) {
    const size_t at = datagram.size() - rest.size();
    tap.refresh();
    Record record;
    const bool opened = tap.from.read(rest, record, raw) == RecordLayer::Outcome::kRecord;
    const ByteView wire = ByteView(datagram).subspan(at, raw.size());
    char head[96];
    std::snprintf(head, sizeof head, "%s%5lld ms  %s  epoch %llu seq %llu  ", first ? "+" : " ",
                  static_cast<long long>((pair_.now - start_).millis()),
                  sender == Role::kClient ? "client -> server" : "server -> client",
                  static_cast<unsigned long long>(record.number.epoch),
                  static_cast<unsigned long long>(record.number.sequence));
    lines_.push_back(head + (opened ? describe(record) : "not to be opened") + "  " + std::to_string(wire.size()) +
                     " bytes  " + shortHash(wire));
    first = false;
  }
}

std::string Trace::describe(const Record& record) {
  switch (record.type) {
    case ContentType::kHandshake: {
      ByteReader reader(record.payload);
      const FragmentHeader header = FragmentHeader::read(reader);
      if (header.type == HandshakeType::kServerHello && header.fragmentLength == header.length) {
        const ByteView body = reader.rest();
        clientTap_.sawServerHello(body);
        serverTap_.sawServerHello(body);
      }
      return handshakeText(record.payload);
    }
    case ContentType::kChangeCipherSpec: return "change_cipher_spec";
    case ContentType::kAlert: return "alert " + std::string(name(static_cast<AlertDescription>(record.payload[1])));
    case ContentType::kApplicationData: return "application_data of " + std::to_string(record.payload.size());
    case ContentType::kAck: return "ack of " + std::to_string((record.payload.size() - 2) / 16);
  }
  return "type " + std::to_string(static_cast<int>(record.type));
}

}  // namespace tincan::inline v0::dtls::test
