#include "rtp/payload/opus.h"

namespace tincan::rtp {
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

}  // namespace

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

}  // namespace tincan::rtp
