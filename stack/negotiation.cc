#include "stack/negotiation.h"

#include <algorithm>
#include <utility>

#include "media/codec/agreed_format.h"
#include "sdp/parser.h"
#include "sdp/text.h"
#include "sdp/writer.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/negotiate.h"

namespace tincan::stack {
namespace {

constexpr size_t kMostReasons = 8;              // of a sentence
constexpr uint64_t kMaxCountedMid = 1'000'000;  // a peer's that is larger is only looked out for while it is there

// RFC 7022 §4.2: 96 random bits, as base64 writes them.
constexpr size_t kCnameSize = 16;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What the peer may still send by: the numbers of our offer, where its answer has others for the same codecs and no
// section of it uses ours (RFC 3264 §6.1 has each side send by the other's numbers, and not all do).
std::vector<CodecSpec> alsoReceived(const SectionPlan& local, const std::vector<CodecSpec>& agreed,
                                    const RemoteDescription& remote) {
  std::vector<CodecSpec> out;
  const auto uses = [](const std::vector<CodecSpec>& codecs, uint8_t type) {
    return std::any_of(codecs.begin(), codecs.end(), [&](const CodecSpec& codec) {
      return codec.payloadType == type || codec.rtxPayloadType == type;
    });
  };
  for (const CodecSpec& own : local.codecs) {
    const bool isAgreed = std::any_of(agreed.begin(), agreed.end(), [&](const CodecSpec& codec) {
      return media::sameCodec(formatOf(local.kind, codec), formatOf(local.kind, own));
    });
    const bool isUsed = std::any_of(remote.sections.begin(), remote.sections.end(), [&](const RemoteSection& section) {
      return !section.rejected && uses(section.codecs, own.payloadType);
    });
    if (isAgreed && !isUsed) out.push_back(own);
  }
  return out;
}

}  // namespace

Negotiation::Negotiation(RandomSource& random, uint64_t sessionId, RTCRtpHeaderEncryptionPolicy headerEncryption,
                         bool strictSdp, bool iceLite, const media::CodecFactory& codecs)
    : random_(random),
      factory_(codecs),
      sessionId_(sessionId),
      cname_(random.text(kCnameSize, kBase64)),
      headerEncryption_(headerEncryption),
      strictSdp_(strictSdp),
      iceLite_(iceLite) {}

Error Negotiation::wrongState(const char* what) const {
  return Error(ErrorCode::kInvalidStateError,
               std::string(what) + " cannot be applied in signalling state " + std::string(toString(state_)));
}

// ---- transceivers ----

std::shared_ptr<RtpTransceiver> Negotiation::addTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                            RTCRtpTransceiverDirection direction,
                                                            const std::vector<MediaStreamPtr>& streams) {
  auto transceiver = std::make_shared<RtpTransceiver>(kind, direction);
  transceiver->codecs_ = &factory_;
  RtpSender& sender = *transceiver->sender_;
  sender.kind_ = kind;
  sender.ssrc_ = random_.u32();
  sender.rtxSsrc_ = random_.u32();
  sender.trackId_ = media::newId(random_);
  transceiver->receiver_->track_ = media::MediaStreamTrack::remote(name(kind), media::newId(random_));
  setTrack(*transceiver, std::move(track), streams);
  transceiver->link(link_);
  transceivers_.push_back(transceiver);
  return transceiver;
}

void Negotiation::setTrack(RtpTransceiver& transceiver, MediaStreamTrackPtr track,
                           const std::vector<MediaStreamPtr>& streams) {
  RtpSender& sender = *transceiver.sender_;
  if (track) sender.trackId_ = track->id();
  sender.track_ = std::move(track);
  sender.streamIds_.clear();
  for (const auto& stream : streams) {
    if (stream) sender.streamIds_.push_back(stream->id());
  }
}

