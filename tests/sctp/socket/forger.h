#pragma once

#include <initializer_list>
#include <vector>

#include "sctp/association.h"
#include "sctp/chunk/chunk.h"
#include "sctp/chunk/packet.h"
#include "sctp/crc32c.h"

namespace tincan::inline v0::sctp::test {

/// Two associations; what goes from A to B is seen, so that packets can be forged which B takes for A's.
class Forger {
 public:
  explicit Forger(AssociationConfig config = {}, uint64_t seed = 1)
      : random(seed), a(config, random, pool), b(config, random, pool) {}

  void connect() {
    a.connect(now);
    b.connect(now);
    pass();
  }
  /// Packets go to and fro until none is left; `limit` of them at most.
  void pass(int limit = 10'000) {
    PacketBuffer packet;
    for (bool busy = true; busy && limit > 0;) {
      busy = false;
      while (limit > 0 && a.pollTransmit(now, packet)) {
        see(packet.view());
        b.receive(now, packet.view());
        busy = true;
        --limit;
      }
      while (limit > 0 && b.pollTransmit(now, packet)) a.receive(now, packet.view()), busy = true, --limit;
    }
  }
  /// Time goes on, a little at a time.
  void live(Duration duration) {
    const TimePoint end = now + duration;
    while (now < end) {
      now = now + Duration::millis(10);
      a.handleTimeout(now);
      b.handleTimeout(now);
      pass();
    }
  }
  void see(ByteView packet) {
    header = *parseCommonHeader(packet);
    const auto type = static_cast<ChunkType>(packet[kCommonHeaderSize]);
    if (type == ChunkType::kData || type == ChunkType::kIData) {
      lastTsn = loadBe32(packet.data() + kCommonHeaderSize + kChunkHeaderSize);
    }
  }
  static Bytes chunk(ChunkType type, uint8_t flags, ByteView body) {
    ByteBuilder out;
    out.u8(static_cast<uint8_t>(type)).u8(flags).u16(static_cast<uint16_t>(kChunkHeaderSize + body.size())).bytes(body);
    while (out.size() % 4 != 0) out.u8(0);
    return out.take();
  }
  Bytes packet(ByteView chunks) const { return packet(chunks, header.tag); }
  Bytes packet(ByteView chunks, uint32_t tag) const {
    ByteBuilder out;
    out.u16(header.sourcePort).u16(header.destinationPort).u32(tag).u32(0).bytes(chunks);
    storeChecksum(out.buffer(), packetChecksum(out.view()));
    return out.take();
  }
  void forge(ByteView chunks) { b.receive(now, packet(chunks)); }
  void forge(ChunkType type, uint8_t flags, ByteView body) { forge(chunk(type, flags, body)); }

  /// What B says now, chunk by chunk; nothing of it reaches A.
  std::vector<std::pair<ChunkType, Bytes>> answers() {
    std::vector<std::pair<ChunkType, Bytes>> out;
    PacketBuffer buffer;
    while (b.pollTransmit(now, buffer)) {
      ChunkReader reader(buffer.view().subspan(kCommonHeaderSize));
      for (ChunkView one; reader.next(one);) out.emplace_back(one.type, toBytes(one.body));
    }
    return out;
  }
  template <class E>
  std::optional<E> next(Association& of) {
    while (std::optional<AssociationEvent> event = of.pollEvent())
      if (E* wanted = std::get_if<E>(&*event)) return std::move(*wanted);
    return std::nullopt;
  }

  SeededRandom random;
  PacketPool pool;
  Association a, b;
  TimePoint now = TimePoint::fromMicros(1000);
  CommonHeader header{5000, 5000, 0};  // of A's last packet
  uint32_t lastTsn = 0;
};

}  // namespace tincan::inline v0::sctp::test
