#include "stack/sender_rates.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "rtp/congestion/delay_loss_controller.h"
#include "rtp/congestion/fixed_rate_controller.h"
#include "rtp/congestion/scream_controller.h"

namespace tincan::inline v0::stack {
namespace {

constexpr double kMaxPacingFactor = 1000;
constexpr uint64_t kMinVideoBitrate = 50'000;  // a few small pictures a second

// webrtc-priority §4.2.1.
double weightOf(RTCPriorityType priority) {
  switch (priority) {
    case RTCPriorityType::kVeryLow: return 0.5;
    case RTCPriorityType::kLow: return 1;
    case RTCPriorityType::kMedium: return 2;
    case RTCPriorityType::kHigh: return 4;
  }
  return 1;
}

// What is around a payload: RTP's header, its extensions and the payload format's words, about 30 bytes, and what is
// below RTP. Of a video packet of 1,200 bytes; of 50 packets of sound a second.
constexpr uint64_t kAround = 30 + session::Congestion::kOverhead;
constexpr uint64_t kSoundHeaders = 50 * 8 * kAround;

// Rounded up, so that what comes back by withoutHeaders(), of one or of a sum, is no less.
uint64_t withHeaders(uint64_t bitrate) {
  return bitrate + (bitrate * kAround + 1199) / 1200;
}
uint32_t withoutHeaders(uint64_t bitrate) {
  return static_cast<uint32_t>(std::min<uint64_t>(bitrate * 1200 / (1200 + kAround), UINT32_MAX));
}

}  // namespace

SenderRates::SenderRates(Config config, MediaSenders& senders, session::SendQueue& queue)
    : config_(std::move(config)),
      senders_(senders),
      queue_(queue),
      videoTarget_(config_.videoBitrate > 0 ? config_.videoBitrate : kUsualVideoBitrate) {}

// ---- what is sent, and where ----

void SenderRates::negotiated(TimePoint now) {
  const auto reports = peerReports();
  if (reports && (!congestion_ || congestion_->reports() != *reports)) begin(now, *reports);
  renew(now);
}

void SenderRates::renew(TimePoint now) {
  wanted_ = 0;
  share(now);
}

std::optional<session::Congestion::Reports> SenderRates::peerReports() const {
  std::optional<session::Congestion::Reports> out;
  for (const auto& [mid, section] : senders_.sections()) {
    if (!section.sender || section.kind() != MediaKind::kVideo) continue;
    const CodecSpec& sending = section.sending.front();
    if (sending.hasFeedback(kCongestionFeedback)) return session::Congestion::Reports::kBySsrc;
    if (sending.hasFeedback("transport-cc") &&
        extensionMap(section.negotiated).id(rtp::ExtensionKind::kTransportSequence) != 0)
      out = session::Congestion::Reports::kTransportWide;
  }
  return out;
}

void SenderRates::begin(TimePoint now, session::Congestion::Reports reports) {
  rtp::RateLimits limits;
  limits.start = config_.congestion.startBitrate;
  limits.least = config_.congestion.minBitrate;
  if (config_.congestion.maxBitrate > 0) limits.most = std::max(config_.congestion.maxBitrate, limits.least);
  std::unique_ptr<rtp::RateController> controller;
  if (config_.congestion.make) controller = config_.congestion.make(limits);
  if (!controller) {
    switch (config_.congestion.controller) {
      case CongestionSettings::Controller::kDelayAndLoss:
        controller = std::make_unique<rtp::DelayLossController>(now, limits);
        break;
      case CongestionSettings::Controller::kFixed:
        controller = std::make_unique<rtp::FixedRateController>(limits);
        break;
      case CongestionSettings::Controller::kScream:
        controller = std::make_unique<rtp::ScreamController>(now, limits);
        break;
    }
  }
  limits_ = limits;
  shared_ = 0;
  congestion_.reset();  // its end takes marks off the queue
  congestion_.emplace(std::move(controller), queue_, reports);
}

void SenderRates::noteRoute(TimePoint now, uint64_t changes) {
  const uint64_t before = std::exchange(routes_, changes);
  if (before == 0 || before == routes_ || !congestion_) return;
  congestion_->onRouteChange(now);
  shared_ = 0;
  adapt(now);
}

// Congestion control asks for sizes itself, each time that it hands out rates.
void SenderRates::noteSizes() {
  if (config_.videoBitrate > 0 || congestion_ || available_ > 0) return;
  bool changed = false;
  for (auto& [mid, section] : senders_.sections()) {
    if (!section.sender || section.kind() != MediaKind::kVideo || section.sender->streams().size() > 1) continue;
    const uint32_t most = section.sender->mostBySize();
    if (std::exchange(section.mostBySize, most) == most) continue;
    section.sender->setBitrate(std::min(most, kUsualVideoBitrate));
    changed = true;
  }
  if (changed) updatePacingRate();
}

// ---- what the far end tells ----

void SenderRates::settle(TimePoint now) {
  if (!congestion_) return;
  congestion_->settle(now);
  adapt(now);
}

void SenderRates::handleTimeout(TimePoint now) {
  if (!congestion_ || congestion_->nextTimeout() > now) return;
  congestion_->handleTimeout(now);
  adapt(now);
}

// draft-alvestrand-rmcat-remb-03 §2: the rate is the total for all sources that it names. Sound takes what it takes, and
// pictures share what is left. libwebrtc names the repair streams too: they are of the sources that they repair. Beyond
// what was configured the peer cannot drive an encoder, nor below what still makes a picture.
void SenderRates::onRemb(TimePoint now, const rtp::rtcp::Remb& remb) {
  if (congestion_) {
    ++rembs_;
    congestion_->onRemb(now, remb);
    return;
  }
  std::vector<MediaSender*> adapting;
  uint64_t sound = 0;
  for (auto& [mid, section] : senders_.sections()) {
    if (!section.sender) continue;
    const auto& streams = section.sender->streams();
    const auto isNamed = [&](Ssrc ssrc) {
      return std::any_of(streams.begin(), streams.end(), [&](const auto* stream) { return stream->uses(ssrc); });
    };
    if (std::none_of(remb.ssrcs.begin(), remb.ssrcs.end(), isNamed)) continue;
    if (section.kind() == MediaKind::kAudio) {
      sound += section.sender->bitrate();
    } else {
      adapting.push_back(section.sender.get());
    }
  }
  ++rembs_;
  available_ = remb.bitrate;
  if (adapting.empty()) return;
  const uint64_t share = (remb.bitrate - std::min(remb.bitrate, sound)) / adapting.size();
  const auto whole = static_cast<uint32_t>(std::clamp<uint64_t>(share, kMinVideoBitrate, UINT32_MAX));
  for (MediaSender* sender : adapting) {
    const uint64_t most = std::max<uint64_t>(mostOf(*sender), kMinVideoBitrate);
    videoTarget_ = static_cast<uint32_t>(std::clamp<uint64_t>(share, kMinVideoBitrate, most));
    sender->setBitrate(sender->streams().size() > 1 ? whole : videoTarget_);
  }
  updatePacingRate();
}

// ---- what each gets ----

// What was configured, or what pictures of their size are worth.
uint32_t SenderRates::mostOf(const MediaSender& sender) const {
  return config_.videoBitrate > 0 ? config_.videoBitrate : sender.mostBySize();
}

void SenderRates::share(TimePoint now) {
  congestion_ ? adapt(now) : updatePacingRate();
}

rtp::RateDemand SenderRates::demandOf(const MediaSection& section, uint32_t id) const {
  const MediaSender& sender = *section.sender;
  rtp::RateDemand demand;
  demand.id = id;
  demand.sound = section.kind() == MediaKind::kAudio;
  demand.mayPause = false;
  demand.priority = weightOf(sender.sender()->encoding().priority);
  if (demand.sound) {
    const auto* red = sender.stream().red();
    const uint64_t rate = sender.bitrate() * (1 + (red ? red->generations() : 0)) + kSoundHeaders;
    demand.layers = {{rate, rate, rate}};
    return demand;
  }
  for (const rtp::RateRange& each : sender.layerRates())
    demand.layers.push_back({withHeaders(each.least), withHeaders(each.target), withHeaders(each.most)});
  if (!demand.layers.empty()) return demand;
  // One alone has what is left: what its parameters keep it from is for the others.
  const RTCRtpEncodingParameters& own = sender.sender()->encoding();
  uint64_t most = std::max<uint64_t>(mostOf(sender), kMinVideoBitrate);
  if (own.maxBitrate) most = std::clamp<uint64_t>(*own.maxBitrate, 1, most);
  if (!own.active) most = 0;
  const uint64_t whole = withHeaders(most);
  demand.layers = {{std::min(withHeaders(kMinVideoBitrate), whole), whole, whole}};
  return demand;
}

// Hands what the controller allows to the encoders. Headers, tags and repairs are of it, too.
void SenderRates::adapt(TimePoint now) {
  std::vector<rtp::RateDemand> demands;
  std::vector<MediaSender*> senders;
  for (auto& [mid, section] : senders_.sections()) {
    if (!section.sender) continue;
    demands.push_back(demandOf(section, static_cast<uint32_t>(senders.size())));
    senders.push_back(section.sender.get());
    if (!demands.back().sound) section.sender->setWanted(mostOf(*section.sender));
  }
  if (demands != demands_) {
    demands_ = demands;
    shared_ = 0;
  }
  if (const uint64_t wanted = rtp::BitrateAllocator::wanted(demands); wanted != wanted_) {
    wanted_ = wanted;
    shared_ = 0;
    congestion_->setLimits(now, limits_, wanted);
  }
  const uint64_t allowed = congestion_->target().bitrate;
  const uint64_t repairs = std::min(congestion_->repairRate(), allowed / 2);
  if (allowed - repairs == shared_) return;
  shared_ = allowed - repairs;
  for (const rtp::RateShare& share : allocator_.allocate(shared_, demands)) {
    if (demands[share.id].sound) continue;
    if (demands[share.id].layers.size() > 1) {
      senders[share.id]->setBitrate(withoutHeaders(share.total));
      continue;
    }
    // Rounding is no want of rate.
    const bool all = share.total >= demands[share.id].layers.front().most;
    videoTarget_ = all ? mostOf(*senders[share.id]) : withoutHeaders(share.total);
    senders[share.id]->setBitrate(videoTarget_);
  }
}

// Without an estimate of our own, what the encoders aim at, which REMB lowers, stands for what the path carries.
void SenderRates::updatePacingRate() {
  double target = 0;
  for (const auto& [mid, section] : senders_.sections()) {
    if (section.sender) target += section.sender->bitrate();
  }
  const double factor = std::clamp(config_.pacing.factor, 1.0, kMaxPacingFactor);
  queue_.setPacingRate(static_cast<uint64_t>(target * factor));
  queue_.repairs().setLineRate(static_cast<uint64_t>(target));
}

}  // namespace tincan::inline v0::stack
