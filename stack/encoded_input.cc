#include "stack/encoded_input.h"

#include <string>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMaxLayers = 8;  // RFC 9628 §4.2: SID has three bits

}  // namespace

EncodedInput::EncodedInput(media::CodecFormat format, size_t maxFrame, std::shared_ptr<EventQueue> events, Sink sink)
    : format_(std::move(format)), maxFrame_(maxFrame), events_(std::move(events)), sink_(std::move(sink)) {}

EncodedInput::~EncodedInput() {
  setSource(nullptr);
}

void EncodedInput::setSource(std::shared_ptr<media::EncodedSource> source, const std::string& rid) {
  if (source == source_ && rid == rid_) return;
  if (source_) {
    source_->setWake(this, {});
    source_->setTarget(this, std::nullopt);
    tell([of = rid_](media::EncodedSource& left) { left.tellTarget(of); });
  }
  source_ = std::move(source);
  rid_ = rid;
  picture_.clear();
  told_ = Refusal::kNone;
  if (!source_) return;
  formatFits_ = media::sameCodec(format_, source_->format());
  source_->setWake(this, [events = events_] { events->wake(); });
  if (format_.kind == media::CodecKind::kVideo) keyFrames_.want();  // it may have been at work before
  if (const auto bitrate = std::exchange(bitrate_, std::nullopt)) setBitrate(*bitrate);
}

// Never from inside of a machine: the source's callbacks may do anything.
void EncodedInput::tell(std::function<void(media::EncodedSource&)> what) {
  events_->post([source = source_, what = std::move(what)] { what(*source); });
}

void EncodedInput::setBitrate(uint32_t bitrate) {
  if (std::exchange(bitrate_, bitrate) == bitrate || !source_) return;
  source_->setTarget(this, bitrate, rid_);
  tell([rid = rid_](media::EncodedSource& source) { source.tellTarget(rid); });
}

void EncodedInput::pollKeyFrame(TimePoint now) {
  if (!source_ || !keyFrames_.poll(now)) return;
  tell([rid = rid_](media::EncodedSource& source) { source.requestKeyFrame(rid); });
}

EncodedInput::Refusal EncodedInput::check(const media::EncodedFrame& frame) const {
  if (!formatFits_) return Refusal::kFormat;
  if (frame.data.size() > maxFrame_) return Refusal::kSize;
  return picture_.size() >= kMaxLayers ? Refusal::kLayers : Refusal::kNone;
}

Error EncodedInput::words(Refusal refusal, size_t size) const {
  switch (refusal) {
    case Refusal::kNone: break;
    case Refusal::kFormat:
      return {ErrorCode::kInvalidModificationError,
              "the track's frames are " + source_->format().name + ", and " + format_.name +
                  " was negotiated: name the track's codec in setCodecPreferences() before the offer"};
    case Refusal::kSize:
      return {ErrorCode::kRangeError, "a frame of " + std::to_string(size) + " bytes: " + std::to_string(maxFrame_) +
                                          " are the most that can be sent as one"};
    case Refusal::kLayers:
      return {ErrorCode::kRangeError, "a picture of more than 8 spatial layers: the last has layer->endOfPicture"};
  }
  return {ErrorCode::kOperationError, "refused"};
}

void EncodedInput::receive(TimePoint now, bool active, const media::EncodedFrame& frame) {
  const bool wasPaused = std::exchange(paused_, !active);
  if (active && wasPaused) keyFrames_.want();  // what was missed is not waited for
  pollKeyFrame(now);
  if (!active) return;
  if (const Refusal refusal = check(frame); refusal != Refusal::kNone) {
    ++refused_;
    picture_.clear();
    if (std::exchange(told_, refusal) == refusal) return;
    tell([why = words(refusal, frame.data.size())](media::EncodedSource& source) {
      if (auto handler = source.onrefused) handler(why);
    });
    return;
  }
  picture_.push_back(frame);
  if (frame.layer && !frame.layer->endOfPicture) return;
  ++frames_;
  if (frame.quantizer) quantizers_ = quantizers_.value_or(0) + *frame.quantizer;
  rate_.note(now);
  if (picture_.front().keyFrame) {
    ++keyFramesTaken_;
    keyFrames_.satisfied();
  }
  if (frame.layer) {
    width_ = frame.layer->width;
    height_ = frame.layer->height;
  }
  sink_(now, picture_);
  picture_.clear();
}

void EncodedInput::addStats(RTCOutboundRtpStreamStats& out) const {
  out.framesEncoded = frames_;
  out.keyFramesEncoded = keyFramesTaken_;
  if (quantizers_) out.qpSum = *quantizers_;
  out.framesPerSecond = rate_.rate();
  if (width_ > 0 && height_ > 0) {
    out.frameWidth = width_;
    out.frameHeight = height_;
  }
  out.encoderImplementation = "encoded source";
  out.framesRefused = refused_;
}

}  // namespace tincan::inline v0::stack
