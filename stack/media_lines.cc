#include "stack/media_lines.h"

#include <algorithm>

#include "sdp/text.h"
#include "stack/jsep/negotiate.h"
#include "stack/jsep/simulcast.h"
#include "stack/path_id.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint64_t kMaxCountedMid = 1'000'000;  // a peer's that is larger is only looked out for while it is there

}  // namespace

// ---- transceivers ----

std::shared_ptr<RtpTransceiver> MediaLines::addTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                           RTCRtpTransceiverDirection direction,
                                                           const std::vector<MediaStreamPtr>& streams) {
  auto transceiver = std::make_shared<RtpTransceiver>(kind, direction);
  transceiver->codecs_ = &factory_;
  RtpSender& sender = *transceiver->sender_;
  sender.kind_ = kind;
  sender.codecs_ = &factory_;
  sender.ssrcs_.front().media = random_.u32();
  sender.ssrcs_.front().rtx = random_.u32();
  sender.trackId_ = media::newId(random_);
  transceiver->receiver_->track_ = media::MediaStreamTrack::remote(name(kind), media::newId(random_));
  setTrack(*transceiver, std::move(track), streams);
  transceiver->link(link_);
  transceivers_.push_back(transceiver);
  return transceiver;
}

void MediaLines::setTrack(RtpTransceiver& transceiver, MediaStreamTrackPtr track,
                          const std::vector<MediaStreamPtr>& streams) {
  RtpSender& sender = *transceiver.sender_;
  if (track) sender.trackId_ = track->id();
  sender.track_ = std::move(track);
  sender.streamIds_.clear();
  for (const auto& stream : streams) {
    if (stream) sender.streamIds_.push_back(stream->id());
  }
}

std::shared_ptr<RtpTransceiver> MediaLines::reusableFor(MediaKind kind) const {
  for (const auto& transceiver : transceivers_) {
    // W3C §5.1: a sender that has never been used to send.
    const bool hasSent = transceiver->hasSent_;
    if (transceiver->kind_ == kind && !transceiver->sender_->track_ && !hasSent &&
        transceiver->direction_ != RTCRtpTransceiverDirection::kStopped) {
      return transceiver;
    }
  }
  return nullptr;
}

// ---- m-lines ----

std::optional<size_t> MediaLines::indexOf(const std::string& mid) const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].mid == mid) return i;
  }
  return std::nullopt;
}

std::pair<std::string, uint16_t> MediaLines::bundleTag() const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (!lines_[i].rejected) return {lines_[i].mid, static_cast<uint16_t>(i)};
  }
  return {"0", 0};
}

bool MediaLines::rejectsData(const Exchange& exchange) const {
  const auto& before = inForce();
  bool any = false;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].kind != MediaKind::kApplication) continue;
    if (!lines_[i].rejected) return false;
    const bool was = i < before.size() && before[i].kind == MediaKind::kApplication && !before[i].rejected;
    // A new section that our offer itself rejects was wanted: the page has changed it.
    const bool isNew = i >= before.size() || before[i].mid != lines_[i].mid;
    any |= was ||
           (exchange.weOffered ? isNew || !exchange.local.sections[i].rejected : !exchange.remote.sections[i].rejected);
  }
  return any;
}

std::string MediaLines::freshMid(uint32_t& next) const {
  while (true) {
    std::string mid = std::to_string(next++);
    const bool taken =
        std::any_of(lines_.begin(), lines_.end(), [&](const MediaLine& line) { return line.mid == mid; });
    if (!taken) return mid;
  }
}

bool MediaLines::needNegotiation(const Exchange* current, bool wantsData) const {
  // One that was rejected is none: what waits for it closed then, and who wants data since asks again.
  const bool hasData = std::any_of(lines_.begin(), lines_.end(), [](const MediaLine& line) {
    return line.kind == MediaKind::kApplication && !line.rejected;
  });
  if (wantsData && !hasData) return true;
  for (const auto& transceiver : transceivers_) {
    const bool stopped = transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
    // What was negotiated and is to stop has to be told; what never was has not.
    if (!transceiver->mid_) {
      if (stopped) continue;
      return true;
    }
    if (stopped) return true;
    for (size_t i = 0; current && i < lines_.size(); ++i) {
      if (lines_[i].transceiver != transceiver) continue;
      const Direction wanted = toJsep(transceiver->direction_);
      const Direction remote = current->remote.sections[i].direction;
      const Direction local = current->local.sections[i].direction;
      // W3C §4.7.3: an offer said what we wanted, or the answer to it did; an answer said as much of it as was offered.
      const bool said = current->weOffered ? local == wanted || reversed(remote) == wanted
                                           : local == intersect(wanted, reversed(remote));
      if (!said) return true;
      // W3C §4.7.3: setStreams() has changed the msids that the description told.
      const auto& told = current->local.sections[i].send;
      if (sends(wanted) && told && told->streamIds != transceiver->sender_->streamIds_) return true;
    }
  }
  return false;
}

