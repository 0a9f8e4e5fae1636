#include "apps/call/recorder.h"

#include <cmath>
#include <functional>

#include "media/png_writer.h"

namespace tincan::inline v0::apps {

void Recorder::watch(const std::shared_ptr<stack::RtpReceiver>& receiver) {
  receiver->onencodedframe = [this, weak = std::weak_ptr(receiver)](const stack::EncodedFrame& frame) {
    if (const auto owner = weak.lock()) record(*owner, frame);
  };
  const auto track = receiver->track();
  if (track->isVideo()) {
    track->addVideoSink([this](const media::VideoFrame& frame) { see(frame); });
    watchLayers(*receiver);
  } else {
    track->addAudioSink([this](const media::AudioFrame& frame) { hear(frame); });
  }
}

void Recorder::watchLayers(const stack::RtpReceiver& receiver) {
  for (const stack::ReceivedLayer& layer : receiver.layers()) {
    const size_t index = seen_.layers.size();
    seen_.layers.push_back({layer.rid});
    layer.track->addVideoSink([this, index](const media::VideoFrame& frame) {
      Seen::Layer& seen = seen_.layers[index];
      ++seen.frames;
      seen.width = frame.width;
      seen.height = frame.height;
    });
  }
}

void Recorder::expect(bool video, bool audio) {
  if (writer_) return;
  expectVideo_ = video;
  expectAudio_ = audio;
}

void Recorder::record(const stack::RtpReceiver& receiver, const stack::EncodedFrame& frame) {
  if (recording_.empty() || error_) return;
  // Of several encodings the last, which is the largest by custom: the file has one track of pictures.
  if (!frame.rid.empty() && !receiver.layers().empty() && receiver.layers().back().rid != frame.rid) return;
  if (frame.codec != "VP8" && frame.codec != "opus") {
    leftOut_.emplace(frame.codec);
    return;
  }
  const bool video = frame.kind == stack::MediaKind::kVideo;
  if (!writer_) {
    media::WebmWriter::Config config;
    config.video = expectVideo_ || video;
    config.audio = expectAudio_ || !video;
    auto opened = media::WebmWriter::open(recording_, config);
    if (!opened) return keep(opened.error());
    writer_.emplace(std::move(opened).value());
  }
  const TimePoint time = (video ? videoClock_ : audioClock_).timeOf(frame.rtpTimestamp, frame.received);
  keep(video ? writer_->writeVideo(frame.data, frame.keyFrame, time) : writer_->writeAudio(frame.data, time));
}

void Recorder::see(const media::VideoFrame& frame) {
  ++seen_.frames;
  if (!seen_.firstFrame) seen_.firstFrame = frame.captured;
  if (hashes_.size() < kMaxHashes && hashes_.insert(std::hash<std::string_view>()(asText(frame.pixels))).second) {
    ++seen_.distinctFrames;
  }
  last_ = frame;
}

void Recorder::hear(const media::AudioFrame& frame) {
  ++seen_.audioFrames;
  const double rms = frame.rms();
  energy_ += rms * rms;
  seen_.audioRms = std::sqrt(energy_ / static_cast<double>(seen_.audioFrames));
}

Result<void> Recorder::finish() {
  if (writer_) {
    keep(writer_->close());
    writer_.reset();
    if (!error_) written_.push_back(recording_);
  }
  if (!picture_.empty() && !last_.empty()) {
    Result<void> picture = media::writePng(picture_, last_);
    if (picture) written_.push_back(picture_);
    keep(std::move(picture));
  }
  last_ = {};
  if (error_) return *error_;
  return {};
}

void Recorder::keep(Result<void> result) {
  if (!result && !error_) error_ = result.error();
}

}  // namespace tincan::inline v0::apps