std::shared_ptr<RtpTransceiver> Negotiation::reusableFor(MediaKind kind) const {
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

// ---- applying local descriptions ----

Result<void> Negotiation::setLocal(const RTCSessionDescription& description) {
  const bool offer = description.type == RTCSdpType::kOffer;
  if (description.type == RTCSdpType::kRollback) return rollback();
  // The state first, as browsers have it: whoever answers in the wrong one hears of that, and not of the text.
  const bool mayOffer = state_ == RTCSignalingState::kStable || state_ == RTCSignalingState::kHaveLocalOffer;
  const bool mayAnswer =
      state_ == RTCSignalingState::kHaveRemoteOffer || state_ == RTCSignalingState::kHaveLocalPranswer;
  if (offer ? !mayOffer : !mayAnswer) return wrongState(offer ? "a local offer" : "a local answer");
  const auto& last = offer ? lastOffer_ : lastAnswer_;
  // W3C §4.4.1.5: only what createOffer or createAnswer made, as it was made.
  if (!last || description.sdp != last->text) {
    return {ErrorCode::kInvalidModificationError,
            "the description is not the last one that create" + std::string(offer ? "Offer" : "Answer") + " made"};
  }
  if (offer) return applyLocalOffer();
  pending_->local = lastAnswer_->plan;
  pending_->localSdp = lastAnswer_->text;
  pending_->hasLocal = true;
  if (description.type == RTCSdpType::kPranswer) {
    state_ = RTCSignalingState::kHaveLocalPranswer;
    agree(*pending_);
  } else {
    finishExchange();
  }
  return {};
}

Result<void> Negotiation::applyLocalOffer() {
  const SessionPlan& plan = lastOffer_->plan;
  if (state_ == RTCSignalingState::kHaveLocalOffer) restoreSnapshot();  // a newer offer takes the old one's place
  takeSnapshot();
  pending_ = Exchange{};
  pending_->weOffered = true;
  pending_->local = plan;
  pending_->localSdp = lastOffer_->text;
  pending_->hasLocal = true;
  learnNumbers(plan);
  const size_t known = lines_.size();
  lines_.resize(std::max(lines_.size(), plan.sections.size()));
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    if (known > i && lines_[i].mid == plan.sections[i].mid) continue;
    Line line;
    line.kind = plan.sections[i].kind;
    line.mid = plan.sections[i].mid;
    line.transceiver = lastOffer_->transceivers[i];
    if (line.transceiver) line.transceiver->mid_ = line.mid;
    lines_[i] = std::move(line);
  }
  state_ = RTCSignalingState::kHaveLocalOffer;
  return {};
}

// ---- applying remote descriptions ----

Result<RemoteDescription> Negotiation::read(const RTCSessionDescription& description) {
  remoteNotes_ = {};
  answerNotes_.clear();
  auto session = strictSdp_ ? sdp::parse(description.sdp) : sdp::parseLeniently(description.sdp, remoteNotes_);
  if (!session) return session.error();
  if (strictSdp_) return interpret(*session);
  remoteNotes_.at(0);
  if (description.type == RTCSdpType::kOffer) {
    auto offered = interpret(*session, {&remoteNotes_, nullptr});
    if (offered) noteUnusableExtensions(*offered, remoteNotes_);
    return offered;
  }
  std::vector<std::string> mids;
  for (const SectionPlan& section : pending_->local.sections) mids.push_back(section.mid);
  auto remote = interpret(*session, {&remoteNotes_, &mids});
  if (!remote) return remote;
  rejectUnusable(pending_->local, *remote, remoteNotes_);
  noteUnusableExtensions(*remote, remoteNotes_);
  return remote;
}

