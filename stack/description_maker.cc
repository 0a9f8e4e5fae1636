#include "stack/description_maker.h"

#include <algorithm>
#include <utility>

#include "sdp/text.h"
#include "sdp/writer.h"
#include "stack/api/header_extensions.h"
#include "stack/jsep/negotiate.h"
#include "stack/jsep/simulcast.h"
#include "stack/section_fec.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint64_t kMaxMessageSize = 262144;  // what we take

// In one BUNDLE an extension id means one URI (RFC 8285 §6): the number that it has, its usual one, or the first that is
// free; nothing where there is none.
std::optional<ExtensionSpec> numbered(ExtensionSpec extension, const std::vector<ExtensionSpec>& agreed) {
  const auto isUsed = [&](uint8_t id) {
    return std::any_of(agreed.begin(), agreed.end(), [&](const ExtensionSpec& each) { return each.id == id; });
  };
  for (const ExtensionSpec& each : agreed) {
    if (each.uri != extension.uri) continue;
    extension.id = each.id;
    return extension;
  }
  if (!isUsed(extension.id)) return extension;
  for (uint8_t id = 1; id < 15; ++id) {  // RFC 8285 §4.2: one-byte headers have no more
    extension.id = id;
    if (!isUsed(id)) return extension;
  }
  return std::nullopt;
}

// Each once: what many sections say is looked through for each of them.
void learn(std::vector<ExtensionSpec>& agreed, const ExtensionSpec& extension) {
  const auto same = [&](const ExtensionSpec& each) { return each.id == extension.id && each.uri == extension.uri; };
  if (std::none_of(agreed.begin(), agreed.end(), same)) agreed.push_back(extension);
}

}  // namespace

void DescriptionMaker::fillOurs(SessionPlan& plan, const LocalTransport& transport, uint64_t version) const {
  plan.sessionId = identity_.sessionId;
  plan.version = version;
  plan.transport.iceUfrag = transport.iceUfrag;
  plan.transport.icePwd = transport.icePwd;
  plan.transport.trickle = true;
  plan.transport.iceLite = transport.iceLite;
  plan.transport.renomination = transport.renomination;
  plan.transport.sped = transport.sped;
  plan.transport.congestionFeedback = transport.congestionFeedback;
  plan.transport.fingerprints = {transport.fingerprint};
  plan.transport.cryptex = identity_.cryptex;
}

/// draft-hancke-tsvwg-snap-00: an answer has an INIT only if its offer had one; what runs keeps the one it began with,
/// and gets none that it did not begin with.
void DescriptionMaker::fillInit(SessionPlan& plan, const LocalTransport& transport, const RemoteDescription* offer) {
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    SectionPlan& section = plan.sections[i];
    if (section.kind != MediaKind::kApplication || section.rejected || section.sctpMap) continue;
    if (offer && (i >= offer->sections.size() || offer->sections[i].sctpInit.empty())) continue;
    if (transport.runningInit) {
      section.sctpInit = *transport.runningInit;
    } else if (offer || transport.offersInit) {
      section.sctpInit = transport.sctpInit;
    }
  }
}

void DescriptionMaker::fillSend(SectionPlan& plan, const RtpTransceiver& transceiver,
                                const RemoteSection* offer) const {
  if (!sends(plan.direction)) return;
  const RtpSender& sender = *transceiver.sender_;
  SendStreams send;
  send.streamIds = sender.streamIds_;
  send.trackId = sender.trackId_;
  plan.sendRids = offer ? agreedRids(sender.rids(), offer->receiveRids) : sender.rids();
  // Encodings say by their packets which they are (RFC 8852), and may change their SSRC: none is told.
  const bool named = !plan.sendRids.empty();
  send.ssrc = named ? 0 : sender.ssrcs_.front().media;
  const bool hasRtx = std::any_of(plan.codecs.begin(), plan.codecs.end(),
                                  [](const CodecSpec& codec) { return codec.rtxPayloadType.has_value(); });
  if (hasRtx && !named) send.rtxSsrc = sender.ssrcs_.front().rtx;
  const bool hasFlexfec = std::any_of(plan.codecs.begin(), plan.codecs.end(), [](const CodecSpec& codec) {
    return sdp::equalsIgnoringCase(codec.name, "flexfec-03");
  });
  if (hasFlexfec && !named) send.fecSsrc = flexfecSsrc(sender.ssrcs_.front().media, sender.ssrcs_.front().rtx);
  send.cname = identity_.cname;
  plan.send = std::move(send);
}

