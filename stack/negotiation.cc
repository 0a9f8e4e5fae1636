#include "stack/negotiation.h"

#include <algorithm>
#include <utility>

#include "stack/jsep/negotiate.h"
#include "stack/jsep/page_changes.h"

namespace tincan::inline v0::stack {
namespace {

// RFC 7022 §4.2: 96 random bits, as base64 writes them.
constexpr size_t kCnameSize = 16;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

Negotiation::Negotiation(RandomSource& random, uint64_t sessionId, RTCRtpHeaderEncryptionPolicy headerEncryption,
                         bool strictSdp, bool iceLite, const media::CodecFactory& codecs, const FecSettings& fec,
                         RTCBundlePolicy bundlePolicy, RTCRtcpMuxPolicy rtcpMuxPolicy)
    : factory_(codecs),
      headerEncryption_(headerEncryption),
      lines_(random, codecs),
      maker_(lines_, codecs,
             {sessionId, random.text(kCnameSize, kBase64), headerEncryption != RTCRtpHeaderEncryptionPolicy::kDisable,
              bundlePolicy, rtcpMuxPolicy, fec}),
      reader_({strictSdp, iceLite, headerEncryption == RTCRtpHeaderEncryptionPolicy::kRequire}) {}

Error Negotiation::wrongState(const char* what) const {
  return Error(ErrorCode::kInvalidStateError,
               std::string(what) + " cannot be applied in signalling state " + std::string(toString(state_)));
}

// ---- making descriptions ----

Result<RTCSessionDescription> Negotiation::createOffer(const LocalTransport& transport, bool wantsData) {
  if (!mayOffer()) return wrongState("an offer");
  lastOffer_.reset();  // a failure below leaves none: text and plan never come from two different calls
  auto made = maker_.offer(transport, wantsData, ++version_, payloadTypes_);
  if (!made) return made.error();
  lastOffer_ = *std::move(made);
  return RTCSessionDescription{RTCSdpType::kOffer, lastOffer_->text};
}

// A created description whose ICE credentials are new has them still.
LocalTransport Negotiation::likeLast(const MadeDescription& last, const LocalTransport& transport) const {
  LocalTransport out = transport;
  if (tells(last.plan.transport.iceUfrag)) return out;
  out.iceUfrag = last.plan.transport.iceUfrag;
  out.icePwd = last.plan.transport.icePwd;
  return out;
}

Result<RTCSessionDescription> Negotiation::offerToSet(const LocalTransport& transport, bool wantsData) {
  if (lastOffer_ && mayOffer()) {
    const auto again =
        maker_.offer(likeLast(*lastOffer_, transport), wantsData, lastOffer_->plan.version, payloadTypes_);
    if (again && again->text == lastOffer_->text) return RTCSessionDescription{RTCSdpType::kOffer, lastOffer_->text};
  }
  return createOffer(transport, wantsData);
}

Result<RTCSessionDescription> Negotiation::createAnswer(const LocalTransport& transport) {
  if (!mayAnswer()) return wrongState("an answer");
  lastAnswer_.reset();
  auto made = makeAnswer(transport, ++version_);
  if (!made) return made.error();
  lastAnswer_ = *std::move(made);
  return RTCSessionDescription{RTCSdpType::kAnswer, lastAnswer_->text};
}

Result<RTCSessionDescription> Negotiation::answerToSet(const LocalTransport& transport) {
  if (lastAnswer_ && mayAnswer()) {
    // With the credentials that this offer asks for: the last answer may have been made for one that was taken back.
    const auto again = makeAnswer(transport, lastAnswer_->plan.version);
    if (again && again->text == lastAnswer_->text) return RTCSessionDescription{RTCSdpType::kAnswer, lastAnswer_->text};
  }
  return createAnswer(transport);
}

Result<MadeDescription> Negotiation::makeAnswer(const LocalTransport& transport, uint64_t version) {
  auto made = maker_.answer(pending_->remote, transport, version);
  if (made) reader_.noteRejections(made->plan, pending_->remote);
  return made;
}

// ---- applying local descriptions ----

Result<void> Negotiation::setLocal(const RTCSessionDescription& description) {
  const bool offer = description.type == RTCSdpType::kOffer;
  if (description.type == RTCSdpType::kRollback) return rollback();
  // The state first, as browsers have it: whoever answers in the wrong one hears of that, and not of the text.
  if (offer ? !mayOffer() : !mayAnswer()) return wrongState(offer ? "a local offer" : "a local answer");
  auto set = asMade(description);
  if (!set) return set.error();
  if (offer) {
    applyLocalOffer(*std::move(set));
    return {};
  }
  pending_->setLocal(*std::move(set));
  if (description.type == RTCSdpType::kPranswer) {
    state_ = RTCSignalingState::kHaveLocalPranswer;
    lines_.agree(*pending_);
  } else {
    finishExchange();
  }
  return {};
}

// W3C §4.4.1.5: what createOffer or createAnswer made, as it was made. Of what a page changed in it more is taken than the
// letter does, as in every browser.
Result<LocalDescription> Negotiation::asMade(const RTCSessionDescription& description) const {
  const bool offer = description.type == RTCSdpType::kOffer;
  const auto& last = offer ? lastOffer_ : lastAnswer_;
  if (last && description.sdp == last->text) return LocalDescription{last->plan, last->text};
  if (!last || reader_.isStrict()) {
    return Error(ErrorCode::kInvalidModificationError,
                 "the description is not the last one that create" + std::string(offer ? "Offer" : "Answer") + " made");
  }
  const LocalCodecs codecs = maker_.codecs();
  auto plan = takeChanges({last->plan, last->text, description.sdp, offer ? nullptr : &pending_->remote,
                           codecs.all(MediaKind::kAudio), codecs.all(MediaKind::kVideo), toldUfrags()});
  if (!plan) return plan.error();
  return LocalDescription{*std::move(plan), description.sdp, true};
}

void Negotiation::applyLocalOffer(LocalDescription offer) {
  if (state_ == RTCSignalingState::kHaveLocalOffer) restoreSnapshot();  // a newer offer takes the old one's place
  lines_.takeSnapshot();
  pending_ = Exchange{};
  pending_->weOffered = true;
  pending_->setLocal(std::move(offer));
  const SessionPlan& plan = pending_->local;
  for (const SectionPlan& section : plan.sections)
    for (const CodecSpec& codec : section.codecs) payloadTypes_.learn(section.kind, codec);
  lines_.applyLocalOffer(plan, lastOffer_->transceivers);
  state_ = RTCSignalingState::kHaveLocalOffer;
}

// ---- applying remote descriptions ----

Result<void> Negotiation::setRemote(const RTCSessionDescription& description) {
  if (state_ == RTCSignalingState::kClosed) return wrongState("a remote description");
  if (description.type == RTCSdpType::kRollback) return rollback();
  const bool offer = description.type == RTCSdpType::kOffer;
  const bool answerable =
      state_ == RTCSignalingState::kHaveLocalOffer || state_ == RTCSignalingState::kHaveRemotePranswer;
  if (!offer && !answerable) return wrongState("a remote answer");
  if (offer && (state_ == RTCSignalingState::kHaveLocalPranswer || state_ == RTCSignalingState::kHaveRemotePranswer))
    return wrongState("a remote offer");
  auto remote = reader_.read(description, offer ? nullptr : &pending_->local);
  if (!remote) return remote.error();
  const RemoteDescription& said = *remote;
  auto numbers = payloadTypes_;
  for (const RemoteSection& section : said.sections)
    for (const CodecSpec& codec : section.codecs) numbers.learn(section.kind, codec);
  auto applied = offer ? applyRemoteOffer(description, *std::move(remote))
                       : applyRemoteAnswer(description, *std::move(remote), description.type == RTCSdpType::kAnswer);
  if (applied) payloadTypes_ = std::move(numbers);
  return applied;
}

Result<void> Negotiation::applyRemoteOffer(const RTCSessionDescription& description, RemoteDescription remote) {
  if (current_) {
    if (auto kept = checkContinuity(current_->remote, remote, current_->local.sections); !kept) return kept;
  }
  // W3C §4.4.1.5: an offer that meets ours takes its place (the polite side of perfect negotiation).
  if (state_ != RTCSignalingState::kStable) restoreSnapshot();
  lines_.takeSnapshot();
  pending_ = Exchange{};
  pending_->remote = std::move(remote);
  pending_->remoteSdp = description.sdp;
  pending_->hasRemote = true;
  lines_.applyRemoteOffer(pending_->remote, maker_.identity().bundlePolicy == RTCBundlePolicy::kMaxBundle,
                          maker_.identity().rtcpMuxPolicy == RTCRtcpMuxPolicy::kNegotiate);
  state_ = RTCSignalingState::kHaveRemoteOffer;
  return {};
}

Result<void> Negotiation::applyRemoteAnswer(const RTCSessionDescription& description, RemoteDescription remote,
                                            bool final) {
  if (auto fits = checkAnswer(pending_->local, remote); !fits) return fits;
  pending_->remote = std::move(remote);
  pending_->remoteSdp = description.sdp;
  pending_->hasRemote = true;
  lines_.applyRemoteAnswer(pending_->remote, !final);
  if (final) {
    finishExchange();
  } else {
    state_ = RTCSignalingState::kHaveRemotePranswer;
    lines_.agree(*pending_);
  }
  return {};
}

// The final answer is there: there is no way back from what it says.
void Negotiation::finishExchange() {
  current_ = std::move(pending_);
  pending_.reset();
  lastOffer_.reset();
  lastAnswer_.reset();
  state_ = RTCSignalingState::kStable;
  lines_.agree(*current_);  // beside what was in force so far
  dataRejected_ = lines_.rejectsData(*current_);
  lines_.dropSnapshot();
  lines_.finish();
}

// ---- rollback ----

// The last created descriptions stay (W3C §4.4.1.5): they may be set yet.
void Negotiation::restoreSnapshot() {
  lines_.restoreSnapshot();
  pending_.reset();
  dataRejected_ = false;
  state_ = RTCSignalingState::kStable;
}

Result<void> Negotiation::rollback() {
  if (state_ == RTCSignalingState::kStable || state_ == RTCSignalingState::kClosed) return wrongState("a rollback");
  restoreSnapshot();
  return {};
}

// ---- what is in force ----

std::map<size_t, GatheredCandidates> Negotiation::bySection(const Gathered& gathered, const Exchange& exchange) const {
  std::map<size_t, GatheredCandidates> out;
  for (const auto& [transport, each] : gathered)
    if (const auto section = paths().sectionOfCandidates(transport, exchange)) out[*section] = each;
  return out;
}

std::optional<RTCSessionDescription> Negotiation::localDescription(const Gathered& gathered) const {
  return pending_ && pending_->hasLocal ? pendingLocalDescription(gathered) : currentLocalDescription(gathered);
}

std::optional<RTCSessionDescription> Negotiation::currentLocalDescription(const Gathered& gathered) const {
  return current_ ? current_->localDescription(false, bySection(gathered, *current_)) : std::nullopt;
}

std::optional<RTCSessionDescription> Negotiation::pendingLocalDescription(const Gathered& gathered) const {
  return pending_ ? pending_->localDescription(true, bySection(gathered, *pending_)) : std::nullopt;
}

std::optional<RTCSessionDescription> Negotiation::remoteDescription() const {
  return pending_ && pending_->hasRemote ? pendingRemoteDescription() : currentRemoteDescription();
}

std::optional<RTCSessionDescription> Negotiation::currentRemoteDescription() const {
  return current_ ? current_->remoteDescription(false) : std::nullopt;
}

std::optional<RTCSessionDescription> Negotiation::pendingRemoteDescription() const {
  return pending_ ? pending_->remoteDescription(true) : std::nullopt;
}

void Negotiation::noteRemoteCandidate(std::optional<size_t> section, const std::string& line,
                                      const std::string& ufrag) {
  for (auto* exchange : {&pending_, &current_}) {
    if (!*exchange || !(*exchange)->hasRemote) continue;
    const size_t first = section.value_or(0), end = section ? *section + 1 : (*exchange)->remote.sections.size();
    for (size_t i = first; i < std::min(end, (*exchange)->remote.sections.size()); ++i)
      if (ufrag.empty() || (*exchange)->remote.sections[i].transport.iceUfrag == ufrag)
        addCandidate((*exchange)->added, {i, line});
  }
}

std::vector<NegotiatedSection> Negotiation::sections() const {
  return inForce() ? negotiatedSections(*inForce(), lines_, factory_) : std::vector<NegotiatedSection>();
}

std::optional<NegotiatedData> Negotiation::data() const {
  return inForce() ? negotiatedData(*inForce(), lines_) : std::nullopt;
}

std::optional<uint32_t> Negotiation::offeredData() const {
  if (!pending_ || isProvisional()) return std::nullopt;
  const auto offers = [&](const auto& sections, size_t i) {
    return i < sections.size() && sections[i].kind == MediaKind::kApplication && !sections[i].rejected;
  };
  for (size_t i = 0; i < lines_.size(); ++i)
    if (pending_->weOffered ? offers(pending_->local.sections, i) : offers(pending_->remote.sections, i))
      return lines_[i].transport;
  return std::nullopt;
}

std::optional<Bytes> Negotiation::runningInit() const {
  if (!data()) return std::nullopt;
  for (const SectionPlan& section : inForce()->local.sections)
    if (section.kind == MediaKind::kApplication && !section.rejected) return section.sctpInit;
  return std::nullopt;
}

bool Negotiation::initOffered() const {
  const Exchange* offer = pending();
  if (!offer || offer->weOffered) return false;
  const auto& sections = offer->remote.sections;
  return std::any_of(sections.begin(), sections.end(), [](const auto& each) { return !each.sctpInit.empty(); });
}

rtp::Cryptex Negotiation::cryptex(uint32_t transport) const {
  if (headerEncryption_ == RTCRtpHeaderEncryptionPolicy::kDisable) return rtp::Cryptex::kOff;
  const TransportDescription* remote = paths().remote(transport);
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

bool Negotiation::offersToMoveFrom(const std::string& tag) const {
  const Exchange* offer = pending();
  if (!offer || !offer->weOffered) return false;
  const auto& sections = offer->local.sections;
  const auto find = [&](const std::string& mid) {
    const auto has = [&](const SectionPlan& each) { return each.mid == mid; };
    return static_cast<size_t>(std::find_if(sections.begin(), sections.end(), has) - sections.begin());
  };
  const size_t section = find(tag);
  if (section == sections.size()) return false;
  if (sections[section].rejected) return true;
  const BundleGroup* group = offer->local.groupOf(tag);
  return group && group->front() != tag && transportOf(find(group->front())) == transportOf(section);
}

std::optional<uint32_t> Negotiation::transportOf(size_t section) const {
  return section < lines_.size() ? lines_[section].transport : std::nullopt;
}

std::optional<uint32_t> Negotiation::transportOf(const RtpTransceiver& transceiver) const {
  for (const MediaLine& line : lines_.all())
    if (line.transceiver.get() == &transceiver) return line.transport;
  return std::nullopt;
}

bool Negotiation::needed(bool wantsData) const {
  return state_ == RTCSignalingState::kStable && lines_.needNegotiation(current(), wantsData);
}

}  // namespace tincan::inline v0::stack