Result<void> Negotiation::setRemote(const RTCSessionDescription& description) {
  if (state_ == RTCSignalingState::kClosed) return wrongState("a remote description");
  if (description.type == RTCSdpType::kRollback) return rollback();
  const bool offer = description.type == RTCSdpType::kOffer;
  const bool answerable =
      state_ == RTCSignalingState::kHaveLocalOffer || state_ == RTCSignalingState::kHaveRemotePranswer;
  if (!offer && !answerable) return wrongState("a remote answer");
  if (offer && (state_ == RTCSignalingState::kHaveLocalPranswer || state_ == RTCSignalingState::kHaveRemotePranswer))
    return wrongState("a remote offer");
  auto remote = read(description);
  if (!remote) return remote.error();
  if (auto hides = checkCryptex(*remote); !hides) return hides;
  if (auto checks = checkLite(*remote); !checks) return checks;
  const RemoteDescription& said = *remote;
  auto numbers = payloadTypes_;
  for (const RemoteSection& section : said.sections)
    for (const CodecSpec& codec : section.codecs) numbers.learn(section.kind, codec);
  auto applied = offer ? applyRemoteOffer(description, *std::move(remote))
                       : applyRemoteAnswer(description, *std::move(remote), description.type == RTCSdpType::kAnswer);
  if (applied) payloadTypes_ = std::move(numbers);
  return applied;
}

// webrtc-extensions, rtpHeaderEncryptionPolicy "require": a peer that takes no hidden headers is not talked to. It does
// not matter where there is no RTP.
Result<void> Negotiation::checkCryptex(const RemoteDescription& remote) const {
  if (headerEncryption_ != RTCRtpHeaderEncryptionPolicy::kRequire) return {};
  for (const RemoteSection& section : remote.sections) {
    if (section.rejected || !section.supported || section.kind == MediaKind::kApplication) continue;
    if (!section.transport.cryptex)
      return {ErrorCode::kInvalidAccessError, "section \"" + section.mid + "\" lacks a=cryptex, which is required"};
  }
  return {};
}

// RFC 8445 §6.1.1: two lite agents connect where each has one address that both know to work, which nothing here says.
// Neither checks, so neither would ever know that it does not.
Result<void> Negotiation::checkLite(const RemoteDescription& remote) const {
  if (!iceLite_ || !remote.iceLite) return {};
  return {ErrorCode::kInvalidAccessError,
          "both sides are ICE-lite (a=ice-lite), and neither would check whether it reaches the other: one has to be a "
          "full ICE agent (RFC 8445 §6.1.1)"};
}

Result<void> Negotiation::applyRemoteOffer(const RTCSessionDescription& description, RemoteDescription remote) {
  if (current_) {
    if (auto kept = checkContinuity(current_->remote, remote); !kept) return kept;
  }
  // W3C §4.4.1.5: an offer that meets ours takes its place (the polite side of perfect negotiation).
  if (state_ != RTCSignalingState::kStable) restoreSnapshot();
  takeSnapshot();
  pending_ = Exchange{};
  pending_->remote = std::move(remote);
  pending_->remoteSdp = description.sdp;
  pending_->hasRemote = true;
  for (size_t i = 0; i < pending_->remote.sections.size(); ++i) {
    const RemoteSection& section = pending_->remote.sections[i];
    if (i >= lines_.size()) lines_.emplace_back();
    Line& line = lines_[i];
    // RFC 8829 §5.10: a rejected m-line that comes back, most often under a new mid, is another one in its place.
    const bool stopped = line.transceiver && line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
    if (line.rejected && !section.rejected && (stopped || line.mid != section.mid)) line = Line{};
    line.kind = section.kind;
    line.mid = section.mid;
    line.rejected = section.rejected;
    if (section.kind == MediaKind::kApplication || !section.supported) continue;
    if (!line.transceiver && !section.rejected) line.transceiver = transceiverFor(section);
    if (!line.transceiver) continue;
    line.transceiver->mid_ = section.mid;
    trackRemote(line.transceiver, section);
  }
  state_ = RTCSignalingState::kHaveRemoteOffer;
  return {};
}

