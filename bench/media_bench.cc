#include <map>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "media/codec/codec_factory.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "media/video_scaler.h"

namespace tincan::inline v0::media {
namespace {

// The raw primitive under painting: moving as many bytes.
void copyPicture(benchmark::State& state) {
  const VideoFrame from = VideoFrame::black(640, 480);
  VideoFrame to = from;
  for (auto _ : state) {
    std::copy(from.pixels.begin(), from.pixels.end(), to.pixels.begin());
    benchmark::DoNotOptimize(to.pixels.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(copyPicture);

void paintCamera(benchmark::State& state) {
  const SyntheticCamera camera;
  VideoFrame frame;
  uint32_t index = 0;
  for (auto _ : state) {
    camera.paint(index++, frame);
    benchmark::DoNotOptimize(frame.pixels.data());
  }
}
BENCHMARK(paintCamera);

void openCamera(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(SyntheticCamera().width());
}
BENCHMARK(openCamera);

void readCounter(benchmark::State& state) {
  const SyntheticCamera camera;
  VideoFrame frame;
  camera.paint(1234, frame);
  for (auto _ : state) benchmark::DoNotOptimize(SyntheticCamera::readFrameCounter(frame));
}
BENCHMARK(readCounter);

void pictureToRgb(benchmark::State& state) {
  const SyntheticCamera camera;
  VideoFrame frame;
  camera.paint(1234, frame);
  for (auto _ : state) benchmark::DoNotOptimize(toRgb24(frame));
}
BENCHMARK(pictureToRgb);

void halvePicture(benchmark::State& state) {
  const SyntheticCamera camera({.width = 640, .height = 360});
  VideoFrame frame;
  camera.paint(1234, frame);
  for (auto _ : state) benchmark::DoNotOptimize(VideoScaler().scale(frame, 320, 180).ok());
}
BENCHMARK(halvePicture);

// Two seconds of the test card, 640 x 360 at 30 frames a second and 600 kb/s.
constexpr int kWidth = 640, kHeight = 360;
constexpr uint32_t kPictures = 60;

const std::vector<VideoFrame>& pictures() {
  static const auto made = [] {
    const SyntheticCamera camera({.width = kWidth, .height = kHeight});
    std::vector<VideoFrame> out(kPictures);
    for (uint32_t i = 0; i < kPictures; ++i) camera.paint(i, out[i]);
    return out;
  }();
  return made;
}

std::unique_ptr<VideoEncoder> encoderOf(const CodecFormat& format) {
  VideoEncoderSettings settings;
  settings.width = kWidth;
  settings.height = kHeight;
  settings.bitrateBps = 600'000;
  settings.maxSliceBytes = 1100;
  return std::move(builtInCodecs().videoEncoder(format, settings)).value();
}

void encodeVideo(benchmark::State& state, const CodecFormat& format) {
  const auto encoder = encoderOf(format);
  const auto& frames = pictures();
  std::vector<EncodedVideo> out;
  uint32_t index = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    VideoFrame picture = frames[index % kPictures];
    picture.rtpTimestamp = index++ * 3000;
    out.clear();
    state.ResumeTiming();
    if (!encoder->encode(picture, false, out)) state.SkipWithError("cannot encode");
    for (const EncodedVideo& frame : out) bytes += frame.data.size();
  }
  state.counters["bytes/frame"] = static_cast<double>(bytes) / static_cast<double>(index);
}

void decodeVideo(benchmark::State& state, const CodecFormat& format) {
  const auto encoder = encoderOf(format);
  std::vector<EncodedVideo> frames;
  for (uint32_t i = 0; i < kPictures; ++i) {
    VideoFrame picture = pictures()[i];
    picture.rtpTimestamp = i * 3000;
    (void)encoder->encode(picture, false, frames);
  }
  const auto decoder = std::move(builtInCodecs().videoDecoder(format)).value();
  size_t index = 0;
  for (auto _ : state)
    if (!decoder->decode(frames[index++ % frames.size()].data)) state.SkipWithError("cannot decode");
}

void encodeAudio(benchmark::State& state, const CodecFormat& format) {
  ToneMicrophone microphone;
  AudioFrame frame;
  microphone.capture(TimePoint(), frame);
  const auto encoder = std::move(builtInCodecs().audioEncoder(format, {})).value();
  std::vector<EncodedAudio> out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(encoder->encode(frame, out).ok());
    frame.captured += AudioFrame::kDuration;
  }
}

void decodeAudio(benchmark::State& state, const CodecFormat& format) {
  ToneMicrophone microphone;
  AudioFrame frame;
  microphone.capture(TimePoint(), frame);
  std::vector<EncodedAudio> out;
  (void)(*builtInCodecs().audioEncoder(format, {}))->encode(frame, out);
  const auto decoder = std::move(builtInCodecs().audioDecoder(format)).value();
  for (auto _ : state) benchmark::DoNotOptimize(decoder->decode(out.at(0).data).ok());
}

// "encode/VP9", "decode/H264 packetization-mode=0": of each codec that is there, once for each configuration that costs
// another amount.
std::string nameOf(const CodecFormat& format) {
  std::string out = format.name;
  if (format.number("profile-id", 0) != 0) out += " profile-id=" + std::string(format.parameter("profile-id"));
  if (format.is("H264")) out += " packetization-mode=" + std::string(format.parameter("packetization-mode", "0"));
  if (format.is("L16")) out += "/" + std::to_string(format.clockRate) + "/" + std::to_string(int{format.channels});
  return out;
}

[[maybe_unused]] const bool registered = [] {
  std::map<std::string, bool> seen;
  for (const auto kind : {CodecKind::kVideo, CodecKind::kAudio})
    for (const SupportedFormat& supported : builtInCodecs().formats(kind)) {
      const CodecFormat format = supported.format;
      const bool video = kind == CodecKind::kVideo;
      const std::string name = nameOf(format);
      if (!supported.encodes || std::exchange(seen[name], true)) continue;
      const auto add = [&](const char* what, auto run) {
        benchmark::RegisterBenchmark((what + name).c_str(),
                                     [run, format](benchmark::State& state) { run(state, format); });
      };
      add("encode/", video ? encodeVideo : encodeAudio);
      if (supported.decodes) add("decode/", video ? decodeVideo : decodeAudio);
    }
  return true;
}();

}  // namespace
}  // namespace tincan::inline v0::media
