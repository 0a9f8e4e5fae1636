#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "media/codec/codec_factory.h"

namespace tincan::inline v0::stack {

inline media::CodecFormat videoFormat(std::string name,
                                      std::vector<std::pair<std::string, std::string>> parameters = {}) {
  return {media::CodecKind::kVideo, std::move(name), 90'000, 1, std::move(parameters)};
}
inline media::CodecFormat audioFormat(std::string name, uint32_t clockRate, uint8_t channels = 1,
                                      std::vector<std::pair<std::string, std::string>> parameters = {}) {
  return {media::CodecKind::kAudio, std::move(name), clockRate, channels, std::move(parameters)};
}

/// Can be encoded and decoded, and is offered.
inline media::SupportedFormat both(media::CodecFormat format) {
  return {std::move(format), true, true, true};
}

/// Promises formats and has no codec for them: what descriptions say can be tested with it.
class ListedCodecs : public media::CodecFactory {
 public:
  ListedCodecs(std::vector<media::SupportedFormat> audio, std::vector<media::SupportedFormat> video)
      : audio_(std::move(audio)), video_(std::move(video)) {}

  std::vector<media::SupportedFormat> formats(media::CodecKind kind) const override {
    return kind == media::CodecKind::kAudio ? audio_ : video_;
  }
  Result<std::unique_ptr<media::VideoEncoder>> videoEncoder(const media::CodecFormat&,
                                                            const media::VideoEncoderSettings&) const override {
    return none();
  }
  Result<std::unique_ptr<media::VideoDecoder>> videoDecoder(const media::CodecFormat&) const override { return none(); }
  Result<std::unique_ptr<media::AudioEncoder>> audioEncoder(const media::CodecFormat&,
                                                            const media::AudioEncoderSettings&) const override {
    return none();
  }
  Result<std::unique_ptr<media::AudioDecoder>> audioDecoder(const media::CodecFormat&) const override { return none(); }
  Result<std::unique_ptr<media::VideoPacketizer>> packetizer(const media::CodecFormat&, RandomSource&) const override {
    return none();
  }
  std::optional<rtp::VideoFormat> payloadFormat(const media::CodecFormat&) const override { return std::nullopt; }
  FrameInfo inspect(const media::CodecFormat&, ByteView) const override { return {}; }

 private:
  static Error none() { return {ErrorCode::kUnsupported, "only a list"}; }

  std::vector<media::SupportedFormat> audio_, video_;
};

/// What every build has in its list, whatever else it has: VP8 and Opus.
inline const ListedCodecs& vp8AndOpus() {
  static const ListedCodecs codecs(
      {{audioFormat("opus", 48'000, 2, {{"minptime", "10"}, {"useinbandfec", "1"}}), true, true, true}},
      {{videoFormat("VP8"), true, true, true}});
  return codecs;
}

/// Codecs that nobody else has: black and white pictures, a bit for each pixel, behind a header of VP8's form (RFC 6386
/// §9.1), whose payload format carries them; and sound as 8 bits at 8 kHz, by a clock of 16 kHz.
class TestCodecs final : public ListedCodecs {
 public:
  TestCodecs()
      : ListedCodecs({{audioFormat("X-SOUND", 16'000, 1, {{"x", "1"}}), true, true, true}},
                     {{videoFormat("X-TEST", {{"colour", "none"}}), true, true, true}}) {}

  Result<std::unique_ptr<media::VideoEncoder>> videoEncoder(const media::CodecFormat&,
                                                            const media::VideoEncoderSettings&) const override {
    return std::unique_ptr<media::VideoEncoder>(std::make_unique<Encoder>());
  }
  Result<std::unique_ptr<media::VideoDecoder>> videoDecoder(const media::CodecFormat&) const override {
    return std::unique_ptr<media::VideoDecoder>(std::make_unique<Decoder>());
  }
  Result<std::unique_ptr<media::AudioEncoder>> audioEncoder(const media::CodecFormat&,
                                                            const media::AudioEncoderSettings&) const override {
    return std::unique_ptr<media::AudioEncoder>(std::make_unique<SoundEncoder>());
  }
  Result<std::unique_ptr<media::AudioDecoder>> audioDecoder(const media::CodecFormat&) const override {
    return std::unique_ptr<media::AudioDecoder>(std::make_unique<SoundDecoder>());
  }
  Result<std::unique_ptr<media::VideoPacketizer>> packetizer(const media::CodecFormat&,
                                                             RandomSource& random) const override {
    return media::builtInCodecs().packetizer(videoFormat("VP8"), random);
  }
  std::optional<rtp::VideoFormat> payloadFormat(const media::CodecFormat&) const override {
    return rtp::VideoFormat::kVp8;
  }
  FrameInfo inspect(const media::CodecFormat&, ByteView frame) const override {
    if (frame.size() < kHeader || (frame[0] & 1) != 0) return {};
    return {true, frame[6] | frame[7] << 8, frame[8] | frame[9] << 8};
  }

 private:
  static constexpr size_t kHeader = 10, kRatio = 6;

  class Encoder final : public media::VideoEncoder {
   public:
    Result<void> encode(const media::VideoFrame& picture, bool forceKeyFrame,
                        std::vector<media::EncodedVideo>& out) override {
      const bool keyFrame = std::exchange(first_, false) || forceKeyFrame;
      const auto low = [](int value) { return static_cast<uint8_t>(value); };
      media::EncodedVideo frame;
      frame.keyFrame = keyFrame;
      frame.rtpTimestamp = picture.rtpTimestamp;
      frame.time = picture.captured;
      frame.data = {low(keyFrame ? 0 : 1),
                    0,
                    0,
                    0x9d,
                    0x01,
                    0x2a,
                    low(picture.width),
                    low(picture.width >> 8),
                    low(picture.height),
                    low(picture.height >> 8)};
      const ByteView luma = picture.y();
      frame.data.resize(kHeader + (luma.size() + 7) / 8);
      for (size_t i = 0; i < luma.size(); ++i)
        if (luma[i] > 127) frame.data[kHeader + i / 8] |= static_cast<uint8_t>(1 << i % 8);
      out.push_back(std::move(frame));
      return {};
    }
    void setRates(uint32_t, double) override {}
    std::string_view implementation() const override { return "test"; }

   private:
    bool first_ = true;
  };

  class Decoder final : public media::VideoDecoder {
   public:
    Result<media::VideoFrame> decode(ByteView frame) override {
      if (frame.size() < kHeader) return {ErrorCode::kMalformed, "short"};
      if ((frame[0] & 1) != 0 && !started_) return {ErrorCode::kMalformed, "no key frame"};
      started_ = true;
      media::VideoFrame picture = media::VideoFrame::black(frame[6] | frame[7] << 8, frame[8] | frame[9] << 8);
      MutableByteView luma = picture.y();
      if (frame.size() != kHeader + (luma.size() + 7) / 8) return {ErrorCode::kMalformed, "of another size"};
      for (size_t i = 0; i < luma.size(); ++i) luma[i] = (frame[kHeader + i / 8] >> i % 8 & 1) != 0 ? 235 : 16;
      return picture;
    }
    std::string_view implementation() const override { return "test"; }

   private:
    bool started_ = false;
  };

  class SoundEncoder final : public media::AudioEncoder {
   public:
    Result<void> encode(const media::AudioFrame& sound, std::vector<media::EncodedAudio>& out) override {
      media::EncodedAudio packet;
      packet.time = sound.captured;
      packet.rtpTimestamp = sound.rtpTimestamp;
      for (size_t i = 0; i < sound.samplesPerChannel(); i += kRatio)
        packet.data.push_back(static_cast<uint8_t>(sound.samples[i * static_cast<size_t>(sound.channels)] >> 8));
      out.push_back(std::move(packet));
      return {};
    }
    void setBitrate(uint32_t) override {}
    uint32_t bitrate() const override { return 64'000; }
    Duration packetTime() const override { return media::AudioFrame::kDuration; }
  };

  class SoundDecoder final : public media::AudioDecoder {
   public:
    Result<media::AudioFrame> decode(ByteView payload) override {
      media::AudioFrame sound;
      for (const uint8_t sample : payload)
        sound.samples.insert(sound.samples.end(), kRatio, static_cast<int16_t>(static_cast<int8_t>(sample) * 256));
      return sound;
    }
    Result<media::AudioFrame> conceal(uint32_t samples) override {
      media::AudioFrame silence;
      silence.samples.resize(samples);
      return silence;
    }
    Result<media::AudioFrame> recover(ByteView, uint32_t samples) override { return conceal(samples); }
    uint32_t duration(ByteView payload) const override { return static_cast<uint32_t>(payload.size() * 2); }
  };
};

}  // namespace tincan::inline v0::stack
