#include "stack/video_encoding.h"

#include <string>
#include <utility>

namespace tincan::stack {
namespace {

constexpr double kFrameRate = 30;  // what rate control starts from; the pictures' own times follow

}  // namespace

VideoEncoding::VideoEncoding(const media::CodecFactory& factory, media::CodecFormat format, uint32_t bitrate, Sink sink)
    : factory_(factory),
      format_(std::move(format)),
      sink_(std::move(sink)),
      bitrate_(bitrate),
      resolution_(media::isFrugal(format_)) {}

bool VideoEncoding::startEncoder(const media::VideoFrame& picture, uint32_t bitrate, size_t maxSlice) {
  if (encoder_ || failed_) return encoder_ != nullptr;
  media::VideoEncoderSettings settings;
  settings.width = picture.width;
  settings.height = picture.height;
  settings.framesPerSecond = kFrameRate;
  settings.bitrateBps = asked_ = bitrate;
  settings.maxSliceBytes = maxSlice;
  auto made = factory_.videoEncoder(format_, settings);
  failed_ = !made.ok();
  if (!failed_) encoder_ = *std::move(made);
  return !failed_;
}

const media::VideoFrame& VideoEncoding::fitted(TimePoint now, const media::VideoFrame& picture,
                                               media::VideoFrame& scaled) {
  const ResolutionAdapter::Size size = resolution_.size(now, picture.width, picture.height, bitrate_);
  if (size == ResolutionAdapter::Size{picture.width, picture.height}) return picture;
  auto made = scaler_.scale(picture, size.width, size.height);
  if (!made.ok()) return picture;  // built without a scaler
  scaled = *std::move(made);
  return scaled;
}

void VideoEncoding::encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::VideoFrame& captured,
                           size_t maxSlice) {
  const bool wasPaused = std::exchange(paused_, !parameters.active);
  if (!shaper_.takes(parameters, captured.captured)) return;
  if (wasPaused) keyFrames_.want();  // webrtc-pc §5.2.8: what was missed is not waited for
  limitation_.note(now, bitrate_ < wanted_ || resolution_.limited() ? QualityLimitation::Reason::kBandwidth
                                                                    : QualityLimitation::Reason::kNone);
  media::VideoFrame scaled;
  const media::VideoFrame& shaped = shaper_.shaped(parameters, captured);
  mostBySize_ = mostOfOneVideo(shaped.width, shaped.height);
  const media::VideoFrame& picture = fitted(now, shaped, scaled);
  if (!resolution_.takes()) return;
  const uint32_t wanted = bitrate(parameters);
  if (!startEncoder(picture, wanted, maxSlice)) return;
  const double pictures = resolution_.pictures();
  const bool others = std::exchange(pictures_, pictures) != pictures;
  if (std::exchange(asked_, wanted) != wanted || others) encoder_->setRates(wanted, kFrameRate * pictures);
  frames_.clear();
  if (!encoder_->encode(picture, keyFrames_.poll(now), frames_) || frames_.empty()) return;
  ++framesEncoded_;
  rate_.note(now);
  if (frames_.front().keyFrame) ++keyFramesEncoded_;
  width_ = picture.width;
  height_ = picture.height;
  sink_(now, frames_);
}

void VideoEncoding::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.keyFramesEncoded = keyFramesEncoded_;
  out.frameWidth = static_cast<uint32_t>(width_);
  out.frameHeight = static_cast<uint32_t>(height_);
  out.framesPerSecond = rate_.rate();
  if (encoder_) out.encoderImplementation = encoder_->implementation();
  out.qualityLimitationReason = toString(limitation_.reason());
  for (const auto reason : {QualityLimitation::Reason::kNone, QualityLimitation::Reason::kBandwidth})
    out.qualityLimitationDurations[std::string(toString(reason))] = limitation_.duration(reason).toSeconds();
  out.qualityLimitationResolutionChanges = resolution_.changes();
}

}  // namespace tincan::stack
