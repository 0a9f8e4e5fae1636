#include "stack/video_sender.h"

#include <utility>

namespace tincan::stack {

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream,
                         std::shared_ptr<EventQueue> events, const media::CodecFactory& factory,
                         const media::CodecFormat& format, uint32_t bitrate, RandomSource& random, PacketPool& pool)
    : MediaSender(std::move(sender), stream, std::move(events)) {
  Encoding& encoding = encodings_.emplace_back();
  encoding.packets = std::make_unique<VideoPackets>(stream, factory, format, random, pool);
  const size_t index = encodings_.size() - 1;
  auto send = [this, index](TimePoint now, std::span<const media::EncodedVideo> frames) {
    const Encoding& one = encodings_[index];
    if (!one.packets->send(now, frames)) one.pictures->wantKeyFrame();
  };
  encoding.pictures = std::make_unique<VideoEncoding>(factory, format, bitrate, std::move(send));
}

media::SinkId VideoSender::addSink(media::MediaStreamTrack& track) {
  return track.addVideoSink([this](const media::VideoFrame& picture) {
    if (sending()) sendPicture(timeOf(picture.captured), picture);
  });
}

void VideoSender::sendPicture(TimePoint now, const media::VideoFrame& picture) {
  for (const Encoding& encoding : encodings_) {
    if (encoding.packets->usable())
      encoding.pictures->encode(now, sender_->encoding(), picture, encoding.packets->maxPayload());
  }
}

void VideoSender::wantKeyFrame() {
  for (const Encoding& encoding : encodings_) encoding.pictures->wantKeyFrame();
}

void VideoSender::setBitrate(uint32_t bitrate) {
  encodings_.front().pictures->setBitrate(bitrate);
}

void VideoSender::setWanted(uint32_t bitrate) {
  encodings_.front().pictures->setWanted(bitrate);
}

uint32_t VideoSender::bitrate() const {
  return encodings_.front().pictures->bitrate(sender_->encoding());
}

void VideoSender::addStats(RTCOutboundRtpStreamStats& out) const {
  const Encoding& encoding = encodings_.front();
  encoding.pictures->addStats(out);
  out.targetBitrate = bitrate();
  out.framesSent = encoding.packets->framesSent();
  out.active = sender_->encoding().active;
}

}  // namespace tincan::stack