// ---- transports ----

std::pair<std::string, uint16_t> MediaLines::tagOf(uint32_t transport) const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (!lines_[i].rejected && lines_[i].transport == transport) return {lines_[i].mid, static_cast<uint16_t>(i)};
  }
  return bundleTag();
}

std::vector<uint32_t> MediaLines::paths() const {
  std::vector<uint32_t> out;
  const auto addOnce = [&](uint32_t path) {
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
  };
  const auto add = [&](const std::vector<MediaLine>& lines) {
    for (const MediaLine& line : lines) {
      if (line.transport) addOnce(*line.transport);
      if (line.transport && line.ownRtcp) addOnce(rtcpPathOf(*line.transport));
    }
  };
  add(lines_);
  if (snapshot_) add(snapshot_->lines);
  return out;
}

std::vector<uint32_t> MediaLines::transports() const {
  std::vector<uint32_t> out = paths();
  std::erase_if(out, isRtcpPath);
  return out;
}

// What no section has: the first one again, where it is free.
uint32_t MediaLines::freshTransport(const std::vector<uint32_t>& taken) {
  const bool idle = taken.empty() && transports().empty();
  return idle ? primary_ : nextTransport_++;
}

void MediaLines::assignTransports(const std::vector<BundleGroup>& groups, const std::vector<bool>& takesPart) {
  std::vector<uint32_t> claimed;
  std::vector<bool> done(lines_.size(), false);
  const auto isFree = [&](uint32_t id) { return std::find(claimed.begin(), claimed.end(), id) == claimed.end(); };
  const auto& agreed = inForce();
  // What is in force keeps its transport; what is new, in a recycled place before it, only waits on that one.
  const auto stays = [&](size_t i) {
    return i < agreed.size() && agreed[i].mid == lines_[i].mid && !agreed[i].rejected && agreed[i].transport &&
           agreed[i].transport == lines_[i].transport;
  };
  // Without BUNDLE the far end gives what is new a transport of its own, be the section that had this one rejected or not.
  const auto isAnothers = [&](size_t i) {
    const auto had = [&](const MediaLine& line) {
      return !line.rejected && line.transport == lines_[i].transport && line.mid != lines_[i].mid;
    };
    return groups.empty() && !stays(i) && std::any_of(agreed.begin(), agreed.end(), had);
  };
  const auto assign = [&](size_t i) {
    std::vector<size_t> members{i};
    for (const BundleGroup& group : groups) {
      if (std::find(group.begin(), group.end(), lines_[i].mid) == group.end()) continue;
      members.clear();
      for (const std::string& mid : group)
        if (const auto index = indexOf(mid); index && takesPart[*index]) members.push_back(*index);
    }
    std::optional<uint32_t> id;
    for (const bool inForceOnly : {true, false}) {
      for (const size_t member : members) {
        const auto& own = lines_[member].transport;
        if (!id && own && isFree(*own) && (inForceOnly ? stays(member) : !isAnothers(member))) id = own;
      }
    }
    if (!id && claimed.size() < kMaxTransports) id = freshTransport(claimed);
    if (id) claimed.push_back(*id);
    for (const size_t member : members) {
      lines_[member].transport = id;
      done[member] = true;
    }
  };
  for (const bool inForceOnly : {true, false})
    for (size_t i = 0; i < lines_.size(); ++i)
      if (!done[i] && takesPart[i] && (!inForceOnly || stays(i))) assign(i);
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (!takesPart[i] || !lines_[i].transport) continue;
    primary_ = *lines_[i].transport;
    break;
  }
}

// ---- descriptions ----

