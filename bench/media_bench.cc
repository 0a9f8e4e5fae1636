#include <benchmark/benchmark.h>

#include "media/synthetic_camera.h"
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

}  // namespace
}  // namespace tincan::inline v0::media
