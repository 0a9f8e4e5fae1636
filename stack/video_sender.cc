#include "stack/video_sender.h"

#include <utility>

namespace tincan::stack {
namespace {

constexpr double kFrameRate = 30;  // what rate control starts from; the pictures' own times follow

// Every video payload format has a 90 kHz clock (RFC 7741 §4.1, RFC 6184 §5.1). Taken from when the picture was
// captured, so that it agrees with the sender reports.
uint32_t videoTimestamp(TimePoint captured) {
  return static_cast<uint32_t>(captured.micros() * 9 / 100);
}

}  // namespace

VideoSender::VideoSender(std::shared_ptr<RtpSender> sender, session::OutboundStream& stream,
                         std::shared_ptr<EventQueue> events, const media::CodecFactory& factory,
                         media::CodecFormat format, uint32_t bitrate, RandomSource& random, PacketPool& pool)
    : MediaSender(std::move(sender), stream, std::move(events)),
      factory_(factory),
      format_(std::move(format)),
      pool_(pool),
      bitrate_(bitrate),
      resolution_(media::isFrugal(format_)) {
  if (auto made = factory_.packetizer(format_, random)) packetizer_ = *std::move(made);
}

media::SinkId VideoSender::addSink(media::MediaStreamTrack& track) {
  return track.addVideoSink([this](const media::VideoFrame& picture) {
    if (sending()) sendPicture(timeOf(picture.captured), picture);
  });
}

void VideoSender::setBitrate(uint32_t bitrate) {
  if (bitrate == bitrate_) return;
  bitrate_ = bitrate;
  if (encoder_) encoder_->setRates(bitrate, kFrameRate);
}

bool VideoSender::startEncoder(const media::VideoFrame& picture) {
  if (encoder_ || failed_) return encoder_ != nullptr;
  media::VideoEncoderSettings settings;
  settings.width = picture.width;
  settings.height = picture.height;
  settings.framesPerSecond = kFrameRate;
  settings.bitrateBps = bitrate_;
  settings.maxSliceBytes = stream_->maxPayload();
  auto made = factory_.videoEncoder(format_, settings);
  failed_ = !made.ok() || !packetizer_;
  if (!failed_) encoder_ = *std::move(made);
  return !failed_;
}

const media::VideoFrame& VideoSender::fitted(TimePoint now, const media::VideoFrame& picture,
                                             media::VideoFrame& scaled) {
  const ResolutionAdapter::Size size = resolution_.size(now, picture.width, picture.height, bitrate_);
  if (size == ResolutionAdapter::Size{picture.width, picture.height}) return picture;
  auto made = scaler_.scale(picture, size.width, size.height);
  if (!made.ok()) return picture;  // built without a scaler
  scaled = *std::move(made);
  return scaled;
}

void VideoSender::sendPicture(TimePoint now, const media::VideoFrame& whole) {
  limitation_.note(now, bitrate_ < wanted_ || resolution_.limited() ? QualityLimitation::Reason::kBandwidth
                                                                    : QualityLimitation::Reason::kNone);
  media::VideoFrame scaled;
  const media::VideoFrame& picture = fitted(now, whole, scaled);
  if (!startEncoder(picture)) return;
  frames_.clear();
  if (!encoder_->encode(picture, keyFrames_.poll(now), frames_) || frames_.empty()) return;
  const bool keyFrame = frames_.front().keyFrame;
  ++framesEncoded_;
  if (keyFrame) ++keyFramesEncoded_;
  width_ = picture.width;
  height_ = picture.height;
  if (lost_ && !keyFrame) return;
  lost_ = false;
  for (const media::EncodedVideo& frame : frames_) {
    packetizer_->setFrame(frame, stream_->maxPayload());
    lost_ = !queueFrame(now, videoTimestamp(picture.captured), &frame == &frames_.back());
    if (lost_) break;
  }
  if (lost_) keyFrames_.want();
}

// RTP's marker ends a picture (RFC 9628 §4.1): of several layers, the last one's.
bool VideoSender::queueFrame(TimePoint now, uint32_t timestamp, bool endsPicture) {
  if (stream_->room() < packetizer_->packetsLeft()) return false;
  bool last = false;
  while (packetizer_->packetsLeft() > 0) {
    PacketBuffer payload = pool_.allocate();
    if (!payload || !packetizer_->next(payload, last)) return false;
    stream_->add(now, std::move(payload), last && endsPicture, timestamp);
  }
  return true;
}

void VideoSender::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.keyFramesEncoded = keyFramesEncoded_;
  out.frameWidth = static_cast<uint32_t>(width_);
  out.frameHeight = static_cast<uint32_t>(height_);
  out.targetBitrate = bitrate_;
  out.qualityLimitationReason = toString(limitation_.reason());
  for (const auto reason : {QualityLimitation::Reason::kNone, QualityLimitation::Reason::kBandwidth})
    out.qualityLimitationDurations[std::string(toString(reason))] = limitation_.duration(reason).toSeconds();
  out.qualityLimitationResolutionChanges = resolution_.changes();
}

}  // namespace tincan::stack