// RFC 8829 §5.10: a transceiver that addTrack made and nothing has claimed yet, or else a new one that only receives.
std::shared_ptr<RtpTransceiver> Negotiation::transceiverFor(const RemoteSection& section) {
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

void Negotiation::trackRemote(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section) {
  const bool now = !section.rejected && sends(section.direction);
  if (!now && !transceiver->remoteSends_) return;
  std::vector<MediaStreamPtr> streams;
  for (const std::string& id : section.streamIds) {
    if (!now) break;
    // Known only while it has a track: a peer that names new streams with every offer leaves nothing behind.
    MediaStreamPtr stream = remoteStreams_[id].lock();
    if (!stream) stream = std::make_shared<media::MediaStream>(id);
    remoteStreams_[id] = stream;
    if (std::find(streams.begin(), streams.end(), stream) == streams.end()) streams.push_back(std::move(stream));
  }
  setRemoteSends(transceiver, now, std::move(streams));
  std::erase_if(remoteStreams_, [](const auto& entry) { return entry.second.expired(); });
}

// W3C §5.1.1, processing the addition or removal of a remote track; rollback does the reverse of what was done.
void Negotiation::setRemoteSends(const std::shared_ptr<RtpTransceiver>& transceiver, bool now,
                                 std::vector<MediaStreamPtr> streams) {
  RtpReceiver& receiver = *transceiver->receiver_;
  const bool was = std::exchange(transceiver->remoteSends_, now);
  // W3C §5.1.1, "set the associated remote streams": a track that goes on may be in others than before.
  if (now == was && streams == receiver.streams_) return;
  const auto before = std::exchange(receiver.streams_, std::move(streams));
  const auto missing = [](const std::vector<MediaStreamPtr>& from, const std::vector<MediaStreamPtr>& in) {
    std::vector<MediaStreamPtr> out;
    for (const auto& each : from)
      if (std::find(in.begin(), in.end(), each) == in.end()) out.push_back(each);
    return out;
  };
  TrackChange change{transceiver, now, receiver.streams_, missing(receiver.streams_, before),
                     missing(before, receiver.streams_)};
  for (const auto& stream : change.left) stream->removeTrack(receiver.track_);
  for (const auto& stream : change.joined) stream->addTrack(receiver.track_);
  // §5.1.1: told again where it has joined a stream.
  change.fires = now && (!was || !change.joined.empty());
  trackChanges_.push_back(std::move(change));
}

Result<void> Negotiation::applyRemoteAnswer(const RTCSessionDescription& description, RemoteDescription remote,
                                            bool final) {
  if (auto fits = checkAnswer(pending_->local, remote); !fits) return fits;
  pending_->remote = std::move(remote);
  pending_->remoteSdp = description.sdp;
  pending_->hasRemote = true;
  for (size_t i = 0; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    const RemoteSection& section = pending_->remote.sections[i];
    line.rejected = section.rejected;
    if (line.transceiver) trackRemote(line.transceiver, section);
  }
  if (final) {
    finishExchange();
  } else {
    state_ = RTCSignalingState::kHaveRemotePranswer;
    agree(*pending_);
  }
  return {};
}

void Negotiation::learnNumbers(const SessionPlan& plan) {
  for (const SectionPlan& section : plan.sections)
    for (const CodecSpec& codec : section.codecs) payloadTypes_.learn(section.kind, codec);
}

// The final answer is there: there is no way back from what it says.
void Negotiation::finishExchange() {
  current_ = std::move(pending_);
  pending_.reset();
  snapshot_.reset();
  lastOffer_.reset();
  lastAnswer_.reset();
  state_ = RTCSignalingState::kStable;
  agree(*current_);
  for (const Line& line : lines_) {
    if (line.rejected && line.transceiver) line.transceiver->direction_ = RTCRtpTransceiverDirection::kStopped;
  }
  removeStopped();
}

// An answer is there: what both descriptions say is in force. RFC 9429 §4.1.10.1: for a provisional one nothing is freed
// that the final one may want.
void Negotiation::agree(const Exchange& exchange) {
  for (size_t i = 0; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    const SectionPlan& local = exchange.local.sections[i];
    const RemoteSection& remote = exchange.remote.sections[i];
    line.rejected = local.rejected || remote.rejected;
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
    line.transceiver->hasSent_ |= sends(direction);
  }
}

// W3C §4.4.1.5, applying an answer: what is stopped, and whose m-line is rejected, leaves the set.
void Negotiation::removeStopped() {
  const auto isOver = [](const Line& line) {
    return line.rejected && line.transceiver && line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
  };
  for (const Line& line : lines_) {
    if (!isOver(line)) continue;
    if (std::erase(transceivers_, line.transceiver) > 0) stopped_.push_back(line.transceiver);
    line.transceiver->mid_.reset();
    line.transceiver->becomeStopped();
  }
}

// ---- rollback ----

void Negotiation::takeSnapshot() {
  Snapshot snapshot;
  snapshot.lines = lines_;
  snapshot.transceivers = transceivers_;
  for (const auto& transceiver : transceivers_) {
    snapshot.mids.push_back(transceiver->mid_);
    snapshot.remoteSends.push_back(transceiver->remoteSends_);
    snapshot.streams.push_back(transceiver->receiver_->streams_);
    snapshot.directions.push_back(transceiver->currentDirection_);
  }
  snapshot_ = std::move(snapshot);
}

void Negotiation::restoreSnapshot() {
  if (!snapshot_) return;
  lines_ = snapshot_->lines;
  std::vector<std::shared_ptr<RtpTransceiver>> kept;
  for (const auto& transceiver : transceivers_) {
    const auto known = std::find(snapshot_->transceivers.begin(), snapshot_->transceivers.end(), transceiver);
    if (known != snapshot_->transceivers.end()) {
      const auto index = static_cast<size_t>(known - snapshot_->transceivers.begin());
      transceiver->mid_ = snapshot_->mids[index];
      transceiver->currentDirection_ = snapshot_->directions[index];
      setRemoteSends(transceiver, snapshot_->remoteSends[index], snapshot_->streams[index]);
      kept.push_back(transceiver);
      continue;
    }
    // RFC 8829 §4.1.10.2: made since. It stays if the user made it, or has given the one that the offer made a track.
    transceiver->mid_.reset();
    transceiver->currentDirection_.reset();
    setRemoteSends(transceiver, false, {});
    if (!transceiver->madeByOffer_ || transceiver->sender_->track_) kept.push_back(transceiver);
  }
  transceivers_ = std::move(kept);
  pending_.reset();
  snapshot_.reset();  // the last created descriptions stay (W3C §4.4.1.5): they may be set yet
  state_ = RTCSignalingState::kStable;
}

Result<void> Negotiation::rollback() {
  if (state_ == RTCSignalingState::kStable || state_ == RTCSignalingState::kClosed) return wrongState("a rollback");
  restoreSnapshot();
  return {};
}

// ---- what is in force ----

std::optional<RTCSessionDescription> Negotiation::localOf(const Exchange* exchange,
                                                          const std::vector<std::string>& candidates,
                                                          bool endOfCandidates) const {
  if (!exchange || !exchange->hasLocal) return std::nullopt;
  SessionPlan plan = exchange->local;
  plan.transport.candidates = candidates;
  plan.transport.endOfCandidates = endOfCandidates;
  auto text = sdp::write(describe(plan));
  const bool provisional = pending_ && exchange == &*pending_;
  return RTCSessionDescription{exchange->weOffered ? RTCSdpType::kOffer
                               : provisional       ? RTCSdpType::kPranswer
                                                   : RTCSdpType::kAnswer,
                               text ? *text : exchange->localSdp};
}

std::optional<RTCSessionDescription> Negotiation::remoteOf(const Exchange* exchange) const {
  if (!exchange || !exchange->hasRemote) return std::nullopt;
  const bool provisional = pending_ && exchange == &*pending_;
  return RTCSessionDescription{!exchange->weOffered ? RTCSdpType::kOffer
                               : provisional        ? RTCSdpType::kPranswer
                                                    : RTCSdpType::kAnswer,
                               withCandidates(exchange->remoteSdp, exchange->added)};
}

std::optional<RTCSessionDescription> Negotiation::localDescription(const std::vector<std::string>& candidates,
                                                                   bool endOfCandidates) const {
  return localOf(described(), candidates, endOfCandidates);
}

std::optional<RTCSessionDescription> Negotiation::remoteDescription() const {
  return remoteOf(pending_ && pending_->hasRemote ? &*pending_ : current_ ? &*current_ : nullptr);
}

std::optional<RTCSessionDescription> Negotiation::currentLocalDescription(const std::vector<std::string>& candidates,
                                                                          bool endOfCandidates) const {
  return localOf(current_ ? &*current_ : nullptr, candidates, endOfCandidates);
}

std::optional<RTCSessionDescription> Negotiation::pendingLocalDescription(const std::vector<std::string>& candidates,
                                                                          bool endOfCandidates) const {
  return localOf(pending_ ? &*pending_ : nullptr, candidates, endOfCandidates);
}

std::optional<RTCSessionDescription> Negotiation::currentRemoteDescription() const {
  return remoteOf(current_ ? &*current_ : nullptr);
}

std::optional<RTCSessionDescription> Negotiation::pendingRemoteDescription() const {
  return remoteOf(pending_ ? &*pending_ : nullptr);
}

std::pair<std::string, uint16_t> Negotiation::bundleTag() const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (!lines_[i].rejected) return {lines_[i].mid, static_cast<uint16_t>(i)};
  }
  return {"0", 0};
}

