#include <benchmark/benchmark.h>

#include "media/opus_decoder.h"
#include "media/opus_encoder.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "media/vp8_decoder.h"
#include "media/vp8_encoder.h"

namespace tincan::media {
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

void encodeVp8(benchmark::State& state) {
  const SyntheticCamera camera;
  std::vector<VideoFrame> frames(60);
  for (uint32_t i = 0; i < frames.size(); ++i) camera.paint(i, frames[i]);
  Vp8Encoder encoder(640, 480, 30, 1'000'000);
  uint32_t index = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    VideoFrame& frame = frames[index % frames.size()];
    frame.rtpTimestamp = index++ * 3000;
    bytes += encoder.encode(frame, false)->data.size();
  }
  state.counters["bytes/frame"] = static_cast<double>(bytes) / static_cast<double>(index);
}
BENCHMARK(encodeVp8);

void decodeVp8(benchmark::State& state) {
  const SyntheticCamera camera;
  Vp8Encoder encoder(640, 480, 30, 1'000'000);
  std::vector<Bytes> frames;
  VideoFrame frame;
  for (uint32_t i = 0; i < 60; ++i) {
    camera.paint(i, frame);
    frame.rtpTimestamp = i * 3000;
    frames.push_back(encoder.encode(frame, false)->data);
  }
  Vp8Decoder decoder;
  size_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(frames[index++ % frames.size()]).ok());
}
BENCHMARK(decodeVp8);

void encodeOpus(benchmark::State& state) {
  ToneMicrophone microphone;
  AudioFrame frame;
  microphone.capture(TimePoint(), frame);
  OpusEncoder encoder;
  for (auto _ : state) benchmark::DoNotOptimize(encoder.encode(frame).ok());
}
BENCHMARK(encodeOpus);

void decodeOpus(benchmark::State& state) {
  ToneMicrophone microphone;
  AudioFrame frame;
  microphone.capture(TimePoint(), frame);
  OpusEncoder encoder;
  const Bytes packet = *encoder.encode(frame);
  OpusDecoder decoder;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(packet).ok());
}
BENCHMARK(decodeOpus);

}  // namespace
}  // namespace tincan::media
