#include "media/jitter_buffer/sound_playout.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {
namespace {

// A sender in a pause says something each 400 ms (libopus); what is silent for longer is counted as loss at once.
constexpr Duration kLongestPause = Duration::seconds(1);
constexpr double kSilent = 0.0005;  // -66 dBFS

AudioJitterBuffer::Config bufferConfig(uint32_t clockRate) {
  AudioJitterBuffer::Config config;
  config.clockRate = clockRate;
  config.maxDelay = Duration::millis(500);
  config.timeStretch = true;
  return config;
}

/// A codec makes up whole steps of its own (of Opus 2.5 ms): of them what is due is heard, and no more.
void cut(AudioFrame& sound, uint32_t samples) {
  const size_t due = size_t{samples} * static_cast<size_t>(sound.channels);
  if (sound.samples.size() > due) sound.samples.resize(due);
}

TimeStretcher::Wish wishOf(AudioJitterBuffer::Stretch stretch) {
  switch (stretch) {
    case AudioJitterBuffer::Stretch::kLonger: return TimeStretcher::Wish::kLonger;
    case AudioJitterBuffer::Stretch::kMuchShorter: return TimeStretcher::Wish::kMuchShorter;
    case AudioJitterBuffer::Stretch::kShorter:
    case AudioJitterBuffer::Stretch::kNone: break;
  }
  return TimeStretcher::Wish::kShorter;
}

}  // namespace

SoundPlayout::SoundPlayout(uint32_t clockRate, Decoders decoders)
    : decoders_(std::move(decoders)), buffer_(bufferConfig(clockRate)), tones_(clockRate) {}

void SoundPlayout::setClock(uint32_t clockRate) {
  if (clockRate == this->clockRate()) return;
  stats_ = stats();
  const Duration extra = buffer_.extraDelay(), floor = buffer_.floor();
  buffer_ = AudioJitterBuffer(bufferConfig(clockRate));
  buffer_.setExtraDelay(extra);
  buffer_.setFloor(floor);
  tones_ = TelephoneTones(clockRate);
  owed_ = 0;
}

SoundPlayout::Stats SoundPlayout::stats() const {
  const auto& buffer = buffer_.stats();
  Stats stats = stats_;
  stats.inserted += buffer.insertedSamples + buffer.stretchedSamples;
  stats.removed += buffer.removedSamples;
  stats.packets += buffer.packets;
  stats.discarded += buffer.late + buffer.skipped;
  stats.emitted += buffer.emittedSamples;
  stats.delaySum += buffer.delaySum;
  stats.targetSum += buffer.targetSum;
  stats.minimumSum += buffer.minimumSum;
  return stats;
}

uint32_t SoundPlayout::at48(uint32_t samples) const {
  return static_cast<uint32_t>(uint64_t{samples} * AudioFrame::kRate / clockRate());
}

void SoundPlayout::receiveEvent(TimePoint now, AudioJitterBuffer::Packet packet) {
  eventType_ = packet.payloadType;
  const auto place = tones_.receive(packet.timestamp, packet.payload);
  if (!place) {
    buffer_.pass(now, packet.sequenceNumber);
    return;
  }
  packet.timestamp = place->timestamp;
  packet.samples = place->samples;
  packet.dtx = true;
  buffer_.receive(now, std::move(packet));
}

bool SoundPlayout::pop(TimePoint now, bool wanted, Sound& out) {
  Playout playout;
  if (!buffer_.pop(now, playout)) return false;
  out = Sound();
  out.timestamp = playout.timestamp;
  out.samples = playout.samples;
  if (playTone(playout, wanted, out)) {
    settleGap(playout.pause);
  } else if (playout.kind == AudioJitterBuffer::Kind::kPacket) {
    playPacket(playout, wanted, out);
  } else {
    playGap(now, playout, wanted, out);
  }
  out.frame.captured = now;
  out.frame.rtpTimestamp = playout.timestamp;
  return true;
}

bool SoundPlayout::playTone(const Playout& playout, bool wanted, Sound& out) {
  const bool packet = playout.kind == AudioJitterBuffer::Kind::kPacket;
  const bool event = packet && playout.payloadType == eventType_;
  if (packet && !event) return false;
  if (!tones_.render(playout.timestamp, at48(playout.samples), out.frame)) {
    if (!event) return false;
    out.frame.samples.assign(at48(playout.samples), 0);
  }
  stats_.received += playout.samples;
  stats_.played += Duration::micros(int64_t{playout.samples} * 1'000'000 / clockRate());
  playing_.reset();
  stretcher_.play(out.frame);
  if (!wanted) out.frame.samples.clear();
  return true;
}

