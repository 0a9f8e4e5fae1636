#include "stack/video_receiver.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "media/codec/frame_quantizer.h"
#include "media/video_turn.h"

namespace tincan::inline v0::stack {
namespace {

// libwebrtc makes no two key frames within 300 ms, and forgets the second wish.
constexpr int kWishAgain = 2;
constexpr uint32_t kClockRate = 90'000;  // of every video payload format
constexpr Duration kWishInterval = Duration::seconds(1);

}  // namespace

VideoReceiver::VideoReceiver(Config config, DecoderBudget& budget)
    : MediaReceiver(std::move(config)),
      decoder_(budget, *config_.factory, config_.work,
               [this](TimePoint now, const media::ReceivedFrame& frame, Result<media::VideoFrame> picture) {
                 decoded(now, frame, std::move(picture));
               }) {
  codecsChanged();
}

// The stream that is being decoded goes on, unless its payload type has another meaning now.
void VideoReceiver::codecsChanged() {
  const auto before = std::exchange(meanings_, {});
  for (const CodecSpec& codec : config_.codecs) {
    media::CodecFormat format = formatOf(MediaKind::kVideo, codec);
    const auto payload = config_.factory->payloadFormat(format);
    meanings_.push_back({codec.payloadType, std::move(format), payload});
  }
  for (const Meaning& was : before) {
    const Meaning* is = meaning(was.payloadType);
    if (!is || !media::sameCodec(is->format, was.format)) dropHeld();
  }
}

const VideoReceiver::Meaning* VideoReceiver::meaning(uint8_t payloadType) const {
  for (const Meaning& one : meanings_)
    if (one.payloadType == payloadType) return &one;
  return nullptr;
}

void VideoReceiver::handlePacket(rtp::ReceivedPacket packet) {
  const TimePoint now = packet.at;
  const rtp::Header& header = packet.header;
  media::VideoJitterBuffer::Packet incoming;
  incoming.sequenceNumber = header.sequenceNumber;
  incoming.timestamp = header.timestamp;
  incoming.payloadType = header.payloadType.value();
  const ByteView payload = packet.payload();
  const bool probe = payload.empty();  // padding alone fills its place in the order
  const Meaning* known = meaning(incoming.payloadType);
  if (!known || !known->payload) return;
  if (!probe && !rtp::depacketize(*known->payload, payload, header.marker, incoming.info)) return;
  if (!probe) payloadType_ = incoming.payloadType;
  if (incoming.info.keyFrame && incoming.info.startOfFrame) stream().keyFrameBegins(header.sequenceNumber);
  followPlayoutDelay(packet);
  noteHeader(packet);
  incoming.recovered = packet.recovered;
  if (const auto told = packet.extension(rtp::ExtensionKind::kDependencyDescriptor)) incoming.dependencies = *told;
  incoming.contributing = packet.buffer.view().subspan(rtp::kFixedHeaderSize, size_t{4} * header.csrcCount);
  incoming.buffer = std::move(packet.buffer);
  jitterBuffer_.setRepairTime(stream().repairTime());
  jitterBuffer_.receive(now, std::move(incoming));
  stream().setKeyFrameTime(jitterBuffer_.keyFrameTime());
  releaseFrames(now);
}

// The sender's wish (the playout-delay extension) holds until it says another; the application's (jitterBufferTarget)
// is a least delay beside it.
void VideoReceiver::followPlayoutDelay(const rtp::ReceivedPacket& packet) {
  if (const auto bytes = packet.extension(rtp::ExtensionKind::kPlayoutDelay)) {
    if (const auto wish = rtp::PlayoutDelay::read(*bytes); wish && wish->min <= wish->max) senderWish_ = wish;
  }
  const double target = config_.receiver->jitterBufferTarget().value_or(0);
  const Duration least = Duration::micros(static_cast<int64_t>(target * 1000));
  const media::VideoJitterBuffer::Config usual;
  const Duration min = senderWish_ ? senderWish_->min : usual.minDelay;
  const Duration max = senderWish_ ? senderWish_->max : usual.maxDelay;
  jitterBuffer_.setDelayLimits(std::max(min, least), std::max(max, least));
}

// What packets say beside what they carry. 3GPP TS 26.114 §7.4.5: an orientation holds until another one is told.
void VideoReceiver::noteHeader(const rtp::ReceivedPacket& packet) {
  noteCaptureTime(packet);
  if (!begun_.of(packet.header.timestamp)) begun_.note(packet.header.timestamp, packet.at);
  if (const auto bytes = packet.extension(rtp::ExtensionKind::kVideoOrientation))
    if (const auto orientation = rtp::VideoOrientation::read(*bytes))
      orientations_.note(packet.header.timestamp, *orientation);
  if (packet.header.csrcCount == 0) return;
  std::vector<RtpReceiver::Contributor> told;
  for (size_t i = 0; i < packet.header.csrcCount; ++i)
    told.push_back({packet.header.csrc(packet.buffer.view(), i).value()});
  contributors_.note(packet.header.timestamp, std::move(told));
}

uint32_t VideoReceiver::capturerOf(const media::ReceivedFrame& frame) const {
  return frame.contributingSources.empty() ? ssrc().value() : *frame.contributingSources.begin();
}

void VideoReceiver::wantKeyFrame(TimePoint now) {
  keyFrameWishes_ = kWishAgain;
  nextWish_ = now + kWishInterval;
  stream().requestKeyFrame();
}

void VideoReceiver::repeatWish(TimePoint now, bool keyFrame) {
  if (keyFrame) keyFrameWishes_ = 0;
  if (keyFrameWishes_ == 0 || now < nextWish_) return;
  --keyFrameWishes_;
  nextWish_ = now + kWishInterval;
  stream().requestKeyFrame();
}

void VideoReceiver::dropHeld() {
  jitterBuffer_.clear();
  stream().requestKeyFrame();
}

void VideoReceiver::releaseFrames(TimePoint now) {
  while (jitterBuffer_.pop(now, frame_)) deliver(now, frame_);
  if (jitterBuffer_.needsKeyFrame()) stream().requestKeyFrame();
}

void VideoReceiver::deliver(TimePoint now, media::ReceivedFrame& frame) {
  ++framesReceived_;
  stream().played(frame.firstSequenceNumber);
  framesOfSeveralPackets_ += frame.packets > 1 ? 1 : 0;
  const TimePoint* begun = begun_.of(frame.rtpTimestamp);
  if (begun && frame.packets > 1 && *begun < frame.received) assembling_ = assembling_ + (frame.received - *begun);
  repeatWish(now, frame.keyFrame);
  if (frame.keyFrame) {
    stream().keyFrameArrived();
    if (frame.width != 0) width_ = frame.width;
    if (frame.height != 0) height_ = frame.height;
  }
  if (config_.selector) config_.selector->note(now, rid(), width_, height_);
  if (const auto transformer = config_.receiver->transformer()) return passToTransform(transformer, frame);
  handOn(now, frame);
}

namespace {

struct PassedPicture final : MediaReceiver::Passed {
  media::ReceivedFrame frame;  // without its bytes
};

}  // namespace

void VideoReceiver::passToTransform(const std::shared_ptr<RTCRtpScriptTransformer>& transformer,
                                    const media::ReceivedFrame& frame) {
  auto passed = std::make_shared<PassedPicture>();
  passed->ssrc = ssrc();
  passed->frame = frame;
  auto data = std::make_shared<Bytes>(std::move(passed->frame.data));
  RTCEncodedVideoFrameMetadata metadata;
  metadata.synchronizationSource = ssrc().value();
  metadata.payloadType = frame.payloadType;
  metadata.rtpTimestamp = frame.rtpTimestamp;
  metadata.contributingSources.assign(frame.contributingSources.begin(), frame.contributingSources.end());
  if (frame.frameId && *frame.frameId >= 0) metadata.frameId = static_cast<uint64_t>(*frame.frameId);
  for (const int64_t each : frame.dependencies)
    if (each >= 0) metadata.dependencies.push_back(static_cast<uint64_t>(each));
  describeCapture(capturerOf(frame), frame.rtpTimestamp, kClockRate, metadata);
  metadata.receiveTime = static_cast<double>(frame.received.micros()) / 1000;
  if (frame.width > 0 && frame.height > 0) {
    metadata.width = frame.width;
    metadata.height = frame.height;
  }
  metadata.spatialIndex = frame.spatialLayer;
  metadata.temporalIndex = frame.temporalLayer;
  if (const Meaning* known = meaning(frame.payloadType)) metadata.mimeType = "video/" + known->format.name;
  const auto type = frame.keyFrame ? RTCEncodedVideoFrameType::kKey : RTCEncodedVideoFrameType::kDelta;
  const std::shared_ptr<void> origin = std::static_pointer_cast<Passed>(passed);
  config_.events->post(
      [transformer, type, metadata, data, origin] { transformer->read(type, metadata, std::move(*data), origin); });
}

void VideoReceiver::resume(TimePoint now, Passed& passed, RTCRtpScriptTransformer::Written written) {
  media::ReceivedFrame& frame = static_cast<PassedPicture&>(passed).frame;
  frame.data = std::move(written.data);
  if (written.changes.rtpTimestamp) frame.rtpTimestamp = *written.changes.rtpTimestamp;
  handOn(now, frame);
}

void VideoReceiver::handOn(TimePoint now, const media::ReceivedFrame& frame) {
  if (config_.receiver->onencodedframe) {
    auto copy = std::make_shared<media::ReceivedFrame>(frame);
    const Meaning* known = meaning(frame.payloadType);
    config_.events->post(
        [receiver = config_.receiver, copy, codec = known ? known->format.name : std::string(), name = rid()] {
          if (auto handler = receiver->onencodedframe) {
            EncodedFrame told{MediaKind::kVideo, copy->data,  copy->keyFrame, copy->rtpTimestamp,
                              copy->received,    copy->width, copy->height,   codec};
            told.rid = name;
            told.spatialLayer = copy->spatialLayer;
            told.temporalLayer = copy->temporalLayer;
            handler(told);
          }
        });
  }
  decode(now, frame);
}

// A picture that was played out: decoded, or such that a decoder would have it, where nobody looks. A browser decodes
// those too (webrtc-stats, framesDecoded), and so its numbers and ours mean the same.
void VideoReceiver::countDecoded(TimePoint now, const media::ReceivedFrame& frame) {
  ++framesDecoded_;
  if (frame.keyFrame) ++keyFramesDecoded_;
  rate_.note(now);
  pace_.note(now);
  lastPlayed_ = {frame.rtpTimestamp, now};
  if (const Meaning* known = meaning(frame.payloadType); known && known->payload)
    if (const auto told = media::frameQuantizer(*known->payload, frame.data))
      quantizers_ = quantizers_.value_or(0) + *told;
  static const std::vector<RtpReceiver::Contributor> kNobody;
  const auto* told = contributors_.at(frame.rtpTimestamp);
  config_.receiver->noteSource(now, ssrc().value(), frame.rtpTimestamp, std::nullopt, told ? *told : kNobody,
                               captureTimes_.at(capturerOf(frame), frame.rtpTimestamp, kClockRate));
}

bool VideoReceiver::isLookedAt(TimePoint now) const {
  if (config_.layerTrack && config_.layerTrack->hasSinks()) return true;
  return config_.receiver->track()->hasSinks() && (!config_.selector || config_.selector->needs(now, rid()));
}

void VideoReceiver::show(TimePoint now, std::shared_ptr<media::VideoFrame> picture) {
  if (config_.layerTrack) config_.events->post([track = config_.layerTrack, picture] { track->deliver(*picture); });
  if (config_.selector && !config_.selector->takes(now, rid())) return;
  ++framesShown_;
  config_.events->post([track = config_.receiver->track(), picture] { track->deliver(*picture); });
}

// Nobody looks: nothing is decoded, and the first sink after that waits for a key frame.
void VideoReceiver::decode(TimePoint now, const media::ReceivedFrame& frame) {
  if (!isLookedAt(now)) {
    decoderNeedsKeyFrame_ = true;
    decoder_.close();
    countDecoded(now, frame);
    return;
  }
  const Meaning* known = meaning(frame.payloadType);
  if (!known) return;
  if (decoder_.setFormat(known->format)) decoderNeedsKeyFrame_ = true;
  if (decoderNeedsKeyFrame_ && !frame.keyFrame) {
    // One that would be refused again is not asked for.
    if (decoder_.hasRoom(now)) stream().requestKeyFrame();
    return;
  }
  decoderNeedsKeyFrame_ = false;  // unless it fails
  decoder_.decode(now, frame);
}

void VideoReceiver::decoded(TimePoint now, const media::ReceivedFrame& frame, Result<media::VideoFrame> picture) {
  if (!picture) {
    ++framesFailed_;
    decoderNeedsKeyFrame_ = true;
    if (picture.error().code() == ErrorCode::kLimit) {
      ++framesOverBudget_;
    } else if (picture.error().code() != ErrorCode::kUnsupported) {
      stream().requestKeyFrame();
    }
    return;
  }
  decodeTime_.note(now - frame.due);
  decoding_ = decoding_ + (now - frame.due);
  if (const TimePoint* begun = begun_.of(frame.rtpTimestamp)) processing_ = processing_ + (now - *begun);
  countDecoded(now, frame);
  picture->rtpTimestamp = frame.rtpTimestamp;
  picture->captured = frame.received;
  width_ = static_cast<uint32_t>(picture->width);
  height_ = static_cast<uint32_t>(picture->height);
  // Flipped and then turned is turned the other way and then flipped.
  if (const auto* held = orientations_.at(frame.rtpTimestamp); held && (held->quarterTurns != 0 || held->flip))
    *picture = media::turned(*picture, held->flip ? -held->quarterTurns : held->quarterTurns, held->flip);
  show(now, std::make_shared<media::VideoFrame>(*std::move(picture)));
}

// Seen when they are decoded: sound waits for that, too.
std::optional<media::PlayoutPoint> VideoReceiver::takePlayed() {
  auto played = jitterBuffer_.takePlayed();
  if (played) played->at = played->at + decodeTime_.usual();
  return played;
}

TimePoint VideoReceiver::nextTimeout() const {
  return jitterBuffer_.nextTimeout();
}

void VideoReceiver::handleTimeout(TimePoint now) {
  releaseFrames(now);
}

void VideoReceiver::setRoundTripTime(Duration rtt) {
  jitterBuffer_.setRoundTripTime(rtt);
  stream().setRoundTripTime(rtt);
}

void VideoReceiver::addStats(RTCInboundRtpStreamStats& out) const {
  out.framesReceived = framesReceived_;
  out.framesDecoded = framesDecoded_;
  out.keyFramesDecoded = keyFramesDecoded_;
  if (quantizers_) out.qpSum = *quantizers_;
  out.framesDropped = framesFailed_ + decoder_.framesLate();
  out.framesOverBudget = framesOverBudget_;
  out.frameWidth = width_;
  out.frameHeight = height_;
  out.nackCount = stream().nackCount();
  out.pliCount = stream().pliCount();
  out.firCount = stream().firCount();
  out.framesPerSecond = rate_.rate();
  out.framesAssembledFromMultiplePackets = framesOfSeveralPackets_;
  out.framesRendered = framesShown_;
  out.totalAssemblyTime = assembling_.toSeconds();
  out.totalProcessingDelay = processing_.toSeconds();
  out.totalDecodeTime = decoding_.toSeconds();
  out.decoderImplementation = decoder_.implementation();
  if (!out.decoderImplementation.empty()) out.powerEfficientDecoder = false;  // a library's, on the processor
  out.totalInterFrameDelay = pace_.totalDelay().toSeconds();
  out.totalSquaredInterFrameDelay = pace_.totalSquaredDelay();
  out.freezeCount = pace_.freezes();
  out.totalFreezesDuration = pace_.frozen().toSeconds();
  out.pauseCount = pace_.pauses();
  out.totalPausesDuration = pace_.paused().toSeconds();
  out.packetsDiscarded = jitterBuffer_.stats().late;
  out.jitterBufferDelay = jitterBuffer_.stats().delaySum.toSeconds();
  out.jitterBufferTargetDelay = jitterBuffer_.stats().targetSum.toSeconds();
  out.jitterBufferMinimumDelay = jitterBuffer_.stats().minimumSum.toSeconds();
  out.jitterBufferEmittedCount = jitterBuffer_.stats().framesOut;
}

}  // namespace tincan::inline v0::stack
