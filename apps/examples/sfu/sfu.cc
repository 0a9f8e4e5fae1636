#include "apps/examples/sfu/sfu.h"

#include <utility>

namespace tincan::inline v0::examples {
namespace {

stack::SessionEndpoint::Config controlled(stack::SessionEndpoint::Config config) {
  config.ice.role = ice::Role::kControlled;  // those who come offer
  return config;
}

}  // namespace

// ---- those who watch ----

Sfu::Watcher::Watcher(Sfu& sfu, const crypto::Identity& identity, uint32_t ssrc)
    : sfu_(sfu), endpoint_(controlled(sfu.config_.endpoint), identity, *this, sfu.random_, sfu.pool_) {
  const session::Section& section = sfu.config_.section;
  session::OutboundStream::Config config;
  config.ssrc = Ssrc(ssrc);
  config.rtxSsrc = Ssrc(ssrc + 1);
  config.mid = section.mid;
  config.payloadType = section.formats.front().type;
  config.clockRate = section.formats.front().clockRate;
  config.rtxPayloadType = section.formats.front().rtxType;
  config.nack = true;
  config.extensions = section.extensions;
  session::Section ours = section;
  ours.receive = false;
  endpoint_.session().setSections({ours});
  endpoint_.session().queue().setPacingRate(sfu.config_.bitrate);
  endpoint_.session().queue().repairs().setLineRate(sfu.config_.bitrate);
  forwarder_ = std::make_unique<session::Forwarder>(endpoint_.session().add(std::move(config)), sfu.pool_);
}

void Sfu::Watcher::choose(std::string rid) {
  rid_ = std::move(rid);
  follow();
}

// The encoding's SSRC, which the publisher may change.
void Sfu::Watcher::follow() {
  const auto* stream = sfu_.publisher_.session().find(sfu_.config_.section.mid, rid_);
  if (!stream) return;
  forwarder_->layers().want(stream->ssrc());
  if (forwarder_->layers().waits()) sfu_.requestKeyFrame(stream->ssrc());
}

void Sfu::Watcher::forward(TimePoint now, session::InboundStream& from, const session::ForwardedPacket& packet) {
  if (!endpoint_.connected()) return;  // not yet, or not any more
  if (forwarder_->forward(now, packet)) {
    endpoint_.wake();
  } else if (forwarder_->layers().waits() && forwarder_->layers().wanted() == from.ssrc()) {
    sfu_.requestKeyFrame(from.ssrc());
  }
}

void Sfu::Watcher::onKeyFrameRequest(TimePoint, session::OutboundStream&) {
  const auto current = forwarder_->layers().current();
  if (current) sfu_.requestKeyFrame(*current);
}

void Sfu::Watcher::onCollision(TimePoint, session::OutboundStream& stream,
                               const session::OutboundStream::Config& instead) {
  endpoint_.session().remove(stream);
  forwarder_->setStream(endpoint_.session().add(instead));
}

// ---- the one who sends ----

Sfu::Sfu(Config config, const crypto::Identity& identity, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)),
      identity_(identity),
      random_(random),
      pool_(pool),
      publisher_(controlled(config_.endpoint), identity, *this, random, pool) {
  config_.section.receive = true;
  config_.section.nack = true;
  publisher_.session().setSections({config_.section});
}

Sfu::Watcher& Sfu::addWatcher() {
  watchers_.push_back(std::unique_ptr<Watcher>(new Watcher(*this, identity_, random_.u32())));
  return *watchers_.back();
}

void Sfu::onStream(TimePoint, session::InboundStream&) {
  for (const auto& watcher : watchers_) watcher->follow();
}

void Sfu::onPacket(session::InboundStream& stream, rtp::ReceivedPacket packet) {
  if (stream.isSuperseded()) return;
  const auto forwarded = session::ForwardedPacket::of(packet, stream, config_.section.extensions, config_.format);
  if (!forwarded) return;
  if (forwarded->startsKeyFrame) stream.keyFrameArrived();
  for (const auto& watcher : watchers_) watcher->forward(packet.at, stream, *forwarded);
}

// Limited by the stream: many may ask at once.
void Sfu::requestKeyFrame(Ssrc encoding) {
  session::InboundStream* stream = publisher_.session().streams().receiving(encoding);
  if (!stream) return;
  stream->requestKeyFrame();
  publisher_.wake();
}

}  // namespace tincan::inline v0::examples