void SoundPlayout::playPacket(const Playout& playout, bool wanted, Sound& out) {
  settleGap(playout.pause);
  playing_ = playout.payloadType;
  out.packet = true;
  stats_.received += playout.samples;
  stats_.played += Duration::micros(int64_t{playout.samples} * 1'000'000 / clockRate());
  AudioDecoder* decoder = wanted ? decoders_(playout.payloadType) : nullptr;
  if (decoder) {
    Result<AudioFrame> sound = decoder->decode(playout.payload);
    if (sound) ++stats_.packetsDecoded;
    if (!sound) sound = decoder->conceal(at48(playout.samples));
    if (sound) out.frame = *std::move(sound);
  }
  stretch(playout, wanted, out);
}

void SoundPlayout::stretch(const Playout& playout, bool wanted, Sound& out) {
  if (playout.stretch == AudioJitterBuffer::Stretch::kNone) return stretcher_.play(out.frame);
  int64_t change = 0;
  if (wanted) {
    change = stretcher_.stretch(out.frame, wishOf(playout.stretch));
  } else {  // nobody hears how well it goes
    change = (playout.stretch == AudioJitterBuffer::Stretch::kLonger ? 1 : -1) * int64_t{at48(playout.samples)} / 2;
  }
  owed_ += change * clockRate();
  buffer_.stretched(owed_ / AudioFrame::kRate);
  owed_ %= AudioFrame::kRate;
}

bool SoundPlayout::isFromCopy(const Playout& playout, AudioDecoder& decoder) const {
  return playout.kind == AudioJitterBuffer::Kind::kMissing && !playout.nextPayload.empty() &&
         playout.payloadType == playing_ && decoder.hasCopy(playout.nextPayload);
}

// What is missing: the next packet's copy of it, where the same codec plays on (RFC 7587 §6.1), else concealed by the
// codec that played last, which fades to silence or to the noise that it has heard.
void SoundPlayout::playGap(TimePoint now, const Playout& playout, bool wanted, Sound& out) {
  AudioDecoder* decoder = playing_ ? decoders_(*playing_) : nullptr;
  const uint32_t samples = at48(playout.samples);
  stats_.received += playout.samples;
  stats_.played += Duration::micros(int64_t{playout.samples} * 1'000'000 / clockRate());
  if (decoder && isFromCopy(playout, *decoder)) {
    stats_.recovered += playout.samples;
    if (!wanted) return;
    if (auto sound = decoder->recover(playout.nextPayload, samples)) out.frame = *std::move(sound);
    cut(out.frame, samples);
    stretcher_.play(out.frame);
    return;
  }
  if (wanted && decoder) {
    if (auto sound = decoder->conceal(samples)) out.frame = *std::move(sound);
    cut(out.frame, samples);
  }
  if (wanted && out.frame.samples.empty()) out.frame.samples.assign(samples, 0);
  stretcher_.play(out.frame);
  const bool faded = wanted && out.frame.rms() < kSilent;
  const bool silent = playout.kind == AudioJitterBuffer::Kind::kNothing || faded;
  if (!playout.inserted) countGap(now, playout.samples, silent);
}

void SoundPlayout::countGap(TimePoint now, uint32_t samples, bool silent) {
  if (!gap_.told && gap_.concealed == 0) gap_.since = now;
  gap_.concealed += samples;
  gap_.silent += silent ? samples : 0;
  if (!gap_.told && now - gap_.since < kLongestPause) return;
  stats_.concealmentEvents += gap_.told ? 0 : 1;
  stats_.concealed += std::exchange(gap_.concealed, 0);
  stats_.silentConcealed += std::exchange(gap_.silent, 0);
  gap_.told = true;
}

// A packet is there: of what was made up before it, `pause` was never sent.
void SoundPlayout::settleGap(uint32_t pause) {
  const Gap gap = std::exchange(gap_, {});
  if (gap.concealed <= pause) return;
  stats_.concealmentEvents += gap.told ? 0 : 1;
  stats_.concealed += gap.concealed - pause;
  stats_.silentConcealed += std::min(gap.silent, gap.concealed - pause);
}

}  // namespace tincan::inline v0::media
