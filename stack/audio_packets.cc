#include "stack/audio_packets.h"

#include <array>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

// RFC 3550 §5.1: the codec's clock, from when the sound was captured.
uint32_t audioTimestamp(TimePoint captured, uint32_t clockRate) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t seconds = captured.micros() / kSecond, rest = captured.micros() % kSecond;
  return static_cast<uint32_t>(seconds * clockRate + rest * clockRate / kSecond);
}

}  // namespace

// RFC 3551 §4.1: the marker starts a talkspurt, after silence that was not sent.
bool AudioPackets::startsTalkspurt(TimePoint captured, Duration lasts) {
  const auto before = std::exchange(lastSent_, captured);
  return !before || captured - *before > lasts * 2;
}

// RFC 4733 §2.5.1: an event in place of the sound, a packet a frame.
bool AudioPackets::sendTone(TimePoint now, TimePoint captured, std::optional<uint8_t> playing) {
  constexpr uint8_t kVolume = 10;  // -dBm0, as telephones have it
  if (!toneType_) playing.reset();
  const uint32_t timestamp = audioTimestamp(captured, clockRate_);
  if (tone_ && playing != tone_) tones_.stop(timestamp);
  if (playing && playing != tone_) tones_.start(*playing, kVolume, timestamp);
  tone_ = playing;
  rtp::TelephoneEventSender::Packet packet;
  if (!toneType_ || !tones_.next(timestamp, packet)) return false;
  PacketBuffer payload = pool_.allocate();
  Bytes bytes(rtp::TelephoneEvent::kSize);
  if (!payload || !packet.payload.write(bytes) || !payload.append(bytes)) return true;
  stream_.addAs(*toneType_, now, std::move(payload), packet.marker, packet.timestamp);
  lastSent_.reset();  // a talkspurt begins behind it
  return true;
}

void AudioPackets::send(TimePoint now, const media::EncodedAudio& frame, Duration lasts) {
  PacketBuffer payload = pool_.allocate();
  if (!payload || !payload.append(frame.data)) return;
  const bool marker = startsTalkspurt(frame.time, lasts);
  const uint32_t timestamp = audioTimestamp(frame.time, clockRate_);
  std::array<session::OutboundStream::Extension, 2> more{};
  size_t count = 0;
  const auto level = level_.value_or(rtp::AudioLevel()).bytes();
  if (level_ && stream_.config().extensions.id(rtp::ExtensionKind::kAudioLevel) != 0)
    more[count++] = {rtp::ExtensionKind::kAudioLevel, level};
  const uint32_t source =
      frame.contributingSources.empty() ? stream_.ssrc().value() : frame.contributingSources.front();
  const auto captured = captureTimes_.next(now, {timestamp, frame.time, source, false});
  const auto bytes = captured.value_or(rtp::AbsCaptureTime()).bytes();
  if (captured) more[count++] = {rtp::ExtensionKind::kAbsCaptureTime, ByteView(bytes).first(captured->size())};
  stream_.add(now, std::move(payload), marker, timestamp, std::span(more).first(count), frame.contributingSources);
}

}  // namespace tincan::inline v0::stack