// RFC 9429 §5.2.2: payload types, once agreed on, stay. A new section takes what one of its kind has agreed on; what it
// has beyond that goes under numbers that nobody has used for anything else.
std::vector<CodecSpec> DescriptionMaker::planCodecs(const MediaLine& line, Direction direction, Choice& choice) const {
  const std::vector<CodecSpec>* agreed = &line.codecs;
  for (const MediaLine& other : lines_.all()) {
    if (!agreed->empty()) break;
    if (other.kind == line.kind) agreed = &other.codecs;
  }
  static const std::vector<RTCRtpCodec> kNone;
  const auto& preferences = line.transceiver ? line.transceiver->preferences_ : kNone;
  std::vector<CodecSpec> out;
  for (CodecSpec& codec : choice.codecs.offer({line.kind, direction, preferences}, *agreed))
    if (choice.numbers.number(line.kind, codec)) out.push_back(std::move(codec));
  if (line.kind == MediaKind::kAudio) linkRedundancy(out);
  return out;
}

// RFC 8829 §5.2.2: what was agreed on stays, under its number; what the application wants again joins it.
std::vector<ExtensionSpec> DescriptionMaker::planExtensions(const MediaLine& line, Choice& choice) {
  static const std::vector<RTCRtpHeaderExtensionCapability> kNone;
  const auto& wishes = line.transceiver ? line.transceiver->extensionWishes_ : kNone;
  std::vector<ExtensionSpec> out = line.extensions;
  for (const ExtensionSpec& known : defaultExtensions(line.kind)) {
    const auto* wish = findExtension(wishes, known.uri);
    const auto same = [&](const ExtensionSpec& each) { return each.uri == known.uri; };
    const auto in = std::find_if(out.begin(), out.end(), same);
    if (in != out.end() && wish) in->direction = known.direction;  // the wish says how much of it
    if (in != out.end() || (!wish && (!line.extensions.empty() || !isOfferedUnasked(known.uri)))) continue;
    auto extension = numbered(known, choice.extensions);
    if (!extension) continue;
    learn(choice.extensions, *extension);
    out.push_back(*std::move(extension));
  }
  return wishedOf(wishes, std::move(out));
}

SectionPlan DescriptionMaker::planLine(const MediaLine& line, Choice& choice) const {
  SectionPlan plan;
  plan.kind = line.kind;
  plan.mid = line.mid;
  if (line.kind == MediaKind::kApplication) {
    plan.sctpPort = line.sctpPort;
    plan.maxMessageSize = kMaxMessageSize;
    plan.sctpMap = line.sctpMap;  // as the peer knows it
    plan.offeredProtocol = line.dataProtocol;
    return plan;
  }
  plan.extensions = planExtensions(line, choice);
  plan.rejected = !line.transceiver || line.transceiver->direction_ == RTCRtpTransceiverDirection::kStopped;
  plan.direction = plan.rejected ? Direction::kInactive : toJsep(line.transceiver->direction_);
  plan.codecs = planCodecs(line, plan.direction, choice);
  plan.receiveRids = line.receiveRids;
  if (line.transceiver) fillSend(plan, *line.transceiver, nullptr);
  return plan;
}

