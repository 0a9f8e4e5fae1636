#include <algorithm>
#include <utility>

#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"
#include "stack/negotiation.h"

// The half of Negotiation that makes descriptions: from transceivers and m-lines to plans, from plans to text.
namespace tincan::stack {
namespace {

constexpr uint16_t kSctpPort = 5000;          // RFC 8841 §5: what everybody uses
constexpr uint64_t kMaxMessageSize = 262144;  // LIMITS: what we take

// In one BUNDLE an extension id means one URI (RFC 8285 §6).
std::vector<ExtensionSpec> extensionsBeside(const std::vector<SectionPlan>& sections, MediaKind kind) {
  std::vector<ExtensionSpec> agreed;
  for (const SectionPlan& section : sections)
    agreed.insert(agreed.end(), section.extensions.begin(), section.extensions.end());
  const auto idOf = [&](const std::string& uri) -> uint8_t {
    for (const ExtensionSpec& extension : agreed) {
      if (extension.uri == uri) return extension.id;
    }
    return 0;
  };
  const auto isUsed = [&](uint8_t id) {
    return std::any_of(agreed.begin(), agreed.end(), [&](const ExtensionSpec& e) { return e.id == id; });
  };
  std::vector<ExtensionSpec> out;
  for (ExtensionSpec extension : defaultExtensions(kind)) {
    if (const uint8_t known = idOf(extension.uri)) {
      extension.id = known;
    } else if (isUsed(extension.id)) {
      uint8_t id = 1;
      while (id < 15 && isUsed(id)) ++id;
      if (id == 15) continue;  // RFC 8285 §4.2: one-byte headers have no more
      extension.id = id;
    }
    agreed.push_back(extension);
    out.push_back(std::move(extension));
  }
  return out;
}

}  // namespace

std::string Negotiation::freshMid() {
  while (true) {
    std::string mid = std::to_string(nextMid_++);
    const bool taken = std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.mid == mid; });
    if (!taken) return mid;
  }
}

void Negotiation::fillOurs(SessionPlan& plan, const LocalTransport& transport, uint64_t version) const {
  plan.sessionId = sessionId_;
  plan.version = version;
  plan.transport.iceUfrag = transport.iceUfrag;
  plan.transport.icePwd = transport.icePwd;
  plan.transport.trickle = true;
  plan.transport.iceLite = transport.iceLite;
  plan.transport.renomination = transport.renomination;
  plan.transport.sped = transport.sped;
  plan.transport.fingerprints = {transport.fingerprint};
  plan.transport.cryptex = headerEncryption_ != RTCRtpHeaderEncryptionPolicy::kDisable;
}

/// Our data section as last agreed on, whose association runs; null without one.
const SectionPlan* Negotiation::runningData() const {
  const Exchange* exchange = inForce();
  if (!exchange || !data()) return nullptr;
  for (const SectionPlan& section : exchange->local.sections)
    if (section.kind == MediaKind::kApplication && !section.rejected) return &section;
  return nullptr;
}

/// draft-hancke-tsvwg-snap-00: an answer has an INIT only if its offer had one; what runs keeps the one it began with,
/// and gets none that it did not begin with.
void Negotiation::fillInit(SessionPlan& plan, const LocalTransport& transport, const RemoteDescription* offer) const {
  const SectionPlan* running = transport.otherPeer ? nullptr : runningData();
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    SectionPlan& section = plan.sections[i];
    if (section.kind != MediaKind::kApplication || section.rejected || section.sctpMap) continue;
    const bool mayTell = offer ? i < offer->sections.size() && !offer->sections[i].sctpInit.empty() : true;
    if (running) {
      if (mayTell) section.sctpInit = running->sctpInit;
    } else if (offer ? mayTell : transport.offersInit) {
      section.sctpInit = transport.sctpInit;
    }
  }
}

void Negotiation::fillSend(SectionPlan& plan, const RtpTransceiver& transceiver) const {
  if (!sends(plan.direction)) return;
  const RtpSender& sender = *transceiver.sender_;
  SendStreams send;
  send.streamIds = sender.streamIds_;
  send.trackId = sender.trackId_;
  send.ssrc = sender.ssrc_;
  const bool hasRtx = std::any_of(plan.codecs.begin(), plan.codecs.end(),
                                  [](const CodecSpec& codec) { return codec.rtxPayloadType.has_value(); });
  if (hasRtx) send.rtxSsrc = sender.rtxSsrc_;
  send.cname = cname_;
  plan.send = std::move(send);
}

