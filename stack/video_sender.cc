#include "stack/video_sender.h"

#include <utility>

namespace tincan::stack {

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream,
                         std::shared_ptr<EventQueue> events, const media::CodecFactory& factory,
                         const media::CodecFormat& format, uint32_t bitrate, RandomSource& random, PacketPool& pool)
    : MediaSender(std::move(sender), stream, events),
      encoded_(format, media::EncodedSource::kMaxFrameBytes, std::move(events),
               [this](TimePoint now, std::span<const media::EncodedVideo> frames) {
                 if (!encodings_.front().packets->send(now, frames)) encoded_.wantKeyFrame();
               }) {
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
  encoded_.setSource(track.encodedSource());
  if (track.encodedSource()) {
    encoded_.setBitrate(bitrate());
    return track.addEncodedSink([this](const media::EncodedFrame& frame) {
      if (sending()) sendEncoded(frame);
    });
  }
  return track.addVideoSink([this](const media::VideoFrame& picture) {
    if (sending()) sendPicture(timeOf(picture.captured), picture);
  });
}

void VideoSender::sendPicture(TimePoint now, const media::VideoFrame& picture) {
  for (const Encoding& encoding : encodings_) {
    if (!encoding.packets->usable()) continue;
    encoding.pictures->prefer(sender_->degradationPreference());
    encoding.pictures->encode(now, sender_->encoding(), picture, encoding.packets->maxPayload());
  }
}

void VideoSender::sendEncoded(const media::EncodedFrame& frame) {
  encoded_.setBitrate(bitrate());  // setParameters() may have changed it
  encoded_.receive(timeOf(frame.time), sender_->encoding().active, frame);
}

void VideoSender::wantKeyFrame() {
  encoded_.wantKeyFrame();
  for (const Encoding& encoding : encodings_) encoding.pictures->wantKeyFrame();
}

void VideoSender::setBitrate(uint32_t bitrate) {
  encodings_.front().pictures->setBitrate(bitrate);
  encoded_.setBitrate(this->bitrate());
}

void VideoSender::setWanted(uint32_t bitrate) {
  encodings_.front().pictures->setWanted(bitrate);
}

uint32_t VideoSender::bitrate() const {
  return encodings_.front().pictures->bitrate(sender_->encoding());
}

void VideoSender::addStats(RTCOutboundRtpStreamStats& out) const {
  const Encoding& encoding = encodings_.front();
  if (encoded_.source()) {
    encoded_.addStats(out);
  } else {
    encoding.pictures->addStats(out);
  }
  out.targetBitrate = bitrate();
  out.framesSent = encoding.packets->framesSent();
  out.active = sender_->encoding().active;
}

}  // namespace tincan::stack
