#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/random.h"
#include "media/codec/agreed_format.h"
#include "media/codec/codec_factory.h"
#include "media/codec/payload_types.h"

namespace tincan::inline v0::fuzz {

/// A line "name clock channels key=value;key=value…" as rtpmap and fmtp would say it, then frames behind 16 bits of
/// length each. The factory makes of the format what it can; a decoder takes the frames, whatever they are.
class CodecFuzzer {
 public:
  explicit CodecFuzzer(ByteView data) {
    const std::string_view text = asText(data);
    const size_t end = text.find('\n');
    readFormat(text.substr(0, end));
    frames_ = end == std::string_view::npos ? ByteView() : data.subspan(end + 1);
  }

  void run() {
    for (const auto kind : {media::CodecKind::kVideo, media::CodecKind::kAudio}) {
      format_.kind = kind;
      compare(kind);
      kind == media::CodecKind::kVideo ? runVideo() : runAudio();
    }
  }

 private:
  static void check(bool good) {
    if (!good) std::abort();
  }
  static std::string_view word(std::string_view& rest, char until) {
    const std::string_view out = rest.substr(0, rest.find(until));
    rest.remove_prefix(std::min(rest.size(), out.size() + 1));
    return out;
  }
  void readFormat(std::string_view line) {
    format_.name = word(line, ' ');
    media::CodecFormat numbers;
    numbers.parameters = {{"clock", std::string(word(line, ' '))}, {"channels", std::string(word(line, ' '))}};
    format_.clockRate = numbers.number("clock", 90'000);
    format_.channels = static_cast<uint8_t>(numbers.number("channels", 1));
    while (!line.empty()) {
      std::string_view value = word(line, ';');
      const std::string_view key = word(value, '=');
      format_.parameters.emplace_back(key, value);
    }
  }

  void compare(media::CodecKind kind) {
    for (const auto& supported : media::builtInCodecs().formats(kind)) {
      const bool same = media::sameCodec(format_, supported.format);
      check(same == media::sameCodec(supported.format, format_));
      if (!same) continue;
      (void)media::answeredFormat(supported.format, format_);
      (void)media::sendingFormat(supported.format, format_);
    }
  }

  bool nextFrame(ByteReader& reader, ByteView& out) {
    if (reader.remaining() < 2) return false;
    const size_t size = reader.u16();
    out = reader.view(std::min(size, reader.remaining()));
    return true;
  }

  void runVideo() {
    const media::CodecFactory& codecs = media::builtInCodecs();
    SeededRandom random(1);
    (void)codecs.packetizer(format_, random);
    media::VideoEncoderSettings settings;
    settings.maxSliceBytes = 1000;
    if (auto encoder = codecs.videoEncoder(format_, settings)) {
      std::vector<media::EncodedVideo> out;
      (void)(*encoder)->encode(media::VideoFrame::black(32, 32), false, out);
      check(out.size() <= 1);
    }
    auto decoder = codecs.videoDecoder(format_);
    ByteReader reader(frames_);
    ByteView frame;
    for (int n = 0; n < 16 && nextFrame(reader, frame); ++n) {
      (void)codecs.inspect(format_, frame);
      if (!decoder) continue;
      const auto picture = (*decoder)->decode(frame);
      if (!picture) continue;
      check(picture->width >= 1 && picture->width <= media::VideoFrame::kMaxSide);
      check(picture->height >= 1 && picture->height <= media::VideoFrame::kMaxSide);
      check(picture->pixels.size() == media::VideoFrame::sizeOf(picture->width, picture->height));
    }
  }

  void runAudio() {
    const media::CodecFactory& codecs = media::builtInCodecs();
    if (auto encoder = codecs.audioEncoder(format_, {})) {
      media::AudioFrame silence;
      silence.samples.resize(media::AudioFrame::kSamples);
      std::vector<media::EncodedAudio> out;
      for (int n = 0; n < 4; ++n) check((*encoder)->encode(silence, out).ok());
      check((*encoder)->packetTime() > Duration::zero());
      check(out.size() <= 16);
    }
    auto decoder = codecs.audioDecoder(format_);
    if (!decoder) return;
    ByteReader reader(frames_);
    ByteView payload;
    for (int n = 0; n < 16 && nextFrame(reader, payload); ++n) {
      (void)(*decoder)->duration(payload);
      (void)(*decoder)->mayPause(payload);
      checkSound((*decoder)->decode(payload));
      checkSound((*decoder)->conceal(static_cast<uint32_t>(payload.size()) * 7));
      checkSound((*decoder)->recover(payload, 960));
    }
  }
  static void checkSound(const Result<media::AudioFrame>& sound) {
    if (!sound) return;
    check(sound->channels == 1 || sound->channels == 2);
    check(sound->samplesPerChannel() <= 48u * 121);
  }

  media::CodecFormat format_;
  ByteView frames_;
};

inline void fuzzMediaCodec(ByteView data) {
  CodecFuzzer(data).run();
}

}  // namespace tincan::inline v0::fuzz