std::optional<size_t> Negotiation::sectionOf(const std::string& mid) const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].mid == mid) return i;
  }
  return std::nullopt;
}

void Negotiation::noteRemoteCandidate(std::optional<size_t> section, const std::string& line,
                                      const std::string& ufrag) {
  for (auto* exchange : {&pending_, &current_}) {
    if (!*exchange || !(*exchange)->hasRemote) continue;
    const RemoteSection* carrier = (*exchange)->remote.transportSection();
    if (!ufrag.empty() && carrier && carrier->transport.iceUfrag != ufrag) continue;
    const size_t first = section.value_or(0), end = section ? *section + 1 : (*exchange)->remote.sections.size();
    for (size_t i = first; i < end; ++i) addCandidate((*exchange)->added, {i, line});
  }
}

size_t Negotiation::remoteSectionCount() const {
  return lines_.size();
}

std::vector<sdp::Note> Negotiation::descriptionNotes() const {
  std::vector<sdp::Note> all = remoteNotes_.all();
  if (remoteNotes_.omitted() > 0)
    all.push_back({0, std::to_string(remoteNotes_.omitted()) + " more of the kind", "RFC 8829 §5.8"});
  all.insert(all.end(), answerNotes_.begin(), answerNotes_.end());
  return all;
}

// What an answer of ours rejects, the offerer's notes of it say by port 0 alone: the reason is told here.
void Negotiation::noteRejections(const SessionPlan& answer) {
  answerNotes_.clear();
  sdp::Notes notes = remoteNotes_;  // knows the lines of the sections
  for (size_t i = 0; i < answer.sections.size(); ++i) {
    const std::string& why = answer.sections[i].whyRejected;
    if (why.empty()) continue;
    notes.atSection(i);
    const std::string kind = pending_->remote.sections[i].offeredKind.substr(0, 24);
    answerNotes_.push_back({notes.line(), "m=" + kind + " is rejected: " + why, "RFC 8829 §5.3.1"});
  }
}

