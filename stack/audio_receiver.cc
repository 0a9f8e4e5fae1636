#include "stack/audio_receiver.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

namespace tincan::stack {
namespace {

uint32_t firstClockRate(const std::vector<CodecSpec>& codecs) {
  return codecs.empty() ? media::AudioFrame::kRate : codecs.front().clockRate;
}

media::AudioJitterBuffer::Config withClock(uint32_t clockRate) {
  media::AudioJitterBuffer::Config config;
  config.clockRate = clockRate;
  return config;
}

}  // namespace

AudioReceiver::AudioReceiver(Config config)
    : MediaReceiver(std::move(config)),
      clockRate_(firstClockRate(config_.codecs)),
      jitterBuffer_(withClock(clockRate_)) {
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
  if (clockRate == clockRate_) return;
  clockRate_ = clockRate;
  const auto& stats = jitterBuffer_.stats();
  before_.packets += stats.packets;
  before_.delaySum += stats.delaySum;
  before_.emittedSamples += stats.emittedSamples;
  before_.concealedSamples += stats.concealedSamples;
  before_.concealmentEvents += stats.concealmentEvents;
  before_.stretchedSamples += stats.stretchedSamples;
  before_.late += stats.late;
  before_.skipped += stats.skipped;
  const Duration extra = jitterBuffer_.extraDelay();
  jitterBuffer_ = media::AudioJitterBuffer(withClock(clockRate));
  jitterBuffer_.setExtraDelay(extra);
  stream().statistics().setClockRate(clockRate);
}

void AudioReceiver::handlePacket(rtp::ReceivedPacket packet) {
  const auto transformer = config_.receiver->transformer();
  if (!transformer || packet.payload().empty()) return takePacket(std::move(packet));
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
  metadata.receiveTime = static_cast<double>(packet.at.micros()) / 1000;
  if (const Meaning* known = meaning(packet.header.payloadType.value()))
    metadata.mimeType = "audio/" + known->format.name;
  auto data = std::make_shared<Bytes>(toBytes(packet.payload()));
  auto passed = std::make_shared<PassedSound>();
  passed->ssrc = ssrc();
  passed->packet = std::move(packet);
  const std::shared_ptr<void> origin = std::static_pointer_cast<Passed>(passed);
  config_.events->post(
      [transformer, metadata, data, origin] { transformer->read(metadata, std::move(*data), origin); });
}

// The packet goes on as if it had come with these bytes, now: a transform that takes its time is a slower path.
void AudioReceiver::resume(TimePoint now, Passed& passed, Bytes data) {
  rtp::ReceivedPacket& packet = static_cast<PassedSound&>(passed).packet;
  packet.at = std::max(packet.at, now);
  packet.header.paddingSize = 0;
  if (!packet.buffer.resize(packet.header.headerSize) || !packet.buffer.append(data)) return;
  takePacket(std::move(packet));
}

void AudioReceiver::takePacket(rtp::ReceivedPacket packet) {
  const TimePoint now = packet.at;
  const rtp::Header& header = packet.header;
  const ByteView payload = packet.payload();
  Meaning* known = meaning(header.payloadType.value());
  if (!known || payload.empty()) return;
  media::AudioDecoder* decoder = decoderOf(*known);
  uint32_t duration = decoder ? decoder->duration(payload) : 0;
  // Comfort noise holds until somebody speaks again (RFC 3389 §4): a frame of it, and then a pause.
  const bool noise = decoder && duration == 0 && isAuxiliary(known->format.name);
  if (noise) duration = known->format.clockRate / 50;
  if (decoder && duration == 0) return;
  payloadType_ = known->payloadType;
  if (config_.receiver->onencodedframe) {
    auto copy = std::make_shared<Bytes>(toBytes(payload));
    config_.events->post(
        [receiver = config_.receiver, copy, timestamp = header.timestamp, now, codec = known->format.name] {
          if (auto handler = receiver->onencodedframe)
            handler({MediaKind::kAudio, *copy, true, timestamp, now, 0, 0, codec});
        });
  }
  if (!decoder) return;
  setClock(known->format.clockRate);
  media::AudioJitterBuffer::Packet incoming;
  incoming.sequenceNumber = header.sequenceNumber;
  incoming.timestamp = header.timestamp;
  incoming.samples = duration;
  incoming.dtx = decoder->mayPause(payload);
  incoming.payloadType = known->payloadType;
  incoming.payload = payload;
  incoming.buffer = std::move(packet.buffer);
  jitterBuffer_.receive(now, std::move(incoming));
}

void AudioReceiver::handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>&) {
  media::AudioJitterBuffer::Playout playout;
  while (jitterBuffer_.pop(now, playout)) play(now, playout);
}