// RFC 9429 §5.2.2: payload types, once agreed on, stay. A new section takes what one of its kind has agreed on; what it
// has beyond that goes under numbers that nobody has used for anything else.
std::vector<CodecSpec> Negotiation::planCodecs(const Line& line, Direction direction, Choice& choice) const {
  const std::vector<CodecSpec>* agreed = &line.codecs;
  for (const Line& other : lines_) {
    if (!agreed->empty()) break;
    if (other.kind == line.kind) agreed = &other.codecs;
  }
  static const std::vector<RTCRtpCodec> kNone;
  const auto& preferences = line.transceiver ? line.transceiver->preferences_ : kNone;
  std::vector<CodecSpec> out;
  for (CodecSpec& codec : choice.codecs.offer({line.kind, direction, preferences}, *agreed))
    if (choice.numbers.number(line.kind, codec)) out.push_back(std::move(codec));
  return out;
}

SectionPlan Negotiation::planLine(const Line& line, const std::vector<SectionPlan>& beside, Choice& choice) const {
  SectionPlan plan;
  plan.kind = line.kind;
  plan.mid = line.mid;
  if (line.kind == MediaKind::kApplication) {
    plan.sctpPort = kSctpPort;
    plan.maxMessageSize = kMaxMessageSize;
    plan.sctpMap = line.sctpMap;  // as the peer knows it
    plan.offeredProtocol = line.dataProtocol;
    return plan;
  }
  // RFC 8829 §5.2.2: extension ids, once agreed, stay.
  plan.extensions = line.extensions.empty() ? extensionsBeside(beside, line.kind) : line.extensions;
  plan.rejected = !line.transceiver || line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
  plan.direction = plan.rejected ? Direction::kInactive : toJsep(line.transceiver->direction_);
  plan.codecs = planCodecs(line, plan.direction, choice);
  if (line.transceiver) fillSend(plan, *line.transceiver);
  return plan;
}

// RFC 8829 §5.2.2: what is new takes the place of the first section that was rejected, of whatever kind, under a mid of
// its own; behind the others when there is none.
void Negotiation::addSection(Made& made, MediaKind kind, const std::shared_ptr<RtpTransceiver>& transceiver,
                             Choice& choice) {
  SessionPlan& plan = made.plan;
  Line line;
  line.kind = kind;
  line.mid = freshMid();
  line.transceiver = transceiver;
  size_t index = 0;
  while (index < lines_.size() && !(lines_[index].rejected && plan.sections[index].rejected)) ++index;
  index = index < lines_.size() ? index : plan.sections.size();
  SectionPlan section = planLine(line, plan.sections, choice);
  if (index < plan.sections.size()) {
    plan.sections[index] = std::move(section);
  } else {
    plan.sections.push_back(std::move(section));
  }
  made.transceivers.resize(plan.sections.size());
  made.transceivers[index] = transceiver;
}

Negotiation::Made Negotiation::planOffer(const LocalTransport& transport, bool wantsData, uint64_t version) {
  Made made;
  SessionPlan& plan = made.plan;
  fillOurs(plan, transport, version);
  plan.transport.setup = Setup::kActpass;  // RFC 8842 §5.2
  Choice choice{LocalCodecs(factory_), payloadTypes_};
  for (const Line& line : lines_)
    for (const CodecSpec& codec : line.codecs) choice.numbers.learn(line.kind, codec);
  // Sections in force keep their places (RFC 8829 §5.2.2).
  for (const Line& line : lines_) {
    plan.sections.push_back(planLine(line, plan.sections, choice));
    made.transceivers.push_back(line.transceiver);
  }
  bool hasData = false;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].kind != MediaKind::kApplication) continue;
    // A rejected one is asked for again in its place, so that no second m=application comes beside it.
    plan.sections[i].rejected = lines_[i].rejected && (!wantsData || hasData);
    hasData |= !plan.sections[i].rejected;
  }
  for (const auto& transceiver : transceivers_) {
    if (transceiver->mid_ || transceiver->direction_ == RTCRtpTransceiverDirection::kStopped) continue;
    addSection(made, transceiver->kind_, transceiver, choice);
  }
  if (wantsData && !hasData) addSection(made, MediaKind::kApplication, nullptr, choice);
  fillInit(plan, transport, nullptr);
  for (const SectionPlan& section : plan.sections) {
    if (!section.rejected) plan.bundle.push_back(section.mid);
  }
  return made;
}

Result<Negotiation::Made> Negotiation::makeOffer(const LocalTransport& transport, bool wantsData, uint64_t version) {
  const uint32_t mids = nextMid_;
  Made made = planOffer(transport, wantsData, version);
  nextMid_ = mids;  // an offer that is never applied uses up no mid
  for (const SectionPlan& section : made.plan.sections) {
    if (section.rejected || section.kind == MediaKind::kApplication || !section.codecs.empty()) continue;
    return {ErrorCode::kNotSupportedError, "there is no codec to offer " + std::string(name(section.kind)) +
                                               " with: give Environment::codecs a factory that has one"};
  }
  auto text = sdp::write(describe(made.plan));
  if (!text) return text.error();
  made.text = *std::move(text);
  return made;
}

