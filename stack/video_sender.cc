#include "stack/video_sender.h"

#include <utility>

namespace tincan::stack {
namespace {

constexpr double kFrameRate = 30;  // what rate control starts from; the pictures' own times follow

// RFC 7741 §4.1: a 90 kHz clock. Taken from when the picture was captured, so that it agrees with the sender reports.
uint32_t videoTimestamp(TimePoint captured) {
  return static_cast<uint32_t>(captured.micros() * 9 / 100);
}

}  // namespace

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, std::unique_ptr<RtpStreamSender> stream,
                         std::shared_ptr<EventQueue> events, uint32_t bitrate, RandomSource& random, PacketPool& pool)
    : MediaSender(std::move(sender), std::move(stream), std::move(events)),
      pool_(pool),
      packetizer_(static_cast<uint16_t>(random.u32())),
      bitrate_(bitrate) {}

media::SinkId VideoSender::addSink(media::MediaStreamTrack& track) {
  return track.addVideoSink([this](const media::VideoFrame& picture) {
    if (sending()) sendPicture(timeOf(picture.captured), picture);
  });
}

void VideoSender::setBitrate(uint32_t bitrate) {
  bitrate_ = bitrate;
  if (encoder_) encoder_->setBitrate(static_cast<int>(bitrate));
}

void VideoSender::sendPicture(TimePoint now, const media::VideoFrame& picture) {
  if (!encoder_) encoder_.emplace(picture.width, picture.height, kFrameRate, static_cast<int>(bitrate_));
  auto frame = encoder_->encode(picture, keyFrames_.poll(now));
  if (!frame || frame->data.empty()) return;
  ++framesEncoded_;
  if (frame->keyFrame) ++keyFramesEncoded_;
  width_ = picture.width;
  height_ = picture.height;
  if (lost_ && !frame->keyFrame) return;
  packetizer_.setFrame(frame->data, stream_->maxPayload());
  lost_ = !queuePicture(now, videoTimestamp(picture.captured));
  if (lost_) keyFrames_.want();
}

bool VideoSender::queuePicture(TimePoint now, uint32_t timestamp) {
  if (stream_->room() < packetizer_.packetsLeft()) return false;
  bool last = false;
  while (packetizer_.packetsLeft() > 0) {
    PacketBuffer payload = pool_.allocate();
    if (!payload || !packetizer_.next(payload, last)) return false;
    stream_->add(now, std::move(payload), last, timestamp);
  }
  return true;
}

void VideoSender::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.keyFramesEncoded = keyFramesEncoded_;
  out.frameWidth = static_cast<uint32_t>(width_);
  out.frameHeight = static_cast<uint32_t>(height_);
  out.targetBitrate = bitrate_;
}

}  // namespace tincan::stack
