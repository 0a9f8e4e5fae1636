#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "devices/ffmpeg/av.h"
#include "devices/speaker.h"

namespace tincan::inline v0::devices {

/// A speaker whose device is written to on a thread of its own, since writing waits for the device.
class AvSpeaker final : public Speaker {
 public:
  static Result<std::unique_ptr<Speaker>> open(const std::string& name, int channels);
  ~AvSpeaker() override;

  void play(const media::AudioFrame& frame) override;
  uint64_t dropped() const override;

 private:
  static constexpr size_t kMostWaiting = 10;  // 200 ms: more would be heard as a delay

  explicit AvSpeaker(int channels) : channels_(channels) {}
  void run();
  bool write(const std::vector<int16_t>& samples);

  const int channels_;
  AvPtr<AVFormatContext> output_;
  int64_t written_ = 0;  // samples of a channel

  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<int16_t>> waiting_;
  uint64_t dropped_ = 0;
  bool stopping_ = false;
};

}  // namespace tincan::inline v0::devices
