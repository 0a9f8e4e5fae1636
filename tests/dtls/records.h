#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/handshake/message.h"
#include "dtls/protocol.h"
#include "dtls/record/record_header.h"

namespace tincan::inline v0::dtls::test {

/// A record of the 13-byte format as it lies in a datagram.
struct RawRecord {
  uint8_t type = 0;
  uint16_t epoch = 0;
  Bytes bytes;  ///< the whole of it
  ByteView body() const { return ByteView(bytes).subspan(kRecordHeaderSize); }
};

inline std::vector<RawRecord> splitRecords(ByteView datagram) {
  std::vector<RawRecord> out;
  while (datagram.size() >= kRecordHeaderSize) {
    const size_t size = kRecordHeaderSize + loadBe16(&datagram[11]);
    if (size > datagram.size()) break;
    out.push_back({datagram[0], loadBe16(&datagram[3]), toBytes(datagram.first(size))});
    datagram = datagram.subspan(size);
  }
  return out;
}

inline Bytes plainRecord(ContentType type, ByteView payload, uint64_t sequence = 1000, uint16_t epoch = 0) {
  Bytes out(kRecordHeaderSize + payload.size());
  ByteWriter writer(out);
  writeRecordHeader(writer, type, 0xFEFD, {epoch, sequence}, payload.size());
  writer.bytes(payload);
  return out;
}

inline Bytes handshakeRecord(HandshakeType type, uint16_t sequence, ByteView body) {
  ByteBuilder payload;
  const auto size = static_cast<uint32_t>(body.size());
  FragmentHeader{type, size, sequence, 0, size}.write(payload);
  return plainRecord(ContentType::kHandshake, payload.bytes(body).view());
}

/// The whole handshake messages in plaintext records of these datagrams; none was fragmented.
inline std::vector<HandshakeMessage> plainMessages(const std::vector<Bytes>& datagrams) {
  std::vector<HandshakeMessage> out;
  for (const Bytes& datagram : datagrams) {
    for (const RawRecord& record : splitRecords(datagram)) {
      if (record.type != 22 || record.epoch != 0) continue;
      ByteReader reader(record.body());
      const FragmentHeader header = FragmentHeader::read(reader);
      if (header.length != header.fragmentLength) continue;
      out.push_back({header.type, header.sequence, 0, toBytes(reader.rest())});
    }
  }
  return out;
}

/// The plaintext alert in these datagrams, if there is one.
inline std::optional<AlertDescription> plainAlert(const std::vector<Bytes>& datagrams) {
  for (const Bytes& datagram : datagrams) {
    for (const RawRecord& record : splitRecords(datagram)) {
      if (record.type == 21 && record.epoch == 0 && record.body().size() == 2) {
        return static_cast<AlertDescription>(record.body()[1]);
      }
    }
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::dtls::test
