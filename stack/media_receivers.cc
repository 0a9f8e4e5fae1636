#include "stack/media_receivers.h"

#include <utility>

#include "stack/audio_receiver.h"
#include "stack/video_receiver.h"

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMaxHeldPackets = 8192;  // LIMITS B22

}  // namespace

MediaReceivers::MediaReceivers(Config config, std::shared_ptr<EventQueue> events)
    : config_(std::move(config)), events_(std::move(events)), decoders_(config_.limits) {}

void MediaReceivers::add(session::InboundStream& stream, const MediaSection& section,
                         std::optional<Duration> roundTrip) {
  MediaReceiver::Config config;
  config.mid = stream.config().mid;
  config.stream = &stream;
  config.codecs = section.negotiated.codecs;
  config.factory = &config_.codecs;
  config.receiver = section.negotiated.transceiver->receiver();
  config.events = events_;
  config.work = config_.work;
  config.unixMicrosAtZero = config_.unixMicrosAtZero;
  for (const ReceivedLayer& layer : config.receiver->layers()) {
    if (layer.rid != stream.config().rid) continue;
    config.layerTrack = layer.track;
    config.selector = section.layers;
  }
  std::unique_ptr<MediaReceiver> receiver;
  if (section.kind() == MediaKind::kAudio) {
    receiver = std::make_unique<AudioReceiver>(std::move(config));
  } else {
    receiver = std::make_unique<VideoReceiver>(std::move(config), decoders_);
  }
  if (roundTrip) receiver->setRoundTripTime(*roundTrip);
  receivers_.insert_or_assign(stream.ssrc(), std::move(receiver));
}

// LIMITS B22. What is held is counted where it grows: sources that have given packets back since are asked only when the
// bound seems to be reached.
void MediaReceivers::receive(Ssrc ssrc, rtp::ReceivedPacket packet) {
  const auto found = receivers_.find(ssrc);
  if (found == receivers_.end()) return;
  MediaReceiver& receiver = *found->second;
  const size_t before = receiver.heldPackets();
  receiver.receive(std::move(packet));
  const size_t after = receiver.heldPackets();
  heldAtMost_ += after > before ? after - before : 0;
  if (heldAtMost_ <= kMaxHeldPackets) return;
  heldAtMost_ = 0;
  MediaReceiver* fullest = &receiver;
  for (const auto& [other, each] : receivers_) {
    heldAtMost_ += each->heldPackets();
    if (each->heldPackets() > fullest->heldPackets()) fullest = each.get();
  }
  if (heldAtMost_ <= kMaxHeldPackets) return;
  ++heldOverBudget_;
  heldAtMost_ -= fullest->heldPackets();
  fullest->dropHeld();
}

void MediaReceivers::goodbye(Ssrc ssrc) {
  const auto found = receivers_.find(ssrc);
  if (found != receivers_.end()) found->second->goodbye();
}

void MediaReceivers::setCodecs(const std::string& mid, const std::vector<CodecSpec>& codecs) {
  for (const auto& [ssrc, receiver] : receivers_) {
    if (receiver->config().mid == mid) receiver->setCodecs(codecs);
  }
}

void MediaReceivers::setRoundTripTime(Duration roundTrip) {
  for (auto& [ssrc, receiver] : receivers_) receiver->setRoundTripTime(roundTrip);
}

void MediaReceivers::wantKeyFrame(TimePoint now, const RtpReceiver& wanted) {
  for (auto& [ssrc, receiver] : receivers_) {
    if (receiver->config().receiver.get() == &wanted) receiver->wantKeyFrame(now);
  }
}

void MediaReceivers::collect(TimePoint now) {
  for (auto& [ssrc, receiver] : receivers_) receiver->collect(now);
}

void MediaReceivers::resume(TimePoint now, RTCRtpScriptTransformer::Written written) {
  const auto passed = std::static_pointer_cast<MediaReceiver::Passed>(written.origin);
  const auto found = receivers_.find(passed->ssrc);
  if (found != receivers_.end()) found->second->resume(now, *passed, std::move(written));
}

TimePoint MediaReceivers::nextTimeout() const {
  TimePoint next = TimePoint::never();
  for (const auto& [ssrc, receiver] : receivers_)
    next = earlier(next, earlier(receiver->nextTimeout(), receiver->timesOutAt()));
  return next;
}

void MediaReceivers::handleTimeout(TimePoint now) {
  for (auto& [ssrc, receiver] : receivers_) {
    if (receiver->nextTimeout() <= now) receiver->handleTimeout(now);
    if (receiver->timesOutAt() <= now) receiver->goodbye();
  }
}

}  // namespace tincan::inline v0::stack
