#include "stack/audio_receiver.h"

#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

#include "rtp/extension_values.h"
#include "sdp/text.h"

namespace tincan::inline v0::stack {
namespace {

uint32_t firstClockRate(const std::vector<CodecSpec>& codecs) {
  return codecs.empty() ? media::AudioFrame::kRate : codecs.front().clockRate;
}

constexpr std::string_view kTones = "telephone-event";

// W3C webrtc-pc §5.3, audioLevel: 0 to 1, where 1 is overload and 127 is silence.
double linear(const rtp::AudioLevel& level) {
  return level.level >= 127 ? 0 : std::pow(10, -level.level / 20.0);
}

}  // namespace

AudioReceiver::AudioReceiver(Config config)
    : MediaReceiver(std::move(config)), playout_(firstClockRate(config_.codecs), [this](uint8_t payloadType) {
        Meaning* known = meaning(payloadType);
        return known ? decoderOf(*known) : nullptr;
      }) {
  codecsChanged();
}

void AudioReceiver::codecsChanged() {
  auto before = std::exchange(meanings_, {});
  for (const CodecSpec& codec : config_.codecs) {
    Meaning now{codec.payloadType, formatOf(MediaKind::kAudio, codec), nullptr};
    for (Meaning& was : before)
      if (was.payloadType == now.payloadType && was.format == now.format) now = std::move(was);
    meanings_.push_back(std::move(now));
  }
}

AudioReceiver::Meaning* AudioReceiver::meaning(uint8_t payloadType) {
  for (Meaning& one : meanings_)
    if (one.payloadType == payloadType) return &one;
  return nullptr;
}

media::AudioDecoder* AudioReceiver::decoderOf(Meaning& meaning) const {
  if (!std::exchange(meaning.asked, true))
    if (auto made = config_.factory->audioDecoder(meaning.format)) meaning.decoder = *std::move(made);
  return meaning.decoder.get();
}

// RFC 7160 §4.1: timestamps of two clocks say nothing about each other.
void AudioReceiver::setClock(uint32_t clockRate) {
  if (clockRate == playout_.clockRate()) return;
  playout_.setClock(clockRate);
  captureTimes_.forget();
  stream().statistics().setClockRate(clockRate);
}

void AudioReceiver::handlePacket(rtp::ReceivedPacket packet) {
  const auto transformer = config_.receiver->transformer();
  const Meaning* known = meaning(packet.header.payloadType.value());
  // Tones and comfort noise are no frames of an encoder.
  const bool frame = known && !packet.payload().empty() && !isAuxiliary(known->format.name);
  if (!transformer || !frame) return takePacket(std::move(packet));
  passToTransform(transformer, std::move(packet));
}

namespace {

struct PassedSound final : MediaReceiver::Passed {
  rtp::ReceivedPacket packet;
};

}  // namespace

void AudioReceiver::passToTransform(const std::shared_ptr<RTCRtpScriptTransformer>& transformer,
                                    rtp::ReceivedPacket packet) {
  RTCEncodedAudioFrameMetadata metadata;
  metadata.synchronizationSource = ssrc().value();
  metadata.payloadType = packet.header.payloadType.value();
  metadata.sequenceNumber = static_cast<int16_t>(packet.header.sequenceNumber);
  metadata.rtpTimestamp = packet.header.timestamp;
  for (size_t i = 0; i < packet.header.csrcCount; ++i)
    metadata.contributingSources.push_back(packet.header.csrc(packet.buffer.view(), i).value());
  if (const auto told = packet.extension(rtp::ExtensionKind::kAudioLevel); told && !told->empty())
    metadata.audioLevel = std::pow(10.0, -((*told)[0] & 0x7f) / 20.0);  // RFC 6464 §3: -dBov
  metadata.receiveTime = static_cast<double>(packet.at.micros()) / 1000;
  if (const Meaning* known = meaning(packet.header.payloadType.value()))
    metadata.mimeType = "audio/" + known->format.name;
  auto data = std::make_shared<Bytes>(toBytes(packet.payload()));
  auto passed = std::make_shared<PassedSound>();
  passed->ssrc = ssrc();
  noteCaptureTime(packet);
  if (const Meaning* known = meaning(packet.header.payloadType.value())) {
    const bool tone = sdp::equalsIgnoringCase(known->format.name, kTones);  // counts by the stream's clock: handleTone
    describeCapture(capturerOf(packet.header, packet.buffer.view()), packet.header.timestamp,
                    tone ? playout_.clockRate() : known->format.clockRate, metadata);
  }
  passed->packet = std::move(packet);
  const std::shared_ptr<void> origin = std::static_pointer_cast<Passed>(passed);
  config_.events->post(
      [transformer, metadata, data, origin] { transformer->read(metadata, std::move(*data), origin); });
}

// The packet goes on as if it had come with these bytes, now: a transform that takes its time is a slower path.
void AudioReceiver::resume(TimePoint now, Passed& passed, RTCRtpScriptTransformer::Written written) {
  rtp::ReceivedPacket& packet = static_cast<PassedSound&>(passed).packet;
  packet.at = std::max(packet.at, now);
  packet.header.paddingSize = 0;
  if (!packet.buffer.resize(packet.header.headerSize) || !packet.buffer.append(written.data)) return;
  if (written.changes.rtpTimestamp) packet.header.timestamp = *written.changes.rtpTimestamp;
  takePacket(std::move(packet));
}

// RFC 6465 §3: the levels stand in the order of the CSRCs.
AudioReceiver::Heard AudioReceiver::heardIn(const rtp::ReceivedPacket& packet) {
  Heard out;
  if (const auto bytes = packet.extension(rtp::ExtensionKind::kAudioLevel))
    if (const auto level = rtp::AudioLevel::read(*bytes)) out.level = linear(*level);
  const ByteView levels = packet.extension(rtp::ExtensionKind::kCsrcAudioLevel).value_or(ByteView());
  for (size_t i = 0; i < packet.header.csrcCount; ++i) {
    RtpReceiver::Contributor& each = out.contributors.emplace_back();
    each.source = packet.header.csrc(packet.buffer.view(), i).value();
    if (i < levels.size()) each.audioLevel = linear(*rtp::AudioLevel::read(levels.subspan(i)));
  }
  return out;
}

void AudioReceiver::takePacket(rtp::ReceivedPacket packet) {
  const TimePoint now = packet.at;
  const rtp::Header& header = packet.header;
  const ByteView payload = packet.payload();
  Meaning* known = meaning(header.payloadType.value());
  if (!known || payload.empty()) return;
  if (sdp::equalsIgnoringCase(known->format.name, kTones)) return handleTone(std::move(packet), *known);
  media::AudioDecoder* decoder = decoderOf(*known);
  uint32_t duration = decoder ? decoder->duration(payload) : 0;
  // Comfort noise holds until somebody speaks again (RFC 3389 §4): a frame of it, and then a pause.
  const bool noise = decoder && duration == 0 && isAuxiliary(known->format.name);
  if (noise) duration = known->format.clockRate / 50;
  if (decoder && duration == 0) return;
  if (!noise) payloadType_ = known->payloadType;  // between packets of a codec: it stays the one in use
  tell(packet, *known);
  if (!decoder) return;
  heard_.note(header.timestamp, heardIn(packet));
  setClock(known->format.clockRate);
  noteCaptureTime(packet);
  media::AudioJitterBuffer::Packet incoming;
  incoming.sequenceNumber = header.sequenceNumber;
  incoming.timestamp = header.timestamp;
  incoming.samples = duration;
  incoming.dtx = decoder->mayPause(payload);
  incoming.copy = packet.byParity;
  incoming.payloadType = known->payloadType;
  incoming.payload = payload;
  incoming.buffer = std::move(packet.buffer);
  playout_.receive(now, std::move(incoming));
}

void AudioReceiver::tell(const rtp::ReceivedPacket& packet, const Meaning& meaning) {
  if (!config_.receiver->onencodedframe) return;
  auto copy = std::make_shared<Bytes>(toBytes(packet.payload()));
  config_.events->post([receiver = config_.receiver, copy, timestamp = packet.header.timestamp, now = packet.at,
                        codec = meaning.format.name] {
    if (auto handler = receiver->onencodedframe) handler({MediaKind::kAudio, *copy, true, timestamp, now, 0, 0, codec});
  });
}

// RFC 4733 §2.1: events are of the stream's clock. Differs from it, as libwebrtc does, where the payload type names another
// one: that says telephone-event/8000 in a stream of Opus, and counts timestamps and durations by the stream's clock.
void AudioReceiver::handleTone(rtp::ReceivedPacket packet, const Meaning& meaning) {
  tell(packet, meaning);
  media::AudioJitterBuffer::Packet incoming;
  incoming.sequenceNumber = packet.header.sequenceNumber;
  incoming.timestamp = packet.header.timestamp;
  incoming.payloadType = meaning.payloadType;
  incoming.payload = packet.payload();
  incoming.buffer = std::move(packet.buffer);
  playout_.receiveEvent(packet.at, std::move(incoming));
}

void AudioReceiver::handleTimeout(TimePoint now) {
  const double wished = config_.receiver->jitterBufferTarget().value_or(0);
  playout_.buffer().setFloor(Duration::micros(static_cast<int64_t>(wished * 1000)));
  const bool wanted = config_.receiver->track()->hasSinks();
  media::SoundPlayout::Sound sound;
  while (playout_.pop(now, wanted, sound)) play(now, std::move(sound));
}

void AudioReceiver::play(TimePoint now, media::SoundPlayout::Sound sound) {
  if (sound.packet) {
    lastPlayed_ = {sound.timestamp, now};
    static const Heard kNobody;
    const Heard* told = heard_.at(sound.timestamp);
    const Heard& heard = told ? *told : kNobody;
    const uint32_t source = heard.contributors.empty() ? ssrc().value() : heard.contributors.front().source;
    config_.receiver->noteSource(now, ssrc().value(), sound.timestamp, heard.level, heard.contributors,
                                 captureTimes_.at(source, sound.timestamp, playout_.clockRate()));
  }
  if (sound.frame.samples.empty()) return;
  sound_.note(sound.frame);
  auto shared = std::make_shared<media::AudioFrame>(std::move(sound.frame));
  config_.events->post([track = config_.receiver->track(), shared] { track->deliver(*shared); });
}

void AudioReceiver::addStats(RTCInboundRtpStreamStats& out) const {
  const auto stats = playout_.stats();
  out.framesReceived = stats.packets;
  out.framesDecoded = stats.packetsDecoded;
  out.jitterBufferDelay = stats.delaySum.toSeconds();
  out.jitterBufferTargetDelay = stats.targetSum.toSeconds();
  out.jitterBufferMinimumDelay = stats.minimumSum.toSeconds();
  out.jitterBufferEmittedCount = stats.emitted;
  out.totalSamplesReceived = stats.received;
  out.concealedSamples = stats.concealed;
  out.silentConcealedSamples = stats.silentConcealed;
  out.concealmentEvents = stats.concealmentEvents;
  out.insertedSamplesForDeceleration = stats.inserted;
  out.removedSamplesForAcceleration = stats.removed;
  out.packetsDiscarded = stats.discarded;
  out.totalSamplesDuration = stats.played.toSeconds();
  out.audioLevel = sound_.level();
  out.totalAudioEnergy = sound_.energy();
}

}  // namespace tincan::inline v0::stack