std::string Negotiation::whyNothingAgreed() const {
  if (!current_ || current_->local.sections.empty()) return {};
  const size_t count = std::min(current_->local.sections.size(), current_->remote.sections.size());
  for (size_t i = 0; i < count; ++i) {
    if (!current_->local.sections[i].rejected && !current_->remote.sections[i].rejected) return {};
  }
  std::string why;
  const auto add = [&](std::string_view kind, std::string_view reason) {
    why += why.empty() ? "" : "; ";
    why += kind;
    why += ": ";
    why += reason;
  };
  for (size_t i = 0; i < std::min(count, kMostReasons); ++i) {
    const std::string& reason = current_->local.sections[i].whyRejected;
    if (!reason.empty()) add(current_->remote.sections[i].offeredKind.substr(0, 24), reason);
  }
  if (why.empty()) {
    return current_->weOffered ? "the far end rejects every section of our offer: it has no codec or no use for them"
                               : "every section of the offer is rejected: there is nothing to connect for";
  }
  return "every section of the offer is rejected: " + why;
}

std::vector<TrackChange> Negotiation::takeTrackChanges() {
  return std::exchange(trackChanges_, {});
}

std::vector<std::shared_ptr<RtpTransceiver>> Negotiation::takeStopped() {
  return std::exchange(stopped_, {});
}