// What is missing: the next packet's copy of it, where the same codec plays on (RFC 7587 §6.1), else concealed by the
// codec that played last.
Result<media::AudioFrame> AudioReceiver::fill(const media::AudioJitterBuffer::Playout& playout) {
  const bool fromNext = !playout.nextPayload.empty();
  Meaning* known = meaning(playing_);
  if (!known) known = meaning(payloadType_);
  media::AudioDecoder* decoder = known ? decoderOf(*known) : nullptr;
  if (!decoder) return {ErrorCode::kInvalidStateError, "nothing was played yet"};
  const auto samples = static_cast<uint32_t>(uint64_t{playout.samples} * media::AudioFrame::kRate / clockRate_);
  const bool sameCodec = fromNext && playout.payloadType == known->payloadType;
  return sameCodec ? decoder->recover(playout.nextPayload, samples) : decoder->conceal(samples);
}

bool AudioReceiver::pausesWithNoise() {
  Meaning* known = meaning(playing_);
  return known && known->decoder && isAuxiliary(known->format.name);
}

void AudioReceiver::play(TimePoint now, const media::AudioJitterBuffer::Playout& playout) {
  const auto& track = config_.receiver->track();
  if (playout.kind == media::AudioJitterBuffer::Kind::kPacket)
    config_.receiver->noteSource(now, ssrc().value(), playout.timestamp, std::nullopt);
  if (!track->hasSinks()) return;
  if (playout.kind == media::AudioJitterBuffer::Kind::kNothing && !pausesWithNoise()) return;
  const bool missing = playout.kind != media::AudioJitterBuffer::Kind::kPacket;
  Result<media::AudioFrame> sound(ErrorCode::kInvalidStateError, "no decoder");
  if (missing) {
    sound = fill(playout);
  } else if (Meaning* known = meaning(playout.payloadType); known && decoderOf(*known)) {
    playing_ = playout.payloadType;
    sound = known->decoder->decode(playout.payload);
  }
  if (!sound) return;
  if (!missing) ++framesDecoded_;
  sound->rtpTimestamp = playout.timestamp;
  sound->captured = now;
  sound_.note(*sound);
  auto shared = std::make_shared<media::AudioFrame>(*std::move(sound));
  config_.events->post([track, shared] { track->deliver(*shared); });
}

void AudioReceiver::addStats(RTCInboundRtpStreamStats& out) const {
  const auto& stats = jitterBuffer_.stats();
  out.framesReceived = before_.packets + stats.packets;
  out.framesDecoded = framesDecoded_;
  out.jitterBufferDelay = (before_.delaySum + stats.delaySum).toSeconds();
  out.jitterBufferEmittedCount = before_.emittedSamples + stats.emittedSamples;
  out.totalSamplesReceived = before_.emittedSamples + stats.emittedSamples;
  out.concealedSamples = before_.concealedSamples + stats.concealedSamples;
  out.silentConcealedSamples = 0;  // what is concealed here is never made silent
  out.concealmentEvents = before_.concealmentEvents + stats.concealmentEvents;
  out.insertedSamplesForDeceleration = before_.stretchedSamples + stats.stretchedSamples;
  out.packetsDiscarded = before_.late + before_.skipped + stats.late + stats.skipped;
  out.totalSamplesDuration = static_cast<double>(*out.totalSamplesReceived) / clockRate_;
  out.audioLevel = sound_.level();
  out.totalAudioEnergy = sound_.energy();
}

}  // namespace tincan::stack
