#include "stack/video_encoding.h"

#include <string>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr double kFrameRate = 30;  // what rate control starts from; the pictures' own times follow
// For so long after a picture that the encoder had no time for, it is the processor that limits quality.
constexpr Duration kOverloaded = Duration::seconds(2);

}  // namespace

VideoEncoding::VideoEncoding(const media::CodecFactory& factory, media::CodecFormat format, const Config& config,
                             Sink sink, CodecWork where)
    : factory_(factory),
      format_(std::move(format)),
      sink_(std::move(sink)),
      where_(std::move(where)),
      bitrate_(config.bitrate),
      alone_(config.alone),
      spatialLayers_(config.spatialLayers),
      resolution_(media::isFrugal(format_)) {}

// What was asked for, as far as the receiver can tell layers apart.
std::string VideoEncoding::usableMode() const {
  const auto mode = media::ScalabilityMode::parse(modeName_);
  return spatialLayers_ || !mode ? modeName_ : toString(mode->oneSpatialLayer());
}

bool VideoEncoding::startEncoder(const media::VideoFrame& picture, uint32_t bitrate, size_t maxSlice) {
  if (encoder_ || failed_) return encoder_ != nullptr;
  media::VideoEncoderSettings settings;
  settings.width = picture.width;
  settings.height = picture.height;
  settings.framesPerSecond = kFrameRate;
  settings.bitrateBps = asked_ = bitrate;
  settings.maxSliceBytes = maxSlice;
  settings.scalabilityMode = usableMode();
  auto made = factory_.videoEncoder(format_, settings);
  if (!made) {
    // A mode that the codec which was negotiated since has not: one layer is better than nothing.
    settings.scalabilityMode = media::VideoEncoderSettings().scalabilityMode;
    made = factory_.videoEncoder(format_, settings);
  }
  mode_ = media::ScalabilityMode::parse(settings.scalabilityMode).value_or(media::ScalabilityMode());
  failed_ = !made.ok();
  if (failed_) return false;
  encoder_ = *std::move(made);
  if (!where_.elsewhere()) return true;
  auto worker = std::make_unique<WorkerEncoder>(std::move(encoder_), where_);
  worker_ = worker.get();
  encoder_ = std::move(worker);
  return true;
}

// Other layers are another stream: a new encoder, and so a key frame.
void VideoEncoding::followMode(const RTCRtpEncodingParameters& parameters) {
  const std::string wanted = parameters.scalabilityMode.value_or(media::VideoEncoderSettings().scalabilityMode);
  if (wanted == modeName_) return;
  modeName_ = wanted;
  encoder_.reset();
  worker_ = nullptr;
  overtaken_ = 0;
  load_.restart();
  failed_ = false;
}

void VideoEncoding::noteLoad(TimePoint now, const media::VideoFrame& picture) {
  if (!worker_) return;
  worker_->setTime(now);
  if (!alone_) return;
  load_.note(now, worker_->load(), resolution_.hasLess(picture.width, picture.height), resolution_.growth());
  resolution_.setLeast(load_.step());
}

EncodingsLoad::Encoding VideoEncoding::work() const {
  EncodingsLoad::Encoding out;
  if (!worker_ || paused_) return out;
  out.sums = worker_->load();
  out.pixels = static_cast<double>(width_) * height_;
  if (const auto less = resolution_.less(fullWidth_, fullHeight_))
    out.less = static_cast<double>(less->width) * less->height;
  out.pictures = resolution_.pictures();
  out.growth = resolution_.growth();
  return out;
}

const media::VideoFrame& VideoEncoding::fitted(TimePoint now, const media::VideoFrame& picture,
                                               media::VideoFrame& scaled) {
  const uint64_t rate = alone_ ? bitrate_ : UINT64_MAX;
  const ResolutionAdapter::Size size = resolution_.size(now, picture.width, picture.height, rate);
  if (size == ResolutionAdapter::Size{picture.width, picture.height}) return picture;
  auto made = scaler_.scale(picture, size.width, size.height);
  if (!made.ok()) return picture;  // built without a scaler
  scaled = *std::move(made);
  return scaled;
}