// RFC 9429 §5.10: the first of the answer that we can encode, by what the peer says of it. Where we can encode none, it
// is the first: frames may come encoded.
CodecSpec Negotiation::sendingCodec(const LocalCodecs& codecs, const Line& line, const RemoteSection& remote) {
  const auto chosen = std::find_if(line.codecs.begin(), line.codecs.end(),
                                   [&](const CodecSpec& codec) { return codecs.encodes(line.kind, codec); });
  const auto first = std::find_if(line.codecs.begin(), line.codecs.end(),
                                  [](const CodecSpec& codec) { return !isAuxiliary(codec.name); });
  CodecSpec sending = chosen != line.codecs.end() ? *chosen : first != line.codecs.end() ? *first : line.codecs.front();
  for (const CodecSpec& theirs : remote.codecs) {
    if (theirs.payloadType != sending.payloadType) continue;
    sending.parameters = media::sendingFormat(formatOf(line.kind, sending), formatOf(line.kind, theirs)).parameters;
    break;
  }
  // Of the section, not of one format (RFC 8866 §6.4); an encoder is asked for both in one place.
  const auto add = [&](const char* key, const std::optional<uint32_t>& millis) {
    if (millis && sending.parameter(key).empty()) sending.parameters.emplace_back(key, std::to_string(*millis));
  };
  add("ptime", remote.ptime);
  add("maxptime", remote.maxPtime);
  return sending;
}

std::vector<NegotiatedSection> Negotiation::sections() const {
  std::vector<NegotiatedSection> out;
  const Exchange* exchange = inForce();
  if (!exchange) return out;
  const LocalCodecs codecs(factory_);
  for (size_t i = 0; i < exchange->remote.sections.size() && i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    if (!line.transceiver || line.rejected || line.codecs.empty()) continue;
    const RemoteSection& remote = exchange->remote.sections[i];
    const Direction direction = toJsep(*line.transceiver->currentDirection_);
    NegotiatedSection section;
    section.mid = line.mid;
    section.transceiver = line.transceiver;
    section.send = sends(direction);
    section.receive = receives(direction);
    section.codecs = line.codecs;
    section.sending = sendingCodec(codecs, line, remote);
    if (exchange->weOffered)
      for (CodecSpec& codec : alsoReceived(exchange->local.sections[i], line.codecs, exchange->remote))
        section.codecs.push_back(std::move(codec));
    section.extensions = line.extensions;
    section.extmapAllowMixed = remote.extmapAllowMixed && exchange->local.sections[i].extmapAllowMixed;
    section.remoteSsrcs = remote.ssrcs;
    section.remoteRtx = remote.rtxPairs;
    out.push_back(std::move(section));
  }
  return out;
}

std::optional<NegotiatedData> Negotiation::data() const {
  const Exchange* exchange = inForce();
  if (!exchange) return std::nullopt;
  for (size_t i = 0; i < exchange->remote.sections.size() && i < lines_.size(); ++i) {
    const RemoteSection& remote = exchange->remote.sections[i];
    if (remote.kind != MediaKind::kApplication || lines_[i].rejected) continue;
    NegotiatedData data{remote.sctpPort, remote.maxMessageSize, {}, {}};
    if (i >= exchange->local.sections.size()) return data;
    const Bytes& local = exchange->local.sections[i].sctpInit;
    if (!local.empty() && !remote.sctpInit.empty()) {
      data.localInit = local;
      data.remoteInit = remote.sctpInit;
    }
    return data;
  }
  return std::nullopt;
}

