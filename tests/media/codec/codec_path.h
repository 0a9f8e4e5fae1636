#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "media/synthetic_camera.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/vp8.h"

namespace tincan::inline v0::media {

/// The formats of the built-in factory that can be encoded and decoded here.
inline std::vector<SupportedFormat> codedFormats(CodecKind kind) {
  std::vector<SupportedFormat> out;
  for (const SupportedFormat& format : builtInCodecs().formats(kind))
    if (format.encodes && format.decodes) out.push_back(format);
  return out;
}

/// A name for a parameter of a test: "H264_42e01f_1".
inline std::string testName(const CodecFormat& format) {
  std::string name = format.name + "_" + std::to_string(format.clockRate / 1000) + "_" +
                     std::to_string(static_cast<int>(format.channels));
  for (const auto& [key, value] : format.parameters) name += "_" + value;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

/// Of the luma, in dB.
inline double psnr(const VideoFrame& a, const VideoFrame& b) {
  if (a.width != b.width || a.height != b.height) return 0;
  double sum = 0;
  const ByteView left = a.y(), right = b.y();
  for (size_t i = 0; i < left.size(); ++i) {
    const double difference = static_cast<double>(left[i]) - right[i];
    sum += difference * difference;
  }
  const double mean = sum / static_cast<double>(left.size());
  return mean == 0 ? 99 : 10 * std::log10(255 * 255 / mean);
}

/// What lies between an encoder and a decoder: payloads, and frames made of them again.
class PayloadPath {
 public:
  static constexpr size_t kMaxPayload = 1100;

  explicit PayloadPath(const CodecFormat& format) : format_(*builtInCodecs().payloadFormat(format)) {
    SeededRandom random(5);
    packetizer_ = *builtInCodecs().packetizer(format, random);
  }

  /// What a decoder gets of it; fails the test where packets and frame do not agree.
  Bytes carry(const EncodedVideo& frame) {
    std::vector<PacketBuffer> packets;
    std::vector<rtp::Depacketized> infos;
    packetizer_->setFrame(frame, kMaxPayload);
    const size_t promised = packetizer_->packetsLeft();
    size_t room = 0;
    bool last = false;
    for (PacketBuffer packet = pool_.allocate(); packetizer_->next(packet, last); packet = pool_.allocate()) {
      EXPECT_LE(packet.size(), kMaxPayload);
      rtp::Depacketized info;
      EXPECT_TRUE(rtp::depacketize(format_, packet.view(), last, info));
      room += info.frameBytes();
      packets.push_back(std::move(packet));
      infos.push_back(info);
    }
    EXPECT_EQ(packets.size(), promised);
    EXPECT_TRUE(last);
    EXPECT_FALSE(infos.empty());
    if (infos.empty()) return {};
    EXPECT_EQ(infos.front().keyFrame, frame.keyFrame);
    Bytes out;
    rtp::FrameWriter writer(out, room);
    for (const auto& info : infos) writer.add(info);
    EXPECT_TRUE(writer.finish());
    return out;
  }

 private:
  rtp::VideoFormat format_;
  PacketPool pool_;
  std::unique_ptr<VideoPacketizer> packetizer_;
};

/// The same for the layers of a picture, each of which is packetized by itself.
class LayeredPath {
 public:
  explicit LayeredPath(const CodecFormat& format) : format_(*builtInCodecs().payloadFormat(format)) {
    SeededRandom random(6);
    packetizer_ = *builtInCodecs().packetizer(format, random);
  }

  Bytes carry(const std::vector<EncodedVideo>& layers) {
    std::vector<PacketBuffer> packets;
    std::vector<rtp::Depacketized> infos;
    size_t room = 0;
    bool last = false;
    for (const EncodedVideo& frame : layers) {
      packetizer_->setFrame(frame, PayloadPath::kMaxPayload);
      const size_t first = packets.size();
      for (PacketBuffer packet = pool_.allocate(); packetizer_->next(packet, last); packet = pool_.allocate()) {
        rtp::Depacketized info;
        EXPECT_TRUE(rtp::depacketize(format_, packet.view(), last, info));
        room += info.frameBytes();
        packets.push_back(std::move(packet));
        infos.push_back(info);
      }
      EXPECT_GT(packets.size(), first);
      EXPECT_EQ(last, frame.layer->endOfPicture);
      if (format_ == rtp::VideoFormat::kVp8) {
        rtp::Vp8Descriptor descriptor;
        EXPECT_TRUE(rtp::Vp8Descriptor::parse(packets[first].view(), descriptor));
        EXPECT_EQ(descriptor.temporalLayer, frame.layer->temporal);
        EXPECT_EQ(descriptor.layerSync, frame.layer->layerSync);
        EXPECT_EQ(descriptor.nonReference, frame.layer->nonReference);
        EXPECT_TRUE(descriptor.tl0PictureIndex);
      }
      if (format_ == rtp::VideoFormat::kVp9) {
        EXPECT_EQ(infos[first].temporalLayer, frame.layer->temporal);
        EXPECT_EQ(infos[first].spatialLayer, frame.layer->spatial);
        EXPECT_EQ(infos[first].interLayer, frame.layer->interLayer);
      }
    }
    EXPECT_TRUE(last);
    Bytes out;
    rtp::FrameWriter writer(out, room);
    for (const auto& info : infos) writer.add(info);
    EXPECT_TRUE(writer.finish());
    return out;
  }

 private:
  rtp::VideoFormat format_;
  PacketPool pool_;
  std::unique_ptr<VideoPacketizer> packetizer_;
};

/// Pictures of the test card, numbered.
class Card {
 public:
  Card(int width, int height) : camera_({.width = width, .height = height}) {}
  const VideoFrame& at(uint32_t n) {
    camera_.paint(n, picture_);
    picture_.rtpTimestamp = n * 3000;
    picture_.captured = TimePoint::fromMicros(int64_t{n} * 33'333);
    return picture_;
  }

 private:
  SyntheticCamera camera_;
  VideoFrame picture_;
};

}  // namespace tincan::inline v0::media
