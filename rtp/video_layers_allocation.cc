#include "rtp/video_layers_allocation.h"

#include <algorithm>
#include <array>

#include "rtp/payload/leb128.h"

namespace tincan::inline v0::rtp {
namespace {

using Masks = std::array<uint8_t, VideoLayersAllocation::kMaxStreams>;

constexpr size_t kMostKilobits = 5;  // bytes of a leb128 of 32 bits

size_t maskBytes(size_t streams) {
  return streams <= 2 ? 1 : 2;
}

Masks masksOf(const VideoLayersAllocation& in) {
  Masks out{};
  for (const auto& layer : in.layers) out[layer.stream] |= static_cast<uint8_t>(1u << layer.spatial);
  return out;
}

bool isWritable(const VideoLayersAllocation& in) {
  if (in.streams < 1 || in.streams > VideoLayersAllocation::kMaxStreams || in.stream >= in.streams) return false;
  int before = -1;
  for (const auto& layer : in.layers) {
    const int place = layer.stream * int{VideoLayersAllocation::kMaxSpatial} + layer.spatial;
    if (layer.stream >= in.streams || layer.spatial >= VideoLayersAllocation::kMaxSpatial || place <= before)
      return false;
    before = place;
    if (layer.kilobits.empty()) return false;
    if (in.hasSizes && (layer.width - 1u > 0xffff || layer.height - 1u > 0xffff)) return false;
  }
  return true;
}

bool readMasks(ByteReader& reader, uint8_t shared, size_t streams, Masks& masks) {
  if (shared != 0) {
    std::fill_n(masks.begin(), streams, shared);
    return true;
  }
  for (size_t i = 0; i < maskBytes(streams); ++i) {
    const uint8_t pair = reader.u8();
    masks[2 * i] = pair >> 4;
    masks[2 * i + 1] = pair & 0x0f;
  }
  // What is behind the last stream is padding.
  std::fill(masks.begin() + static_cast<std::ptrdiff_t>(streams), masks.end(), uint8_t{0});
  return reader.ok();
}

}  // namespace

std::optional<VideoLayersAllocation> VideoLayersAllocation::read(ByteView value) {
  VideoLayersAllocation out;
  if (value.empty()) return std::nullopt;
  if (value.size() == 1) return value[0] == 0 ? std::optional(out) : std::nullopt;
  ByteReader reader(value);
  const uint8_t head = reader.u8();
  out.stream = head >> 6;
  out.streams = static_cast<uint8_t>((head >> 4 & 3) + 1);
  if (out.stream >= out.streams) return std::nullopt;
  Masks masks{};
  if (!readMasks(reader, head & 0x0f, out.streams, masks)) return std::nullopt;
  for (uint8_t stream = 0; stream < out.streams; ++stream)
    for (uint8_t spatial = 0; spatial < kMaxSpatial; ++spatial)
      if ((masks[stream] >> spatial & 1) != 0) out.layers.push({stream, spatial});
  if (out.layers.empty()) return std::nullopt;

  const ByteView counts = reader.view((out.layers.size() + 3) / 4);
  if (!reader.ok()) return std::nullopt;
  for (size_t i = 0; i < out.layers.size(); ++i) {
    const size_t temporal = (counts[i / 4] >> (6 - 2 * (i % 4)) & 3u) + 1;
    for (size_t layer = 0; layer < temporal; ++layer) {
      uint32_t kilobits = 0;
      const size_t taken = readLeb128(value.subspan(value.size() - reader.remaining()), kilobits);
      if (taken == 0) return std::nullopt;
      reader.skip(taken);
      out.layers[i].kilobits.push(kilobits);
    }
  }
  if (reader.remaining() == 0) return out;
  out.hasSizes = true;
  for (Layer& layer : out.layers) {
    layer.width = uint32_t{reader.u16()} + 1;
    layer.height = uint32_t{reader.u16()} + 1;
    layer.framesPerSecond = reader.u8();
  }
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return out;
}

size_t VideoLayersAllocation::write(MutableByteView out) const {
  if (!isWritable(*this) || out.empty()) return 0;
  if (layers.empty()) return out[0] = 0, 1;
  ByteWriter writer(out);
  const Masks masks = masksOf(*this);
  const bool alike =
      std::all_of(masks.begin(), masks.begin() + streams, [&](uint8_t mask) { return mask == masks[0]; });
  writer.u8(static_cast<uint8_t>(stream << 6 | (streams - 1) << 4 | (alike ? masks[0] : 0)));
  if (!alike) {
    for (size_t i = 0; i < maskBytes(streams); ++i)
      writer.u8(static_cast<uint8_t>(masks[2 * i] << 4 | masks[2 * i + 1]));
  }
  for (size_t i = 0; i < layers.size(); i += 4) {
    uint32_t four = 0;
    for (size_t j = i; j < std::min(i + 4, layers.size()); ++j)
      four |= static_cast<uint32_t>(layers[j].kilobits.size() - 1) << (6 - 2 * (j - i));
    writer.u8(static_cast<uint8_t>(four));
  }
  for (const Layer& layer : layers) {
    for (const uint32_t kilobits : layer.kilobits) {
      std::array<uint8_t, kMostKilobits> bytes;
      writeLeb128(bytes.data(), kilobits);
      writer.bytes(ByteView(bytes).first(leb128Size(kilobits)));
    }
  }
  for (const Layer& layer : layers) {
    if (!hasSizes) break;
    writer.u16(static_cast<uint16_t>(layer.width - 1));
    writer.u16(static_cast<uint16_t>(layer.height - 1));
    writer.u8(layer.framesPerSecond);
  }
  return writer.ok() ? writer.size() : 0;
}

}  // namespace tincan::inline v0::rtp
