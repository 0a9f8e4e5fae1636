#include "stack/audio_encoding.h"

#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kBitrate = 48'000;  // what is reckoned with before there is an encoder to ask
// IP, UDP, RTP with its extensions and SRTP's tag are about 70 bytes a packet: 28 kbit/s of 50 packets a second. Below these
// rates that is more than the sound, and longer packets cost less than they delay.
constexpr uint32_t kLowRate = 24'000, kLowestRate = 16'000;
constexpr Duration kLonger = Duration::millis(40), kLongest = Duration::millis(60);

}  // namespace

AudioEncoding::AudioEncoding(const media::CodecFactory& factory, media::CodecFormat format, Sink sink, CodecWork where)
    : factory_(factory),
      format_(std::move(format)),
      sink_(std::move(sink)),
      where_(std::move(where)),
      bitrate_(kBitrate) {}

bool AudioEncoding::startEncoder(int channels) {
  if (work_->encoder || failed_) return !failed_;
  media::AudioEncoderSettings settings;
  settings.channels = channels;
  auto made = factory_.audioEncoder(format_, settings);
  failed_ = !made.ok();
  if (failed_) return false;
  work_->encoder = *std::move(made);
  bitrate_ = work_->encoder->bitrate();
  packetTime_ = usual_ = asked_ = work_->encoder->packetTime();
  longest_ = Duration::millis(format_.number("maxptime", static_cast<uint32_t>(kLongest.millis())));
  return true;
}

// webrtc-extensions, adaptivePtime: by the rate that is made.
void AudioEncoding::adaptPacketTime(bool wanted) {
  Duration length = usual_;
  const uint32_t rate = most_.value_or(bitrate_);
  if (wanted && rate <= kLowRate) length = std::max(usual_, rate <= kLowestRate ? kLongest : kLonger);
  if (length > longest_) length = usual_;
  if (std::exchange(asked_, length) != length) toLast_ = length;
}

// What cannot be encoded is not sent.
void AudioEncoding::Work::encode(const media::AudioFrame& stretch) {
  if (bitrate) encoder->setBitrate(*std::exchange(bitrate, std::nullopt));
  if (packetTime) encoder->setPacketTime(*std::exchange(packetTime, std::nullopt));
  frames.clear();
  if (!encoder->encode(stretch, frames)) frames.clear();
}

void AudioEncoding::encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::AudioFrame& sound) {
  if (busy_) collect(now);
  if (!busy_ && !startEncoder(sound.channels)) return;
  if (parameters.maxBitrate && *parameters.maxBitrate < bitrate_) most_ = parameters.maxBitrate;
  adaptPacketTime(parameters.adaptivePtime);
  if (!where_.elsewhere()) {
    work_->bitrate = std::exchange(most_, std::nullopt);
    work_->packetTime = std::exchange(toLast_, std::nullopt);
    work_->encode(sound);
    return emit(now);
  }
  if (waiting_.size() == kMaxWaiting) {
    waiting_.pop_front();
    ++overtaken_;
  }
  waiting_.push_back(sound);
  if (!busy_) start();
}

void AudioEncoding::start() {
  busy_ = true;
  work_->sound = std::move(waiting_.front());
  waiting_.pop_front();
  work_->bitrate = std::exchange(most_, std::nullopt);
  work_->packetTime = std::exchange(toLast_, std::nullopt);
  where_.runShort(work_);
}

void AudioEncoding::collect(TimePoint now) {
  while (busy_ && work_->done) {
    emit(now);
    if (!waiting_.empty()) start();
  }
}

void AudioEncoding::emit(TimePoint now) {
  busy_ = false;
  bitrate_ = work_->encoder->bitrate();
  packetTime_ = work_->encoder->packetTime();
  framesEncoded_ += work_->frames.size();
  for (const media::EncodedAudio& frame : work_->frames) sink_(now, frame, packetTime_);
}

}  // namespace tincan::inline v0::stack
