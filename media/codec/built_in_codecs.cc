// Which libraries there are, CMake says (TINCAN_HAVE_…; TINCAN_HAVE_MEDIA unless TINCAN_MEDIA=OFF); this is the one file
// that asks. Each library's classes live in
// a folder of their own, which is built where the library was found.
#include <string>
#include <utility>

#include "media/codec/codec_factory.h"
#include "media/codec/scalability_mode.h"
#include "media/codec/video_payload.h"

#ifdef TINCAN_HAVE_MEDIA
#include "media/codec/comfort_noise.h"
#include "media/codec/sample_audio_decoder.h"
#include "media/codec/sample_audio_encoder.h"
#endif
#ifdef TINCAN_HAVE_SPANDSP
#include "media/codec/libspandsp/g722_coder.h"
#endif

#ifdef TINCAN_HAVE_VPX
#include "media/codec/libvpx/vpx_decoder.h"
#include "media/codec/libvpx/vpx_encoder.h"
#endif
#ifdef TINCAN_HAVE_AOM
#include "media/codec/libaom/aom_encoder.h"
#endif
#ifdef TINCAN_HAVE_DAV1D
#include "media/codec/dav1d/dav1d_decoder.h"
#endif
#ifdef TINCAN_HAVE_OPENH264
#include "media/codec/openh264/openh264_decoder.h"
#include "media/codec/openh264/openh264_encoder.h"
#endif
#ifdef TINCAN_HAVE_OPUS
#include "media/codec/libopus/opus_audio_decoder.h"
#include "media/codec/libopus/opus_audio_encoder.h"
#endif