bool Negotiation::initOffered() const {
  if (!pending_ || pending_->weOffered) return false;
  const auto& sections = pending_->remote.sections;
  return std::any_of(sections.begin(), sections.end(), [](const auto& each) { return !each.sctpInit.empty(); });
}

bool Negotiation::dataRejected() const {
  bool any = false;
  for (const Line& line : lines_) {
    if (line.kind != MediaKind::kApplication) continue;
    if (!line.rejected) return false;
    any = true;
  }
  return any;
}

rtp::Cryptex Negotiation::cryptex() const {
  if (headerEncryption_ == RTCRtpHeaderEncryptionPolicy::kDisable) return rtp::Cryptex::kOff;
  const TransportDescription* remote = remoteTransport();
  if (!remote || !remote->cryptex) return rtp::Cryptex::kAccepted;
  const bool required = headerEncryption_ == RTCRtpHeaderEncryptionPolicy::kRequire;
  return required ? rtp::Cryptex::kRequired : rtp::Cryptex::kOn;
}

std::optional<ice::Credentials> Negotiation::localCredentials() const {
  const Exchange* exchange = described();
  if (!exchange) return std::nullopt;
  return ice::Credentials{exchange->local.transport.iceUfrag, exchange->local.transport.icePwd};
}

std::vector<std::string> Negotiation::toldUfrags() const {
  std::vector<std::string> out;
  for (const auto* exchange : {&pending_, &current_}) {
    if (*exchange && (*exchange)->hasLocal && !(*exchange)->local.sections.empty())
      out.push_back((*exchange)->local.transport.iceUfrag);
  }
  return out;
}

bool Negotiation::tells(const std::string& ufrag) const {
  const auto told = toldUfrags();
  return std::find(told.begin(), told.end(), ufrag) != told.end();
}

bool Negotiation::hasTransport() const {
  const Exchange* exchange = described();
  if (!exchange) return false;
  const auto& remote = exchange->remote.sections;
  for (size_t i = 0; i < exchange->local.sections.size(); ++i) {
    if (!exchange->local.sections[i].rejected && (i >= remote.size() || !remote[i].rejected)) return true;
  }
  return false;
}

const TransportDescription* Negotiation::remoteTransport() const {
  const Exchange* exchange = pending_ && pending_->hasRemote ? &*pending_ : current_ ? &*current_ : nullptr;
  if (!exchange) return nullptr;
  // Once both have spoken, that of a section which both accept; none where there is none.
  const RemoteSection* section =
      exchange->hasLocal ? agreedTransport(exchange->local, exchange->remote) : exchange->remote.transportSection();
  return section ? &section->transport : nullptr;
}

bool Negotiation::needed(bool wantsData) const {
  if (state_ != RTCSignalingState::kStable) return false;
  const bool hasData =
      std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return line.kind == MediaKind::kApplication; });
  if (wantsData && !hasData) return true;
  for (const auto& transceiver : transceivers_) {
    const bool stopped = transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
    // What was negotiated and is to stop has to be told; what never was has not.
    if (!transceiver->mid_) {
      if (stopped) continue;
      return true;
    }
    if (stopped) return true;
    for (size_t i = 0; current_ && i < lines_.size(); ++i) {
      if (lines_[i].transceiver != transceiver) continue;
      const Direction wanted = toJsep(transceiver->direction_);
      const Direction remote = current_->remote.sections[i].direction;
      const Direction local = current_->local.sections[i].direction;
      // W3C §4.7.3: an offer said what we wanted, or the answer to it did; an answer said as much of it as was offered.
      const bool said = current_->weOffered ? local == wanted || reversed(remote) == wanted
                                            : local == intersect(wanted, reversed(remote));
      if (!said) return true;
      // W3C §4.7.3: setStreams() has changed the msids that the description told.
      const auto& told = current_->local.sections[i].send;
      if (sends(wanted) && told && told->streamIds != transceiver->sender_->streamIds_) return true;
    }
  }
  return false;
}

}  // namespace tincan::stack