Result<RTCSessionDescription> Negotiation::createOffer(const LocalTransport& transport, bool wantsData) {
  if (state_ != RTCSignalingState::kStable && state_ != RTCSignalingState::kHaveLocalOffer)
    return wrongState("an offer");
  lastOffer_.reset();  // a failure below leaves none: text and plan never come from two different calls
  auto made = makeOffer(transport, wantsData, ++version_);
  if (!made) return made.error();
  lastOffer_ = *std::move(made);
  return RTCSessionDescription{RTCSdpType::kOffer, lastOffer_->text};
}

// A created description whose ICE credentials are new has them still.
LocalTransport Negotiation::likeLast(const Made& last, const LocalTransport& transport) const {
  LocalTransport out = transport;
  if (tells(last.plan.transport.iceUfrag)) return out;
  out.iceUfrag = last.plan.transport.iceUfrag;
  out.icePwd = last.plan.transport.icePwd;
  return out;
}

Result<RTCSessionDescription> Negotiation::offerToSet(const LocalTransport& transport, bool wantsData) {
  const bool mayOffer = state_ == RTCSignalingState::kStable || state_ == RTCSignalingState::kHaveLocalOffer;
  if (lastOffer_ && mayOffer) {
    const auto again = makeOffer(likeLast(*lastOffer_, transport), wantsData, lastOffer_->plan.version);
    if (again && again->text == lastOffer_->text) return RTCSessionDescription{RTCSdpType::kOffer, lastOffer_->text};
  }
  return createOffer(transport, wantsData);
}

Result<RTCSessionDescription> Negotiation::answerToSet(const LocalTransport& transport) {
  const bool mayAnswer =
      state_ == RTCSignalingState::kHaveRemoteOffer || state_ == RTCSignalingState::kHaveLocalPranswer;
  if (lastAnswer_ && mayAnswer) {
    const auto again = makeAnswer(likeLast(*lastAnswer_, transport), lastAnswer_->plan.version);
    if (again && again->text == lastAnswer_->text) return RTCSessionDescription{RTCSdpType::kAnswer, lastAnswer_->text};
  }
  return createAnswer(transport);
}

Result<RTCSessionDescription> Negotiation::createAnswer(const LocalTransport& transport) {
  if (state_ != RTCSignalingState::kHaveRemoteOffer && state_ != RTCSignalingState::kHaveLocalPranswer)
    return wrongState("an answer");
  lastAnswer_.reset();
  auto made = makeAnswer(transport, ++version_);
  if (!made) return made.error();
  lastAnswer_ = *std::move(made);
  return RTCSessionDescription{RTCSdpType::kAnswer, lastAnswer_->text};
}

Result<Negotiation::Made> Negotiation::makeAnswer(const LocalTransport& transport, uint64_t version) {
  const LocalCodecs codecs(factory_);
  SessionPlan plan = planAnswer(pending_->remote, codecs.all(MediaKind::kAudio), codecs.all(MediaKind::kVideo));
  const TransportDescription agreed = plan.transport;
  fillOurs(plan, transport, version);
  plan.transport.cryptex = plan.transport.cryptex && agreed.cryptex;
  // RFC 8842 §5.5: an association that stands keeps its roles.
  plan.transport.setup = !transport.dtlsRoleKnown ? agreed.setup
                         : transport.dtlsIsClient ? Setup::kActive
                                                  : Setup::kPassive;
  const auto reject = [&](size_t index, const char* why) {
    SectionPlan& section = plan.sections[index];
    section.rejected = true;
    section.whyRejected = why;
    std::erase(plan.bundle, section.mid);
  };
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    SectionPlan& section = plan.sections[i];
    if (section.rejected || section.kind == MediaKind::kApplication) continue;
    const auto& transceiver = lines_[i].transceiver;
    if (!transceiver || transceiver->direction_ == RTCRtpTransceiverDirection::kStopped) {
      reject(i, "it was stopped here");
      continue;
    }
    section.direction = intersect(section.direction, toJsep(transceiver->direction_));
    auto chosen = codecs.answer({section.kind, section.direction, transceiver->preferences_}, section.codecs);
    if (chosen.empty()) {
      reject(i, transceiver->preferences_.empty() ? "none of its codecs can go that way here"
                                                  : "it has none of what setCodecPreferences names");
      continue;
    }
    section.codecs = std::move(chosen);
    fillSend(section, *transceiver);
  }
  fillInit(plan, transport, &pending_->remote);
  noteRejections(plan);
  auto text = sdp::write(describe(plan));
  if (!text) return text.error();
  return Made{std::move(plan), *std::move(text), {}};
}

}  // namespace tincan::stack