namespace tincan::inline v0::media {
namespace {

using VideoEncoderMaker = Result<std::unique_ptr<VideoEncoder>> (*)(const CodecFormat&, const VideoEncoderSettings&);
using VideoDecoderMaker = Result<std::unique_ptr<VideoDecoder>> (*)(const CodecFormat&);
using AudioEncoderMaker = Result<std::unique_ptr<AudioEncoder>> (*)(const CodecFormat&, const AudioEncoderSettings&);
using AudioDecoderMaker = Result<std::unique_ptr<AudioDecoder>> (*)(const CodecFormat&);

template <class Encoder, class Decoder>
struct BuiltIn {
  CodecFormat format;
  Encoder encoder = nullptr;
  Decoder decoder = nullptr;
  bool offered = true;
};
using BuiltInVideo = BuiltIn<VideoEncoderMaker, VideoDecoderMaker>;
using BuiltInAudio = BuiltIn<AudioEncoderMaker, AudioDecoderMaker>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

CodecFormat video(std::string name, Parameters parameters = {}) {
  return {CodecKind::kVideo, std::move(name), 90'000, 1, std::move(parameters)};
}

[[maybe_unused]] CodecFormat audio(std::string name, uint32_t clockRate, uint8_t channels, Parameters parameters = {}) {
  return {CodecKind::kAudio, std::move(name), clockRate, channels, std::move(parameters)};
}

// The mode that was asked for, where the codec has so many layers here.
[[maybe_unused]] Result<ScalabilityMode> scalability(const VideoEncoderSettings& settings, int spatialLayers,
                                                     int temporalLayers) {
  const auto mode = ScalabilityMode::parse(settings.scalabilityMode);
  if (mode && mode->spatialLayers <= spatialLayers && mode->temporalLayers <= temporalLayers) return *mode;
  return {ErrorCode::kUnsupported, "this encoder has no scalabilityMode " + settings.scalabilityMode.substr(0, 32) +
                                       ": it has L1T1 to L" + std::to_string(spatialLayers) + "T" +
                                       std::to_string(temporalLayers) + (spatialLayers > 1 ? "_KEY and S3T3h" : "")};
}

#ifdef TINCAN_HAVE_VPX
template <VpxEncoder::Codec codec>
Result<std::unique_ptr<VideoEncoder>> vpxEncoder(const CodecFormat&, const VideoEncoderSettings& settings) {
  const auto mode = scalability(settings, codec == VpxEncoder::Codec::kVp8 ? 1 : 3, 3);
  if (!mode) return mode.error();
  return std::unique_ptr<VideoEncoder>(std::make_unique<VpxEncoder>(codec, settings, *mode));
}

template <VpxDecoder::Codec codec>
Result<std::unique_ptr<VideoDecoder>> vpxDecoder(const CodecFormat&) {
  return std::unique_ptr<VideoDecoder>(std::make_unique<VpxDecoder>(codec));
}
#endif

#ifdef TINCAN_HAVE_OPENH264
Result<std::unique_ptr<VideoEncoder>> h264Encoder(const CodecFormat& format, const VideoEncoderSettings& settings) {
  const auto mode = scalability(settings, 1, 3);
  if (!mode) return mode.error();
  return std::unique_ptr<VideoEncoder>(std::make_unique<Openh264Encoder>(format, settings, *mode));
}

Result<std::unique_ptr<VideoDecoder>> h264Decoder(const CodecFormat&) {
  return std::unique_ptr<VideoDecoder>(std::make_unique<Openh264Decoder>());
}

// RFC 6184 §8.1: level 3.1 is what each side has to take (RFC 7742 §6.2); more may be sent to who takes more.
CodecFormat h264(std::string profileLevelId, std::string packetizationMode) {
  return video("H264", {{"level-asymmetry-allowed", "1"},
                        {"packetization-mode", std::move(packetizationMode)},
                        {"profile-level-id", std::move(profileLevelId)}});
}
#endif

#ifdef TINCAN_HAVE_AOM
Result<std::unique_ptr<VideoEncoder>> av1Encoder(const CodecFormat&, const VideoEncoderSettings& settings) {
  const auto mode = scalability(settings, 3, 3);
  if (!mode) return mode.error();
  return std::unique_ptr<VideoEncoder>(std::make_unique<AomEncoder>(settings, *mode));
}
#else
constexpr VideoEncoderMaker av1Encoder = nullptr;
#endif

#ifdef TINCAN_HAVE_DAV1D
Result<std::unique_ptr<VideoDecoder>> av1Decoder(const CodecFormat&) {
  return std::unique_ptr<VideoDecoder>(std::make_unique<Dav1dDecoder>());
}
#else
constexpr VideoDecoderMaker av1Decoder = nullptr;
#endif

// No codecs: what goes beside one. RED is around ULPFEC and what it protects (RFC 5109 §14.1); FlexFEC is taken up, and
// offered where it is asked for, as Chromium does.
void addRepair(std::vector<BuiltInVideo>& out) {
  out.push_back({video("red"), nullptr, nullptr});
  out.push_back({video("ulpfec"), nullptr, nullptr});
  out.push_back({video("flexfec-03", {{"repair-window", "10000000"}}), nullptr, nullptr, false});
}

// In the order in which they are offered.
std::vector<BuiltInVideo> videoCodecs() {
  std::vector<BuiltInVideo> out;
#ifdef TINCAN_HAVE_VPX
  out.push_back({video("VP8"), vpxEncoder<VpxEncoder::Codec::kVp8>, vpxDecoder<VpxDecoder::Codec::kVp8>});
  out.push_back(
      {video("VP9", {{"profile-id", "0"}}), vpxEncoder<VpxEncoder::Codec::kVp9>, vpxDecoder<VpxDecoder::Codec::kVp9>});
#endif
#ifdef TINCAN_HAVE_OPENH264
  for (const char* profile : {"42001f", "42e01f"})
    for (const char* mode : {"1", "0"}) out.push_back({h264(profile, mode), h264Encoder, h264Decoder});
#endif
  BuiltInVideo av1{video("AV1", {{"level-idx", "5"}, {"profile", "0"}, {"tier", "0"}}), av1Encoder, av1Decoder};
  if (av1.encoder || av1.decoder) out.push_back(std::move(av1));
#ifdef TINCAN_HAVE_VPX
  out.push_back({video("VP9", {{"profile-id", "2"}}), vpxEncoder<VpxEncoder::Codec::kVp9Profile2>,
                 vpxDecoder<VpxDecoder::Codec::kVp9>});
#endif
  // RFC 7798: forwarded, from an encoded source and to onencodedframe.
  out.push_back({video("H265", {{"level-id", "180"}, {"profile-id", "1"}, {"tier-flag", "0"}, {"tx-mode", "SRST"}}),
                 nullptr, nullptr, false});
  if (out.size() > 1) addRepair(out);
  return out;
}

#ifdef TINCAN_HAVE_MEDIA
rtp::SampleFormat sampleFormat(const CodecFormat& format) {
  if (format.is("PCMU")) return rtp::kPcmu;
  if (format.is("PCMA")) return rtp::kPcma;
  if (format.is("G722")) return rtp::kG722;
  return rtp::l16(format.clockRate, format.channels);
}

std::unique_ptr<SampleCoder> sampleCoder(const CodecFormat& format) {
  if (format.is("PCMU") || format.is("PCMA")) return std::make_unique<G711Coder>(format.is("PCMU"));
#ifdef TINCAN_HAVE_SPANDSP
  if (format.is("G722")) return std::make_unique<G722Coder>();
#endif
  return std::make_unique<L16Coder>();
}

Result<std::unique_ptr<AudioEncoder>> sampleEncoder(const CodecFormat& format, const AudioEncoderSettings&) {
  return SampleAudioEncoder::create(format, sampleFormat(format), sampleCoder(format));
}

Result<std::unique_ptr<AudioDecoder>> sampleDecoder(const CodecFormat& format) {
  return SampleAudioDecoder::create(sampleFormat(format), sampleCoder(format));
}

Result<std::unique_ptr<AudioEncoder>> noiseEncoder(const CodecFormat&, const AudioEncoderSettings&) {
  return std::unique_ptr<AudioEncoder>(std::make_unique<ComfortNoiseEncoder>());
}

Result<std::unique_ptr<AudioDecoder>> noiseDecoder(const CodecFormat& format) {
  return ComfortNoiseDecoder::create(format.clockRate);
}

// What needs no library: G.711 (RFC 7874 §3), comfort noise, telephone events, which are no sound, and linear PCM,
// taken up when somebody asks for it.
void addSampleCodecs(std::vector<BuiltInAudio>& out) {
#ifdef TINCAN_HAVE_SPANDSP
  out.push_back({audio("G722", 8'000, 1), sampleEncoder, sampleDecoder});
#endif
  for (const char* name : {"PCMU", "PCMA"}) out.push_back({audio(name, 8'000, 1), sampleEncoder, sampleDecoder});
  out.push_back({audio("CN", 8'000, 1), noiseEncoder, noiseDecoder});
  for (const uint32_t rate : {48'000u, 8'000u})
    out.push_back({audio("telephone-event", rate, 1, {{"0-15", ""}}), nullptr, nullptr});  // RFC 4733 §2.4.1
  for (const uint32_t rate : {48'000u, 44'100u, 32'000u, 16'000u, 8'000u})
    for (const uint8_t channels : {uint8_t{2}, uint8_t{1}})
      out.push_back({audio("L16", rate, channels), sampleEncoder, sampleDecoder, false});
}
#endif

std::vector<BuiltInAudio> audioCodecs() {
  std::vector<BuiltInAudio> out;
#ifdef TINCAN_HAVE_OPUS
  // RFC 7587 §6.1, as browsers say it: packets may be as short as 10 ms, and repairs are welcome.
  out.push_back({audio("opus", 48'000, 2, {{"minptime", "10"}, {"useinbandfec", "1"}}), OpusAudioEncoder::create,
                 OpusAudioDecoder::create});
  // RFC 2198, of Opus: which numbers that has is written anew in each description.
  out.push_back({audio("red", 48'000, 2, {{"111/111", ""}}), nullptr, nullptr});
#endif
#ifdef TINCAN_HAVE_MEDIA
  addSampleCodecs(out);
#endif
  return out;
}

class BuiltInCodecs final : public CodecFactory {
 public:
  std::vector<SupportedFormat> formats(CodecKind kind) const override {
    return kind == CodecKind::kVideo ? list(video_) : list(audio_);
  }

  Result<std::unique_ptr<VideoEncoder>> videoEncoder(const CodecFormat& format,
                                                     const VideoEncoderSettings& settings) const override {
    const auto* codec = find(video_, format);
    if (!codec || !codec->encoder) return unsupported("encode", format);
    return codec->encoder(format, settings);
  }
  Result<std::unique_ptr<VideoDecoder>> videoDecoder(const CodecFormat& format) const override {
    const auto* codec = find(video_, format);
    if (!codec || !codec->decoder) return unsupported("decode", format);
    return codec->decoder(format);
  }
  Result<std::unique_ptr<AudioEncoder>> audioEncoder(const CodecFormat& format,
                                                     const AudioEncoderSettings& settings) const override {
    const auto* codec = find(audio_, format);
    if (!codec || !codec->encoder) return unsupported("encode", format);
    return codec->encoder(format, settings);
  }
  Result<std::unique_ptr<AudioDecoder>> audioDecoder(const CodecFormat& format) const override {
    const auto* codec = find(audio_, format);
    if (!codec || !codec->decoder) return unsupported("decode", format);
    return codec->decoder(format);
  }

  Result<std::unique_ptr<VideoPacketizer>> packetizer(const CodecFormat& format, RandomSource& random) const override {
    return makeVideoPacketizer(format, random);
  }
  std::optional<rtp::VideoFormat> payloadFormat(const CodecFormat& format) const override {
    return videoPayloadFormat(format);
  }
  FrameInfo inspect(const CodecFormat& format, ByteView frame) const override {
    const auto known = videoPayloadFormat(format);
    return known ? inspectVideoFrame(*known, frame) : FrameInfo();
  }

 private:
  template <class Codec>
  static std::vector<SupportedFormat> list(const std::vector<Codec>& codecs) {
    std::vector<SupportedFormat> out;
    for (const Codec& codec : codecs)
      out.push_back({codec.format, codec.encoder != nullptr, codec.decoder != nullptr, codec.offered});
    return out;
  }
  template <class Codec>
  static const Codec* find(const std::vector<Codec>& codecs, const CodecFormat& format) {
    for (const Codec& codec : codecs)
      if (sameCodec(codec.format, format)) return &codec;
    return nullptr;
  }
  static Error unsupported(std::string_view what, const CodecFormat& format) {
    return {ErrorCode::kUnsupported, "this build cannot " + std::string(what) + " " + format.name + "/" +
                                         std::to_string(format.clockRate) +
                                         ": it lacks the library, or the format's parameters are none that it knows"};
  }

  const std::vector<BuiltInVideo> video_ = videoCodecs();
  const std::vector<BuiltInAudio> audio_ = audioCodecs();
};

}  // namespace

const CodecFactory& builtInCodecs() {
  static const BuiltInCodecs codecs;
  return codecs;
}

}  // namespace tincan::inline v0::media