// A new section of an offer waits on the transport of the others; the answer says whether it stays there.
std::optional<uint32_t> MediaLines::transportFor(const SectionPlan& section, size_t index) {
  if (!section.ownTransport || index == 0) {
    for (size_t i = 0; i < lines_.size(); ++i)
      if (i != index && !lines_[i].rejected && lines_[i].transport) return lines_[i].transport;
  }
  const std::vector<uint32_t> taken = transports();
  if (taken.size() >= kMaxTransports) return std::nullopt;
  return freshTransport(taken);
}

void MediaLines::applyLocalOffer(const SessionPlan& plan,
                                 const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers) {
  const size_t known = lines_.size();
  lines_.resize(std::max(lines_.size(), plan.sections.size()));
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    if (known > i && lines_[i].mid == plan.sections[i].mid) {
      lines_[i].ownRtcp = plan.sections[i].ownRtcp;
      continue;
    }
    MediaLine line;
    const std::vector<uint32_t> taken = transports();
    line.transport = transportFor(plan.sections[i], i);
    // What waits on the transport of another section has nothing ready.
    const bool waits = line.transport && std::find(taken.begin(), taken.end(), *line.transport) != taken.end();
    line.ownRtcp = plan.sections[i].ownRtcp && !waits;
    line.kind = plan.sections[i].kind;
    line.mid = plan.sections[i].mid;
    line.transceiver = transceivers[i];
    if (line.transceiver) line.transceiver->mid_ = line.mid;
    lines_[i] = std::move(line);
  }
}

void MediaLines::applyRemoteOffer(const RemoteDescription& offer, bool maxBundle, bool takesOwnRtcp) {
  for (size_t i = 0; i < offer.sections.size(); ++i) {
    const RemoteSection& section = offer.sections[i];
    if (i >= lines_.size()) lines_.emplace_back();
    MediaLine& line = lines_[i];
    // RFC 8829 §5.10: a rejected m-line that comes back, most often under a new mid, is another one in its place.
    const bool stopped = line.transceiver && line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
    if (line.rejected && !section.rejected && (stopped || line.mid != section.mid)) line = MediaLine{};
    line.kind = section.kind;
    line.mid = section.mid;
    line.rejected = section.rejected;
    line.ownRtcp = takesOwnRtcp && section.needsOwnRtcp();
    if (section.kind == MediaKind::kApplication || !section.supported) continue;
    if (!line.transceiver && !section.rejected) line.transceiver = transceiverFor(section);
    if (!line.transceiver) continue;
    line.transceiver->mid_ = section.mid;
    if (!section.rejected) readRids(*line.transceiver, section);
    remoteTracks_.apply(line.transceiver, section);
  }
  std::vector<bool> takesPart(lines_.size(), false);
  bool any = !offer.bundle.empty();
  for (size_t i = 0; i < offer.sections.size(); ++i) {
    const RemoteSection& section = offer.sections[i];
    if (section.rejected || !section.supported) continue;
    const bool shares = section.bundled ? offer.groupOf(section.mid) == &offer.bundle : !any;
    takesPart[i] = shares || !maxBundle;
    if (maxBundle && !shares) lines_[i].transport.reset();
    any = true;
  }
  assignTransports(offer.bundles(), takesPart);
}

// RFC 8853 §5.3.1: the encodings that it sends, and those that it asks for. W3C §4.4.1.5, "proposed send encodings": a
// sender that has been asked for none yet sends them, each half as large as the next.
void MediaLines::readRids(RtpTransceiver& transceiver, const RemoteSection& section) {
  if (sends(section.direction)) transceiver.receiver_->nameLayers(acceptedRids(section), random_);
  RtpSender& sender = *transceiver.sender_;
  if (section.kind != MediaKind::kVideo || section.receiveRids.empty() || transceiver.hasSent_) return;
  if (sender.encodings_.size() > 1 || !sender.encodings_.front().rid.empty()) return;
  std::vector<RTCRtpEncodingParameters> proposed;
  const size_t count = std::min(section.receiveRids.size(), kMaxRids);
  for (size_t i = 0; i < count; ++i) {
    RTCRtpEncodingParameters& encoding = proposed.emplace_back();
    encoding.rid = section.receiveRids[i].id;
    encoding.active = !section.receiveRids[i].paused;
    encoding.scaleResolutionDownBy = static_cast<double>(size_t{1} << (count - 1 - i));
  }
  sender.setEncodings(std::move(proposed), random_);
}

