#include "rtp/payload/samples.h"

#include <algorithm>
#include <bit>

namespace tincan::inline v0::rtp {
namespace {

constexpr int kMuLawBias = 33 * 4;  // of 14 bits, shifted to 16
constexpr int kMuLawClip = 32635;
constexpr uint8_t kALawToggle = 0x55;  // G.711 table 1: every other bit is inverted

}  // namespace

void SamplePacketizer::setFrame(ByteView samples, size_t maxPayload) {
  const size_t tick = format_.bytesPerTick;
  size_ = maxPayload / tick * tick;
  rest_ = size_ == 0 ? ByteView() : samples.first(samples.size() / tick * tick);
  packetsLeft_ = size_ == 0 ? 0 : (rest_.size() + size_ - 1) / size_;
  timestampOffset_ = nextOffset_ = 0;
}

bool SamplePacketizer::next(PacketBuffer& out, bool& last) {
  if (packetsLeft_ == 0) return false;
  const size_t size = std::min(size_, rest_.size());
  if (!out.append(rest_.first(size))) return false;
  rest_ = rest_.subspan(size);
  timestampOffset_ = nextOffset_;
  nextOffset_ += format_.ticks(size);
  last = --packetsLeft_ == 0;
  return true;
}

bool sampleTicks(const SampleFormat& format, ByteView payload, uint32_t& ticks) {
  ticks = format.ticks(payload.size());
  return !payload.empty() && payload.size() % format.bytesPerTick == 0;
}

void writeL16(std::span<const int16_t> samples, MutableByteView out) {
  const size_t count = std::min(samples.size(), out.size() / 2);
  for (size_t i = 0; i < count; ++i) storeBe16(out.data() + 2 * i, static_cast<uint16_t>(samples[i]));
}

void readL16(ByteView payload, std::span<int16_t> out) {
  const size_t count = std::min(out.size(), payload.size() / 2);
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<int16_t>(loadBe16(payload.data() + 2 * i));
}

// Sign, three bits of segment, four bits within it; all inverted.
uint8_t encodeMuLaw(int16_t sample) {
  const int sign = sample < 0 ? 0x80 : 0;
  const int magnitude = std::min(sample < 0 ? -int{sample} : int{sample}, kMuLawClip) + kMuLawBias;
  const int segment = static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8;
  return static_cast<uint8_t>(~(sign | segment << 4 | (magnitude >> (segment + 3) & 0x0f)));
}

int16_t decodeMuLaw(uint8_t code) {
  const int bits = ~code & 0xff;
  const int segment = bits >> 4 & 0x07;
  const int magnitude = (((bits & 0x0f) << 3) + kMuLawBias) << segment;
  return static_cast<int16_t>((bits & 0x80) != 0 ? kMuLawBias - magnitude : magnitude - kMuLawBias);
}

uint8_t encodeALaw(int16_t sample) {
  const int sign = sample < 0 ? 0 : 0x80;
  const int magnitude = (sample < 0 ? ~int{sample} : int{sample}) >> 4;  // 11 bits and the sign are left
  const int segment = std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 4);
  const int within = segment == 0 ? magnitude : magnitude >> (segment - 1) & 0x0f;
  return static_cast<uint8_t>((sign | segment << 4 | (within & 0x0f)) ^ kALawToggle);
}

int16_t decodeALaw(uint8_t code) {
  const int bits = code ^ kALawToggle;
  const int segment = bits >> 4 & 0x07;
  int magnitude = ((bits & 0x0f) << 4) + 8;
  if (segment > 0) magnitude = (magnitude + 0x100) << (segment - 1);
  return static_cast<int16_t>((bits & 0x80) != 0 ? magnitude : -magnitude);
}

}  // namespace tincan::inline v0::rtp
