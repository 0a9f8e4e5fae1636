#include "ice/mdns.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxRecords = 64;
constexpr size_t kMaxName = 255;  // RFC 1035 §2.3.4
constexpr size_t kMaxLabel = 63;
constexpr size_t kMaxPointers = 8;
constexpr uint16_t kClassIn = 1;
constexpr size_t kMaxQuestions = 16;
constexpr uint16_t kClassAny = 255;       // RFC 1035 §3.2.5
constexpr uint16_t kTypeAny = 255;        // RFC 1035 §3.2.3
constexpr uint16_t kCacheFlush = 0x8000;  // RFC 6762 §10.2: the top bit of a record's class

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// A name at `offset`, which then stands behind it; compression pointers (RFC 1035 §4.1.4) only lead backwards.
bool readName(ByteView packet, size_t& offset, std::string& out) {
  out.clear();
  size_t at = offset;
  size_t pointers = 0;
  for (;;) {
    if (at >= packet.size()) return false;
    const uint8_t size = packet[at];
    if (size == 0) {
      if (pointers == 0) offset = at + 1;
      return true;
    }
    if (size >= 0xc0) {
      if (at + 2 > packet.size() || ++pointers > kMaxPointers) return false;
      const size_t target = loadBe16(packet.data() + at) & 0x3fffu;
      if (pointers == 1) offset = at + 2;
      if (target >= at) return false;
      at = target;
      continue;
    }
    if (size > kMaxLabel || at + 1 + size > packet.size() || out.size() + size + 1 > kMaxName) return false;
    if (!out.empty()) out += '.';
    for (const char c : asText(packet.subspan(at + 1, size))) out += lower(c);
    at += 1u + size;
  }
}

bool writeName(ByteWriter& out, std::string_view name) {
  while (!name.empty()) {
    const size_t end = std::min(name.find('.'), name.size());
    if (end == 0 || end > kMaxLabel) return false;
    out.u8(static_cast<uint8_t>(end));
    out.bytes(asBytes(name.substr(0, end)));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  out.u8(0);
  return true;
}

IpAddress addressOf(uint16_t type, ByteView data) {
  if (type == static_cast<uint16_t>(DnsType::kA) && data.size() == 4) return IpAddress::v4(data);
  if (type == static_cast<uint16_t>(DnsType::kAaaa) && data.size() == 16) return IpAddress::v6(data);
  return {};
}

}  // namespace

Route mdnsRoute() {
  return {Protocol::kUdp, {IpAddress::anyV4(), kMdnsPort}, {IpAddress::v4(224, 0, 0, 251), kMdnsPort}};
}

bool isMdnsCandidateName(std::string_view name) {
  constexpr std::string_view kSuffix = ".local";
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (name.size() != kShape.size() + kSuffix.size()) return false;
  for (size_t i = 0; i < kSuffix.size(); ++i) {
    if (lower(name[kShape.size() + i]) != kSuffix[i]) return false;
  }
  for (size_t i = 0; i < kShape.size(); ++i) {
    const char c = lower(name[i]);
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (kShape[i] == '-' ? c != '-' : !hex) return false;
  }
  return true;
}

//    0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
//   |                 id: 0                        |   RFC 6762 §18: zero in multicast questions, flags too
//   |                 flags: 0                     |
//   |  questions: 1, answers: 0, authority: 0, additional: 0
//   |  labels, each behind its length; 0           |
//   |  type                                        |
//   |  class: 1, IN                                |
bool writeMdnsQuery(ByteWriter& out, std::string_view name, DnsType type) {
  out.u32(0);
  out.u16(1);
  out.zeros(6);
  if (!writeName(out, name)) return false;
  out.u16(static_cast<uint16_t>(type));
  out.u16(kClassIn);
  return out.ok();
}

//   |                 id: 0                        |
//   |  flags: 0x8400, an authoritative response    |
//   |  questions: 0, answers: 1, authority: 0, additional: 0
//   |  labels, each behind its length; 0           |
//   |  type                                        |
//   |  class: IN, and the cache-flush bit          |
//   |  time to live: 120 s                         |   RFC 6762 §10
//   |  length of the address                       |
//   |  the address                                 |
bool writeMdnsResponse(ByteWriter& out, std::string_view name, const IpAddress& ip) {
  out.u16(0);
  out.u16(0x8400);
  out.u16(0);
  out.u16(1);
  out.u32(0);
  if (!writeName(out, name)) return false;
  out.u16(static_cast<uint16_t>(ip.isV4() ? DnsType::kA : DnsType::kAaaa));
  out.u16(kClassIn | kCacheFlush);
  out.u32(120);
  out.u16(static_cast<uint16_t>(ip.bytes().size()));
  out.bytes(ip.bytes());
  return out.ok() && ip.isSpecified();
}

std::vector<MdnsQuestion> parseMdnsQuery(ByteView packet) {
  ByteReader header(packet);
  header.skip(2);
  const uint16_t flags = header.u16();
  const uint16_t questions = header.u16();
  header.skip(6);
  // RFC 6762 §18.2, §18.3: a query, with opcode 0.
  if (!header.ok() || (flags & 0xf800) != 0) return {};
  std::vector<MdnsQuestion> out;
  std::string name;
  size_t offset = header.position();
  for (size_t i = 0; i < questions && out.size() < kMaxQuestions; ++i) {
    if (!readName(packet, offset, name)) return {};
    ByteReader question(packet.subspan(std::min(offset, packet.size())));
    const uint16_t type = question.u16();
    // RFC 6762 §5.4: the top bit asks for an answer by unicast, which we never give.
    const uint16_t questionClass = question.u16() & 0x7fff;
    if (!question.ok()) return {};
    offset += question.position();
    if (questionClass != kClassIn && questionClass != kClassAny) continue;
    for (const DnsType each : {DnsType::kA, DnsType::kAaaa}) {
      if (type == static_cast<uint16_t>(each) || type == kTypeAny) out.push_back({name, each});
    }
  }
  return out;
}

std::vector<MdnsRecord> parseMdnsResponse(ByteView packet) {
  ByteReader header(packet);
  header.skip(2);
  const uint16_t flags = header.u16();
  const uint16_t questions = header.u16();
  const size_t records = size_t{header.u16()} + header.u16() + header.u16();
  // RFC 6762 §18.2, §18.3, §18.11: a response, with opcode 0 and response code 0.
  if (!header.ok() || (flags & 0x8000) == 0 || (flags & 0x780f) != 0) return {};

  std::vector<MdnsRecord> out;
  std::string name;
  size_t offset = header.position();
  for (size_t i = 0; i < questions; ++i) {
    if (!readName(packet, offset, name) || offset + 4 > packet.size()) return {};
    offset += 4;
  }
  for (size_t i = 0; i < records && out.size() < kMaxRecords; ++i) {
    if (!readName(packet, offset, name)) return {};
    ByteReader record(packet.subspan(std::min(offset, packet.size())));
    const uint16_t type = record.u16();
    const uint16_t recordClass = record.u16();
    record.skip(4);  // TTL
    const ByteView data = record.prefixed16();
    if (!record.ok()) return {};
    offset += record.position();
    const IpAddress ip = addressOf(type, data);
    if (ip.isSpecified() && (recordClass & ~kCacheFlush) == kClassIn) out.push_back({name, ip});
  }
  return out;
}

}  // namespace tincan::inline v0::ice
