#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "base/bytes.h"
#include "base/time.h"

namespace tincan::inline v0::dtls::test {

/// A capture file as Wireshark reads it (libpcap's classic format), of UDP over IPv4 between two ends. The IP and UDP
/// checksums are left at zero: not there.
class PcapFile {
 public:
  static constexpr uint16_t kPort = 40000;

  explicit PcapFile(const std::string& path) : file_(path, std::ios::binary) {
    ByteBuilder header;
    // magic(4) version(2+2) zone(4) accuracy(4) longest(4) link type(4): 101 is raw IP
    header.u32(0xA1B2C3D4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(101);
    write(header.view());
  }

  /// From 192.0.2.1 to 192.0.2.2, or back.
  void add(TimePoint now, bool fromFirst, ByteView payload) {
    const auto size = static_cast<uint16_t>(28 + payload.size());
    const uint32_t first = 0xC0000201, second = 0xC0000202;
    ByteBuilder packet;
    packet.u32(static_cast<uint32_t>(now.micros() / 1'000'000)).u32(static_cast<uint32_t>(now.micros() % 1'000'000));
    packet.u32(size).u32(size);
    packet.u8(0x45).u8(0).u16(size).u16(0).u16(0).u8(64).u8(17).u16(0);
    packet.u32(fromFirst ? first : second).u32(fromFirst ? second : first);
    packet.u16(kPort).u16(kPort).u16(static_cast<uint16_t>(8 + payload.size())).u16(0);
    packet.bytes(payload);
    write(packet.view());
  }

 private:
  void write(ByteView bytes) {
    for (const uint8_t byte : bytes) file_.put(static_cast<char>(byte));
    file_.flush();
  }
  std::ofstream file_;
};

}  // namespace tincan::inline v0::dtls::test
