#include "devices/ffmpeg/av_speaker.h"

#include <cstring>
#include <utility>

namespace tincan::inline v0::devices {
namespace {

constexpr const char* kBuffer = "60";  // milliseconds that the server keeps: three frames

// From one number of channels to another: a mono frame to both, stereo to their mean.
std::vector<int16_t> withChannels(const media::AudioFrame& frame, int channels) {
  if (frame.channels == channels) return frame.samples;
  std::vector<int16_t> out;
  out.reserve(frame.samplesPerChannel() * static_cast<size_t>(channels));
  for (size_t i = 0; i < frame.samplesPerChannel(); ++i) {
    int sum = 0;
    for (int c = 0; c < frame.channels; ++c)
      sum += frame.samples[i * static_cast<size_t>(frame.channels) + static_cast<size_t>(c)];
    out.insert(out.end(), static_cast<size_t>(channels), static_cast<int16_t>(sum / frame.channels));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Speaker>> AvSpeaker::open(const std::string& name, int channels) {
  if (auto prepared = prepareAv(); !prepared) return prepared.error();
  const std::string what = "the speaker " + name;
  AVFormatContext* context = nullptr;
  int done =
      avformat_alloc_output_context2(&context, av_guess_format("pulse", nullptr, nullptr), nullptr, name.c_str());
  if (done < 0) return avError(done, what);
  std::unique_ptr<AvSpeaker> speaker(new AvSpeaker(channels));
  speaker->output_.reset(context);
  AVStream* stream = avformat_new_stream(context, nullptr);
  if (!stream) return avError(AVERROR(ENOMEM), what);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->codecpar->codec_id = AV_CODEC_ID_PCM_S16LE;
  stream->codecpar->format = AV_SAMPLE_FMT_S16;
  stream->codecpar->sample_rate = media::AudioFrame::kRate;
  av_channel_layout_default(&stream->codecpar->ch_layout, channels);
  stream->time_base = {1, media::AudioFrame::kRate};
  AVDictionary* options = nullptr;
  av_dict_set(&options, "name", "tincan", 0);
  av_dict_set(&options, "buffer_duration", kBuffer, 0);
  av_dict_set(&options, "device", name.c_str(), 0);
  done = avformat_write_header(context, &options);
  av_dict_free(&options);
  if (done < 0) return avError(done, what);
  speaker->thread_ = std::thread([raw = speaker.get()] { raw->run(); });
  return std::unique_ptr<Speaker>(std::move(speaker));
}

AvSpeaker::~AvSpeaker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  av_write_trailer(output_.get());
}

void AvSpeaker::play(const media::AudioFrame& frame) {
  if (frame.channels <= 0 || frame.samples.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(withChannels(frame, channels_));
    if (waiting_.size() > kMostWaiting) {
      waiting_.pop_front();
      ++dropped_;
    }
  }
  changed_.notify_one();
}

uint64_t AvSpeaker::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void AvSpeaker::run() {
  while (true) {
    std::vector<int16_t> samples;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      samples = std::move(waiting_.front());
      waiting_.pop_front();
    }
    if (!write(samples)) return;  // unplugged: what comes is dropped
  }
}

bool AvSpeaker::write(const std::vector<int16_t>& samples) {
  AvPtr<AVPacket> packet(av_packet_alloc());
  const size_t size = samples.size() * sizeof(int16_t);
  if (!packet || av_new_packet(packet.get(), static_cast<int>(size)) < 0) return false;
  std::memcpy(packet->data, samples.data(), size);
  packet->pts = packet->dts = written_;
  written_ += static_cast<int64_t>(samples.size()) / channels_;
  return av_write_frame(output_.get(), packet.get()) >= 0;
}

}  // namespace tincan::inline v0::devices