// RFC 8829 §5.10: a transceiver that addTrack made and nothing has claimed yet, or else a new one that only receives.
std::shared_ptr<RtpTransceiver> MediaLines::transceiverFor(const RemoteSection& section) {
  for (const auto& transceiver : transceivers_) {
    if (!transceiver->mid_ && transceiver->addedByTrack_ && transceiver->kind_ == section.kind &&
        receives(section.direction)) {
      return transceiver;
    }
  }
  auto made = addTransceiver(section.kind, nullptr, RTCRtpTransceiverDirection::kRecvonly, {});
  made->madeByOffer_ = true;
  return made;
}

void MediaLines::applyRemoteAnswer(const RemoteDescription& answer, bool provisional) {
  for (size_t i = 0; i < lines_.size(); ++i) {
    MediaLine& line = lines_[i];
    const RemoteSection& section = answer.sections[i];
    line.rejected = section.rejected;
    if (line.transceiver) remoteTracks_.apply(line.transceiver, section, provisional);
  }
}

void MediaLines::agree(const Exchange& exchange) {
  std::vector<bool> takesPart(lines_.size(), false);
  for (size_t i = 0; i < lines_.size(); ++i) {
    MediaLine& line = lines_[i];
    const SectionPlan& local = exchange.local.sections[i];
    const RemoteSection& remote = exchange.remote.sections[i];
    line.rejected = local.rejected || remote.rejected;
    takesPart[i] = !line.rejected;
    line.ownRtcp = takesPart[i] && local.ownRtcp && remote.needsOwnRtcp();
    line.sctpPort = local.sctpPort;
    line.sctpMap = remote.sctpMap;
    line.dataProtocol = remote.sctpMap ? remote.offeredProtocol : "";
    // RFC 8829 §5.2.2: a mid of a place that is used again is used up; packets with it may be on their way.
    if (const auto number = sdp::parseNumber(line.mid, kMaxCountedMid))
      nextMid_ = std::max(nextMid_, static_cast<uint32_t>(*number) + 1);
    // Both descriptions list the same codecs by now; the answer is the narrower one.
    line.codecs = exchange.weOffered ? negotiateCodecs({local.codecs, {}}, remote) : local.codecs;
    line.extensions = exchange.weOffered ? negotiateExtensions({{}, local.extensions}, remote) : local.extensions;
    if (!line.transceiver) continue;
    const Direction direction =
        line.rejected ? Direction::kInactive : intersect(local.direction, reversed(remote.direction));
    line.transceiver->currentDirection_ = toW3c(direction);
    // What is not sent for a while comes back as it was agreed on.
    if (receives(direction)) {
      line.receiveRids =
          exchange.weOffered ? agreedRids(local.receiveRids, toSpecs(remote.sendRids)) : local.receiveRids;
      line.transceiver->receiver_->nameLayers(line.receiveRids, random_);
    }
    line.transceiver->hasSent_ |= sends(direction);
    if (sends(direction)) line.transceiver->sender_->keepEncodings(exchange.sentRids(i));
  }
  // Of our answers the groups are the offer's, less what is rejected.
  assignTransports(exchange.remote.bundles(), takesPart);
}

void MediaLines::finish() {
  for (MediaLine& line : lines_) {
    if (line.transceiver) line.transceiver->extensionWishes_.clear();  // what was agreed on is what is wished for
    if (line.rejected) line.transport.reset();
    if (!line.rejected || !line.transceiver) continue;
    remoteTracks_.set(line.transceiver, false, {});  // our answer may have rejected what the offer told
    line.transceiver->direction_ = RTCRtpTransceiverDirection::kStopped;
  }
  removeStopped();
}

// W3C §4.4.1.5, applying an answer: what is stopped, and whose m-line is rejected, leaves the set.
void MediaLines::removeStopped() {
  const auto isOver = [](const MediaLine& line) {
    return line.rejected && line.transceiver && line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
  };
  for (const MediaLine& line : lines_) {
    if (!isOver(line)) continue;
    if (std::erase(transceivers_, line.transceiver) > 0) stopped_.push_back(line.transceiver);
    line.transceiver->mid_.reset();
    line.transceiver->becomeStopped();
  }
}

std::vector<std::shared_ptr<RtpTransceiver>> MediaLines::takeStopped() {
  return std::exchange(stopped_, {});
}

}  // namespace tincan::inline v0::stack
