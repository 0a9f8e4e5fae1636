#include "media/codec/packet_assembler.h"

#include <algorithm>

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kLengths[] = {60, 40, 20, 10};  // in ms
constexpr uint32_t kUsual = 20;                    // RFC 7587 §6.1, RFC 3551 table 1
constexpr uint32_t kSamplesPerMs = AudioFrame::kRate / 1000;
constexpr size_t kMostSamples = 120 * kSamplesPerMs;

// How far two clocks of a source may be apart before it is a gap: capture times are rounded.
constexpr Duration kTolerance = Duration::millis(10);

}  // namespace

Duration packetTimeOf(const CodecFormat& format) {
  const uint32_t longest = std::max(format.number("maxptime", kLengths[0]), kLengths[3]);
  const uint32_t wanted = std::min(format.number("ptime", kUsual), longest);
  for (const uint32_t length : kLengths)
    if (length <= wanted) return Duration::millis(length);
  return Duration::millis(kLengths[3]);
}

PacketAssembler::PacketAssembler(int channels, Duration packetTime) : channels_(channels == 2 ? 2 : 1) {
  setPacketTime(packetTime);
}

void PacketAssembler::setPacketTime(Duration packetTime) {
  packetTime_ = packetTime;
  perChannel_ = static_cast<size_t>(packetTime.millis()) * kSamplesPerMs;
}

void PacketAssembler::dropTaken() {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
}

// As they are, or the mean of two, or one twice.
void PacketAssembler::append(const AudioFrame& sound) {
  const auto& samples = sound.samples;
  if (sound.channels == channels_) {
    held_.insert(held_.end(), samples.begin(), samples.end());
  } else if (channels_ == 1) {
    for (size_t i = 0; i + 1 < samples.size(); i += 2)
      held_.push_back(static_cast<int16_t>((samples[i] + samples[i + 1]) / 2));
  } else {
    for (const int16_t sample : samples) held_.insert(held_.end(), 2, sample);
  }
}

Result<void> PacketAssembler::push(const AudioFrame& sound) {
  const size_t perChannel = sound.samplesPerChannel();
  if (sound.sampleRate != AudioFrame::kRate || (sound.channels != 1 && sound.channels != 2) || perChannel == 0 ||
      perChannel > kMostSamples || sound.samples.size() != perChannel * static_cast<size_t>(sound.channels))
    return {ErrorCode::kRangeError, "an audio encoder takes 48 kHz sound, mono or stereo, 120 ms at the most"};
  dropTaken();
  const auto heldPerChannel = static_cast<uint32_t>(held_.size() / static_cast<size_t>(channels_));
  const TimePoint expected = captured_ + Duration::millis(heldPerChannel / kSamplesPerMs);
  const bool goesOn = sound.captured < expected + kTolerance;
  if (held_.empty() || !goesOn) {
    held_.clear();
    captured_ = sound.captured;
    timestamp_ = sound.rtpTimestamp;
  }
  append(sound);
  return {};
}

bool PacketAssembler::pop(Block& out) {
  const size_t size = perChannel_ * static_cast<size_t>(channels_);
  if (held_.size() - taken_ < size) return false;
  out.samples = std::span(held_).subspan(taken_, size);
  out.captured = captured_;
  out.rtpTimestamp = timestamp_;
  taken_ += size;
  captured_ += packetTime_;
  timestamp_ += static_cast<uint32_t>(perChannel_);
  return true;
}

}  // namespace tincan::inline v0::media