void VideoEncoding::encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::VideoFrame& captured,
                           size_t maxSlice) {
  const bool starved = bitrate_ == 0;
  const bool wasPaused = std::exchange(paused_, !parameters.active || starved);
  if (starved && parameters.active) limitation_.note(now, QualityLimitation::Reason::kBandwidth);
  if (starved || !shaper_.takes(parameters, captured.captured)) return;
  followMode(parameters);
  if (wasPaused) keyFrames_.want();  // webrtc-pc §5.2.8: what was missed is not waited for
  limitation_.note(now, limitation(now));
  media::VideoFrame scaled;
  const media::VideoFrame& shaped = shaper_.shaped(parameters, captured);
  mostBySize_ = mostOfOneVideo(shaped.width, shaped.height);
  fullWidth_ = shaped.width;
  fullHeight_ = shaped.height;
  noteLoad(now, shaped);
  const media::VideoFrame& picture = fitted(now, shaped, scaled);
  if (!resolution_.takes()) return;
  width_ = picture.width;
  height_ = picture.height;
  const uint32_t wanted = bitrate(parameters);
  if (!startEncoder(picture, wanted, maxSlice)) return;
  if (worker_) worker_->setTime(now);
  const double pictures = resolution_.pictures();
  const bool others = std::exchange(pictures_, pictures) != pictures;
  if (std::exchange(asked_, wanted) != wanted || others) encoder_->setRates(wanted, kFrameRate * pictures);
  frames_.clear();
  if (encoder_->encode(picture, keyFrames_.poll(now), frames_)) emit(now);
}

QualityLimitation::Reason VideoEncoding::limitation(TimePoint now) {
  if (worker_ && worker_->load().overtaken != overtaken_) {
    overtaken_ = worker_->load().overtaken;
    overtakenAt_ = now;
  }
  const bool late = !overtakenAt_.isNever() && now - overtakenAt_ < kOverloaded;
  if (late || resolution_.limitedByTime()) return QualityLimitation::Reason::kCpu;
  return bitrate_ < wanted_ || resolution_.limited() ? QualityLimitation::Reason::kBandwidth
                                                     : QualityLimitation::Reason::kNone;
}

void VideoEncoding::collect(TimePoint now) {
  if (!worker_) return;
  frames_.clear();
  worker_->setTime(now);
  worker_->take(frames_);
  emit(now);
}

void VideoEncoding::emit(TimePoint now) {
  if (frames_.empty()) return;
  ++framesEncoded_;
  if (worker_) encoding_ += worker_->takeSpent();
  if (const auto told = frames_.back().quantizer) quantizers_ = quantizers_.value_or(0) + *told;
  bytesAimedAt_ += asked_ / 8.0 / (kFrameRate * pictures_);
  rate_.note(now);
  if (frames_.front().keyFrame) ++keyFramesEncoded_;
  sink_(now, frames_);
}

void VideoEncoding::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = framesEncoded_;
  out.keyFramesEncoded = keyFramesEncoded_;
  out.totalEncodeTime = encoding_.toSeconds();
  if (quantizers_) out.qpSum = *quantizers_;
  out.frameWidth = static_cast<uint32_t>(width_);
  out.frameHeight = static_cast<uint32_t>(height_);
  out.framesPerSecond = rate_.rate();
  out.totalEncodedBytesTarget = static_cast<uint64_t>(bytesAimedAt_);
  if (encoder_) out.encoderImplementation = encoder_->implementation();
  if (encoder_) out.powerEfficientEncoder = false;  // a library's, on the processor
  if (worker_) out.framesNotEncoded = worker_->load().overtaken;
  if (encoder_) out.scalabilityMode = toString(mode_);
  out.qualityLimitationReason = toString(limitation_.reason());
  for (const auto reason : QualityLimitation::kReasons)
    out.qualityLimitationDurations[std::string(toString(reason))] = limitation_.duration(reason).toSeconds();
  out.qualityLimitationResolutionChanges = resolution_.changes();
}

}  // namespace tincan::inline v0::stack