// RFC 8829 §5.2.2: what is new takes the place of the first section that was rejected, of whatever kind, under a mid of
// its own; behind the others when there is none.
void DescriptionMaker::addSection(MadeDescription& made, MediaKind kind,
                                  const std::shared_ptr<RtpTransceiver>& transceiver, Choice& choice) const {
  SessionPlan& plan = made.plan;
  MediaLine line;
  line.kind = kind;
  line.mid = lines_.freshMid(choice.nextMid);
  line.transceiver = transceiver;
  size_t index = 0;
  while (index < lines_.size() && !(lines_[index].rejected && plan.sections[index].rejected)) ++index;
  index = index < lines_.size() ? index : plan.sections.size();
  SectionPlan section = planLine(line, choice);
  if (index < plan.sections.size()) {
    plan.sections[index] = std::move(section);
  } else {
    plan.sections.push_back(std::move(section));
  }
  made.transceivers.resize(plan.sections.size());
  made.transceivers[index] = transceiver;
}

MadeDescription DescriptionMaker::planOffer(const LocalTransport& transport, bool wantsData, uint64_t version,
                                            Choice choice) const {
  MadeDescription made;
  SessionPlan& plan = made.plan;
  fillOurs(plan, transport, version);
  plan.transport.setup = Setup::kActpass;  // RFC 8842 §5.2
  for (const MediaLine& line : lines_.all()) {
    for (const CodecSpec& codec : line.codecs) choice.numbers.learn(line.kind, codec);
    for (const ExtensionSpec& extension : line.extensions) learn(choice.extensions, extension);
  }
  // Sections in force keep their places (RFC 8829 §5.2.2).
  for (const MediaLine& line : lines_.all()) {
    plan.sections.push_back(planLine(line, choice));
    made.transceivers.push_back(line.transceiver);
  }
  bool hasData = false;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i].kind != MediaKind::kApplication) continue;
    // A rejected one is asked for again in its place, so that no second m=application comes beside it.
    plan.sections[i].rejected = lines_[i].rejected && (!wantsData || hasData);
    hasData |= !plan.sections[i].rejected;
  }
  for (const auto& transceiver : lines_.transceivers()) {
    if (transceiver->mid_ || transceiver->direction_ == RTCRtpTransceiverDirection::kStopped) continue;
    addSection(made, transceiver->kind_, transceiver, choice);
  }
  if (wantsData && !hasData) addSection(made, MediaKind::kApplication, nullptr, choice);
  fillInit(plan, transport, nullptr);
  return made;
}

// RFC 9429 §5.2.1, §5.2.2: a first offer has everything in one BUNDLE group, and the policy says what it prepares for an
// answer without it. Later ones keep what is in force: sections that share a transport are a group, those alone on
// another one are in none, and what is new joins the first.
void DescriptionMaker::planTransports(SessionPlan& plan) const {
  std::map<uint32_t, BundleGroup> others;
  std::optional<uint32_t> first;
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    SectionPlan& section = plan.sections[i];
    if (section.rejected) continue;
    // An offer that nobody has answered has put nothing into force.
    const auto& agreed = lines_.inForce();
    const bool known = i < agreed.size() && agreed[i].mid == section.mid && !agreed[i].rejected && agreed[i].transport;
    // RFC 9429 §4.1.1: "negotiate" has both ways ready, until an answer has multiplexed.
    const bool muxes = known && !agreed[i].ownRtcp;
    section.ownRtcp =
        section.kind != MediaKind::kApplication && !muxes && identity_.rtcpMuxPolicy == RTCRtcpMuxPolicy::kNegotiate;
    if (known && !first) first = agreed[i].transport;
    if (known && agreed[i].transport != first) {
      others[*agreed[i].transport].push_back(section.mid);
      continue;
    }
    section.ownTransport = !known && identity_.bundlePolicy == RTCBundlePolicy::kMaxCompat;
    section.bundleOnly = !known && identity_.bundlePolicy == RTCBundlePolicy::kMaxBundle && !plan.bundle.empty();
    plan.bundle.push_back(section.mid);
  }
  for (auto& [id, group] : others)
    if (group.size() > 1) plan.otherBundles.push_back(std::move(group));
}

