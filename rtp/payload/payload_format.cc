#include "rtp/payload/payload_format.h"

#include "rtp/payload/vp8.h"

namespace tincan::rtp {
namespace {

constexpr uint8_t kStartCode[] = {0, 0, 0, 1};  // ITU-T H.264 annex B
constexpr size_t kStartCodeSize = sizeof kStartCode;
constexpr size_t kLengthSize = 2;

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// The next unit of 16-bit prefixed ones; empty at the end. depacketize has checked the sizes; what lies still cannot
// read past the end.
ByteView nextPrefixed(ByteView& rest) {
  if (rest.size() < kLengthSize) return {};
  const size_t size = loadBe16(rest.data());
  rest = rest.subspan(kLengthSize);
  const ByteView unit = rest.first(size < rest.size() ? size : rest.size());
  rest = rest.subspan(unit.size());
  return unit;
}

}  // namespace

bool depacketize(VideoFormat format, ByteView rtpPayload, bool marker, Depacketized& out) {
  switch (format) {
    case VideoFormat::kVp8: return depacketizeVp8(rtpPayload, marker, out);
  }
  return false;
}

size_t assembledSize(const Depacketized& packet) {
  switch (packet.framing) {
    case Framing::kPlain: return packet.payload.size();
    case Framing::kStartCode: return kStartCodeSize + packet.payload.size();
    case Framing::kRebuiltNalHeader: return kStartCodeSize + 1 + packet.payload.size();
    case Framing::kLengthPrefixed16: {
      size_t size = 0;
      ByteView rest = packet.payload;
      while (rest.size() >= kLengthSize) size += kStartCodeSize + nextPrefixed(rest).size();
      return size;
    }
  }
  return 0;
}

void appendAssembled(const Depacketized& packet, Bytes& frame) {
  switch (packet.framing) {
    case Framing::kPlain: append(frame, packet.payload); return;
    case Framing::kStartCode:
      append(frame, kStartCode);
      append(frame, packet.payload);
      return;
    case Framing::kRebuiltNalHeader:
      append(frame, kStartCode);
      frame.push_back(packet.nalHeader);
      append(frame, packet.payload);
      return;
    case Framing::kLengthPrefixed16: {
      ByteView rest = packet.payload;
      while (rest.size() >= kLengthSize) {
        append(frame, kStartCode);
        append(frame, nextPrefixed(rest));
      }
      return;
    }
  }
}

}  // namespace tincan::rtp
