#include "media/codec/video_payload.h"

#include <utility>
#include <vector>

#include "media/codec/av1_sequence.h"
#include "media/codec/h264_sps.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/obu.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"

namespace tincan::inline v0::media {
namespace {

using rtp::VideoFormat;
using FrameInfo = CodecFactory::FrameInfo;

template <rtp::Packetizer P>
class PacketizerOf final : public VideoPacketizer {
 public:
  template <class... Arguments>
  explicit PacketizerOf(Arguments&&... arguments) : packetizer_(std::forward<Arguments>(arguments)...) {}
  void setFrame(const EncodedVideo& frame, size_t maxPayload) override {
    endsPicture_ = !frame.layer || frame.layer->endOfPicture;
    if (frame.layer)
      setLayer(packetizer_, frame.data, maxPayload, *frame.layer);
    else
      packetizer_.setFrame(frame.data, maxPayload);
  }
  // The marker is behind the last layer of a picture (RFC 9628 §4.1, and AV1's payload format §4.2).
  bool next(PacketBuffer& out, bool& last) override {
    if (!packetizer_.next(out, last)) return false;
    last = last && endsPicture_;
    return true;
  }
  size_t packetsLeft() const override { return packetizer_.packetsLeft(); }

 private:
  void setLayer(auto& packetizer, ByteView data, size_t maxPayload, const VideoLayer&) {
    packetizer.setFrame(data, maxPayload);  // AV1 says its layers in its own headers, H.264 and H.265 have none here
  }
  void setLayer(rtp::Vp8Packetizer& packetizer, ByteView data, size_t maxPayload, const VideoLayer& layer) {
    if (layer.temporal == 0) ++baseIndex_;  // RFC 7741 §4.2: TL0PICIDX
    packetizer.setFrame(data, maxPayload,
                        rtp::Vp8Packetizer::Layer{layer.temporal, layer.layerSync, baseIndex_, layer.nonReference});
  }
  // RFC 9628 §4.2, flexible mode: each picture says what it refers to.
  void setLayer(rtp::Vp9Packetizer& packetizer, ByteView data, size_t maxPayload, const VideoLayer& layer) {
    rtp::Vp9Packetizer::Layer out;
    out.flexible = true;
    out.keyPicture = layer.keyPicture;
    out.temporalLayer = layer.temporal;
    out.switchingPoint = layer.temporal == 0 || layer.layerSync;
    out.spatialLayer = layer.spatial;
    out.spatialLayers = layer.spatialLayers;
    out.interLayer = layer.interLayer;
    out.notForUpper = layer.notForUpper;
    out.referenceCount = layer.picturesBack != 0 ? 1 : 0;
    out.references[0] = layer.picturesBack;
    packetizer.setFrame(data, maxPayload, out);
  }

  P packetizer_;
  bool endsPicture_ = true;
  uint8_t baseIndex_ = 0;
};

FrameInfo inspectVp8(ByteView frame) {
  rtp::Vp8FrameHeader header;
  if (!rtp::Vp8FrameHeader::parse(frame, header)) return {};
  return {header.keyFrame, header.width, header.height};
}

FrameInfo inspectVp9(ByteView frame) {
  rtp::Vp9FrameHeader header;
  if (!rtp::Vp9FrameHeader::parse(frame, header)) return {};
  return {header.keyFrame, header.width, header.height};
}

FrameInfo inspectH264(ByteView frame) {
  FrameInfo out;
  std::vector<ByteView> units;
  rtp::splitAnnexB(frame, units);
  for (const ByteView unit : units) {
    const uint8_t type = rtp::H264Syntax::typeOf(unit[0]);
    out.keyFrame |= type == rtp::H264Syntax::kIdrSlice;
    if (type != rtp::H264Syntax::kSps) continue;
    const auto sps = H264Sps::parse(unit);
    if (!sps) continue;
    out.width = sps->width;
    out.height = sps->height;
  }
  return out;
}

FrameInfo inspectH265(ByteView frame) {
  FrameInfo out;
  std::vector<ByteView> units;
  rtp::splitAnnexB(frame, units);
  for (const ByteView unit : units)
    out.keyFrame |=
        unit.size() >= rtp::H265Syntax::kHeaderSize && rtp::H265Syntax::isKeySlice(rtp::H265Syntax::load(unit.data()));
  return out;
}

// A temporal unit with a sequence header is where decoding can start (AV1 §7.5).
FrameInfo inspectAv1(ByteView frame) {
  rtp::ObuHeader obu;
  while (!frame.empty() && rtp::ObuHeader::parse(frame, obu)) {
    if (obu.type == rtp::ObuHeader::kSequenceHeader) {
      const auto sequence = Av1Sequence::parse(frame.subspan(obu.headerSize + obu.sizeField, obu.bodySize));
      return sequence ? FrameInfo{true, sequence->width, sequence->height} : FrameInfo{true, 0, 0};
    }
    frame = frame.subspan(obu.size());
  }
  return {};
}

}  // namespace

std::optional<VideoFormat> videoPayloadFormat(const CodecFormat& format) {
  if (format.kind != CodecKind::kVideo) return std::nullopt;
  for (const VideoFormat known :
       {VideoFormat::kVp8, VideoFormat::kVp9, VideoFormat::kH264, VideoFormat::kH265, VideoFormat::kAv1})
    if (format.is(rtp::encodingName(known))) return known;
  return std::nullopt;
}

Result<std::unique_ptr<VideoPacketizer>> makeVideoPacketizer(const CodecFormat& format, RandomSource& random) {
  using Made = std::unique_ptr<VideoPacketizer>;
  const auto known = videoPayloadFormat(format);
  if (!known) return {ErrorCode::kUnsupported, "no payload format is known for " + format.name};
  // RFC 7741 §4.2, RFC 9628 §4.2: picture ids start at random; the packetizer takes the bits that count.
  const auto pictureId = [&] { return static_cast<uint16_t>(random.u32()); };
  switch (*known) {
    case VideoFormat::kVp8: return Made(std::make_unique<PacketizerOf<rtp::Vp8Packetizer>>(pictureId()));
    case VideoFormat::kVp9: return Made(std::make_unique<PacketizerOf<rtp::Vp9Packetizer>>(pictureId()));
    case VideoFormat::kH264: {
      // RFC 6184 §8.1; mode 2 is not spoken in WebRTC (RFC 7742 §6.2), nor is what is no mode.
      const uint32_t mode = format.number("packetization-mode", 0);
      if (mode > 1) return {ErrorCode::kUnsupported, "H.264 is sent in packetization-mode 0 or 1"};
      return Made(std::make_unique<PacketizerOf<rtp::H264Packetizer>>(
          mode == 0 ? rtp::H264PacketizationMode::kSingleNalUnit : rtp::H264PacketizationMode::kNonInterleaved));
    }
    case VideoFormat::kH265: return Made(std::make_unique<PacketizerOf<rtp::H265Packetizer>>());
    case VideoFormat::kAv1: return Made(std::make_unique<PacketizerOf<rtp::Av1Packetizer>>());
  }
  return {ErrorCode::kUnsupported, "no payload format is known for " + format.name};
}

FrameInfo inspectVideoFrame(VideoFormat format, ByteView frame) {
  switch (format) {
    case VideoFormat::kVp8: return inspectVp8(frame);
    case VideoFormat::kVp9: return inspectVp9(frame);
    case VideoFormat::kH264: return inspectH264(frame);
    case VideoFormat::kH265: return inspectH265(frame);
    case VideoFormat::kAv1: return inspectAv1(frame);
  }
  return {};
}

}  // namespace tincan::inline v0::media