Result<MadeDescription> DescriptionMaker::offer(const LocalTransport& transport, bool wantsData, uint64_t version,
                                                const PayloadTypeTable& numbers) const {
  MadeDescription made = planOffer(transport, wantsData, version, {codecs(), numbers, lines_.firstMid()});
  planTransports(made.plan);
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

SessionPlan DescriptionMaker::planAnswerOf(const RemoteDescription& offer, const LocalTransport& transport,
                                           uint64_t version) const {
  const LocalCodecs codecs = this->codecs();
  SessionPlan plan = planAnswer(offer, codecs.all(MediaKind::kAudio), codecs.all(MediaKind::kVideo));
  const TransportDescription agreed = plan.transport;
  fillOurs(plan, transport, version);
  plan.transport.cryptex = plan.transport.cryptex && agreed.cryptex;
  plan.transport.setup = agreed.setup;
  const auto reject = [&](size_t index, const char* why) {
    SectionPlan& section = plan.sections[index];
    section.rejected = true;
    section.whyRejected = why;
    std::erase(plan.bundle, section.mid);
    for (BundleGroup& group : plan.otherBundles) std::erase(group, section.mid);
    std::erase_if(plan.otherBundles, [](const BundleGroup& group) { return group.empty(); });
  };
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    SectionPlan& section = plan.sections[i];
    if (section.rejected) continue;
    if (!lines_[i].transport) {
      reject(i, identity_.bundlePolicy == RTCBundlePolicy::kMaxBundle
                    ? "it is not in one BUNDLE with the others, which bundlePolicy \"max-bundle\" asks for"
                    : "it would need one transport more than there may be");
      continue;
    }
    // RFC 8842 §5.5: an association that stands keeps its roles.
    if (const auto role = transport.dtlsIsClient.find(*lines_[i].transport); role != transport.dtlsIsClient.end())
      section.setup = role->second ? Setup::kActive : Setup::kPassive;
    if (section.kind == MediaKind::kApplication) {
      section.sctpPort = lines_[i].sctpPort;
      continue;
    }
    // RFC 8829 §5.3.1, RFC 8858 §3.
    if (section.ownRtcp && identity_.rtcpMuxPolicy == RTCRtcpMuxPolicy::kRequire) {
      reject(
          i,
          "it lacks a=rtcp-mux, which rtcpMuxPolicy \"require\" asks for: \"negotiate\" gives RTCP a port of its own");
      continue;
    }
    const auto& transceiver = lines_[i].transceiver;
    if (!transceiver) {
      reject(i, "it was stopped here");
      continue;
    }
    // W3C §5.4, stop(): an offer of ours ends the section; until then an answer only says that nothing goes either way.
    section.direction = intersect(section.direction, toJsep(transceiver->direction_));
    auto chosen = codecs.answer({section.kind, section.direction, transceiver->preferences_}, section.codecs);
    if (chosen.empty()) {
      reject(i, transceiver->preferences_.empty() ? "none of its codecs can go that way here"
                                                  : "it has none of what setCodecPreferences names");
      continue;
    }
    section.codecs = std::move(chosen);
    section.extensions = wishedOf(transceiver->extensionWishes_, std::move(section.extensions));
    fillSend(section, *transceiver, &offer.sections[i]);
  }
  fillInit(plan, transport, &offer);
  return plan;
}

Result<MadeDescription> DescriptionMaker::answer(const RemoteDescription& offer, const LocalTransport& transport,
                                                 uint64_t version) const {
  MadeDescription made;
  made.plan = planAnswerOf(offer, transport, version);
  auto text = sdp::write(describe(made.plan));
  if (!text) return text.error();
  made.text = *std::move(text);
  return made;
}

}  // namespace tincan::inline v0::stack
