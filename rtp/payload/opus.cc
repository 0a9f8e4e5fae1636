#include "rtp/payload/opus.h"

#include <algorithm>

namespace tincan::inline v0::rtp {
namespace {

constexpr uint32_t kMaxSamples = 5760;

// RFC 6716 §3.1, table 2: the frame sizes of the 32 configurations, in samples at 48 kHz.
uint32_t samplesPerFrame(uint8_t config) {
  constexpr uint32_t kSilk[] = {480, 960, 1920, 2880};
  constexpr uint32_t kHybrid[] = {480, 960};
  constexpr uint32_t kCelt[] = {120, 240, 480, 960};
  if (config < 12) return kSilk[config & 3];
  if (config < 16) return kHybrid[config & 1];
  return kCelt[config & 3];
}

constexpr uint8_t kFirstCelt = 16;  // RFC 6716 §3.1, table 2: these have no SILK layer

// RFC 6716 §3.2.1: the length of a frame takes one byte or two. False when it is not there.
bool skipLength(ByteView packet, size_t& at) {
  if (at >= packet.size()) return false;
  at += packet[at] >= 252 ? 2 : 1;
  return true;
}

// RFC 6716 §3.2: where the first frame begins; behind the packet when it does not.
size_t firstFrame(ByteView packet) {
  size_t at = 1;
  const uint8_t code = packet[0] & 0x03;
  if (code < 2) return at;
  if (code == 2) return skipLength(packet, at) ? at : packet.size();
  if (packet.size() < 2) return packet.size();
  const uint8_t count = packet[1];
  at = 2;
  if (count & 0x40) {  // padding: each 255 says that more follows
    while (at < packet.size() && packet[at] == 255) ++at;
    ++at;
  }
  if (count & 0x80) {  // the lengths of all frames but the last
    for (int i = 1; i < (count & 0x3f); ++i)
      if (!skipLength(packet, at)) return packet.size();
  }
  return at;
}

}  // namespace

bool hasOpusCopy(ByteView packet) {
  OpusPacketInfo info;
  if (!OpusPacketInfo::parse(packet, info) || info.dtx || info.config >= kFirstCelt) return false;
  const size_t at = firstFrame(packet);
  if (at >= packet.size()) return false;
  // A VAD flag for each 20 ms of SILK, then the LBRR flag; for each channel. They are the first bits of the frame: even
  // chances, which the range coder writes as they are.
  const uint32_t silkFrames = std::max(info.samples / info.frames / 960, 1u);
  const bool mid = packet[at] >> (7 - silkFrames) & 1;
  const bool side = info.channels == 2 && (packet[at] >> (6 - 2 * silkFrames) & 1);
  return mid || side;
}

bool OpusPacketInfo::parse(ByteView packet, OpusPacketInfo& out) {
  out = OpusPacketInfo();
  if (packet.empty()) return false;
  out.config = packet[0] >> 3;
  out.channels = packet[0] & 0x04 ? 2 : 1;
  const uint8_t code = packet[0] & 0x03;
  if (code == 3) {
    if (packet.size() < 2) return false;  // RFC 6716 §3.4, R6
    out.frames = packet[1] & 0x3f;
  } else {
    out.frames = code == 0 ? 1 : 2;
  }
  out.samples = samplesPerFrame(out.config) * out.frames;
  if (out.frames == 0 || out.samples > kMaxSamples) return false;
  // RFC 7587 §3.1.3: DTX is a packet of no sound; an encoder writes only the TOC byte, or that and one byte more.
  out.dtx = packet.size() <= 2;
  return true;
}

bool OpusPacketizer::next(PacketBuffer& out, bool& last) {
  if (packet_.empty() || !out.append(packet_)) return false;
  packet_ = {};
  last = true;
  return true;
}

}  // namespace tincan::inline v0::rtp
