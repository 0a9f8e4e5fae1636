#include "stack/video_receiver.h"

#include <memory>
#include <utility>

namespace tincan::stack {

VideoReceiver::VideoReceiver(Config config, DecoderBudget& budget)
    : MediaReceiver(std::move(config)), decoder_(budget, *config_.factory) {
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
  nacks_.setPatience(stream().patience(now));
  nacks_.receive(now, header.sequenceNumber, incoming.info.keyFrame && incoming.info.startOfFrame);
  incoming.buffer = std::move(packet.buffer);
  jitterBuffer_.receive(now, std::move(incoming));
  releaseFrames(now);
}

void VideoReceiver::dropHeld() {
  jitterBuffer_.clear();
  keyFrames_.want();
}

void VideoReceiver::releaseFrames(TimePoint now) {
  while (jitterBuffer_.pop(now, frame_)) deliver(now, frame_);
  if (jitterBuffer_.needsKeyFrame() || nacks_.takeKeyFrameRequest()) keyFrames_.want();
}

void VideoReceiver::deliver(TimePoint now, media::ReceivedFrame& frame) {
  ++framesReceived_;
  nacks_.forgetUpTo(frame.firstSequenceNumber);
  framesOfSeveralPackets_ += frame.packets > 1 ? 1 : 0;
  if (frame.keyFrame) {
    keyFrames_.satisfied();
    if (frame.width != 0) width_ = frame.width;
    if (frame.height != 0) height_ = frame.height;
  }
  if (config_.receiver->onencodedframe) {
    auto copy = std::make_shared<media::ReceivedFrame>(frame);
    const Meaning* known = meaning(frame.payloadType);
    config_.events->post([receiver = config_.receiver, copy, codec = known ? known->format.name : std::string()] {
      if (auto handler = receiver->onencodedframe) {
        handler({MediaKind::kVideo, copy->data, copy->keyFrame, copy->rtpTimestamp, copy->received, copy->width,
                 copy->height, codec});
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
  config_.receiver->noteSource(now, ssrc().value(), frame.rtpTimestamp, std::nullopt);
}

// Nobody looks: nothing is decoded, and the first sink after that waits for a key frame.
void VideoReceiver::decode(TimePoint now, const media::ReceivedFrame& frame) {
  const auto& track = config_.receiver->track();
  if (!track->hasSinks()) {
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
    if (decoder_.hasRoom(now)) keyFrames_.want();
    return;
  }
  auto picture = decoder_.decode(now, frame.data);
  if (!picture) {
    ++framesFailed_;
    decoderNeedsKeyFrame_ = true;
    if (picture.error().code() == ErrorCode::kLimit) {
      ++framesOverBudget_;
    } else if (picture.error().code() != ErrorCode::kUnsupported) {
      keyFrames_.want();
    }
    return;
  }
  decoderNeedsKeyFrame_ = false;
  countDecoded(now, frame);
  picture->rtpTimestamp = frame.rtpTimestamp;
  picture->captured = frame.received;
  width_ = static_cast<uint32_t>(picture->width);
  height_ = static_cast<uint32_t>(picture->height);
  auto shared = std::make_shared<media::VideoFrame>(*std::move(picture));
  config_.events->post([track, shared] { track->deliver(*shared); });
}

TimePoint VideoReceiver::nextTimeout() const {
  return earlier(earlier(jitterBuffer_.nextTimeout(), nacks_.nextTimeout()), keyFrames_.nextTimeout());
}

void VideoReceiver::handleTimeout(TimePoint now, std::vector<rtp::rtcp::Packet>& feedback) {
  releaseFrames(now);
  rtp::rtcp::Nack nack;
  nack.sender = config_.localSsrc;
  nack.media = ssrc();
  if (nacks_.poll(now, nack.sequenceNumbers)) {
    ++nackCount_;
    feedback.push_back(std::move(nack));
  }
  if (nacks_.takeKeyFrameRequest()) keyFrames_.want();
  if (keyFrames_.poll(now)) {
    ++pliCount_;
    feedback.push_back(rtp::rtcp::Pli{config_.localSsrc, ssrc()});
  }
}

void VideoReceiver::setRoundTripTime(Duration rtt) {
  jitterBuffer_.setRoundTripTime(rtt);
  nacks_.setRoundTripTime(rtt);
  keyFrames_.setRoundTripTime(rtt);
}

void VideoReceiver::addStats(RTCInboundRtpStreamStats& out) const {
  out.framesReceived = framesReceived_;
  out.framesDecoded = framesDecoded_;
  out.keyFramesDecoded = keyFramesDecoded_;
  out.framesDropped = framesFailed_;
  out.framesOverBudget = framesOverBudget_;
  out.frameWidth = width_;
  out.frameHeight = height_;
  out.nackCount = nackCount_;
  out.pliCount = pliCount_;
  out.firCount = 0;  // PLI is what we ask by
  out.framesPerSecond = rate_.rate();
  out.framesAssembledFromMultiplePackets = framesOfSeveralPackets_;
  out.totalInterFrameDelay = pace_.totalDelay().toSeconds();
  out.totalSquaredInterFrameDelay = pace_.totalSquaredDelay();
  out.freezeCount = pace_.freezes();
  out.totalFreezesDuration = pace_.frozen().toSeconds();
  out.pauseCount = pace_.pauses();
  out.totalPausesDuration = pace_.paused().toSeconds();
  out.packetsDiscarded = jitterBuffer_.stats().late;
  out.jitterBufferDelay = jitterBuffer_.stats().delaySum.toSeconds();
  out.jitterBufferEmittedCount = jitterBuffer_.stats().framesOut;
}

}  // namespace tincan::stack
