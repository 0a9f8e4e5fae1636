#include <algorithm>
#include <string>
#include <utility>

#include "base/base64.h"
#include "sdp/attribute_values.h"
#include "stack/jsep/default_candidate.h"
#include "stack/jsep/plan.h"

namespace tincan::inline v0::stack {
namespace {

constexpr std::string_view kRtpProtocol = "UDP/TLS/RTP/SAVPF";  // RFC 8829 §5.1.2
constexpr std::string_view kDataProtocol = "UDP/DTLS/SCTP";     // RFC 8841 §4.2
constexpr std::string_view kDataFormat = "webrtc-datachannel";  // RFC 8841 §4.3
constexpr uint16_t kDiscardPort = 9;                            // RFC 8829 §5.2.1: the port before ICE has one

bool carriesRtp(const SectionPlan& section) {
  return !section.rejected && section.kind != MediaKind::kApplication;
}

std::string joined(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters) {
    if (!text.empty()) text += ';';
    text += key;
    if (!value.empty()) text += '=' + value;
  }
  return text;
}

void addCodec(sdp::Media& media, const CodecSpec& codec) {
  const bool audio = media.kind == name(MediaKind::kAudio);
  sdp::RtpMap map{codec.payloadType, codec.name, codec.clockRate, {}};
  if (audio && codec.channels != 1) map.channels = codec.channels;
  media.formats.push_back(std::to_string(codec.payloadType));
  media.rtpmaps.push_back(std::move(map));
  for (const std::string& feedback : codec.feedback) {
    if (feedback != kCongestionFeedback) media.rtcpFbs.push_back({codec.payloadType, feedback});
  }
  if (!codec.parameters.empty()) media.fmtps.push_back({std::to_string(codec.payloadType), joined(codec.parameters)});
  if (!codec.rtxPayloadType) return;
  // RFC 4588 §8.1: rtx has the clock of what it repeats, and names it by apt.
  const std::string rtx = std::to_string(*codec.rtxPayloadType);
  media.formats.push_back(rtx);
  media.rtpmaps.push_back({*codec.rtxPayloadType, "rtx", codec.clockRate, {}});
  media.fmtps.push_back({rtx, "apt=" + std::to_string(codec.payloadType)});
}

void addStreams(sdp::Media& media, const SendStreams& send) {
  // RFC 8829 §5.2.1: an a=msid for each stream; "-" says that there is none.
  std::vector<sdp::Msid> msids;
  for (const std::string& id : send.streamIds) msids.push_back({id, send.trackId});
  if (msids.empty()) msids.push_back({"-", send.trackId});
  const std::string msid = msids.front().streamId + ' ' + send.trackId;
  media.msids = std::move(msids);
  if (send.ssrc == 0) return;
  const auto addSsrc = [&](uint32_t id) { media.ssrcs.push_back({id, {{"cname", send.cname}, {"msid", msid}}}); };
  addSsrc(send.ssrc);
  const auto addRepair = [&](const char* semantics, const std::optional<uint32_t>& repair) {
    if (!repair) return;
    addSsrc(*repair);
    media.ssrcGroups.push_back({semantics, {send.ssrc, *repair}});
  };
  addRepair("FID", send.rtxSsrc);     // RFC 4588 §8, RFC 5576 §4.2
  addRepair("FEC-FR", send.fecSsrc);  // RFC 5956 §4.3
}

void addTransport(sdp::Media& media, const TransportDescription& transport) {
  media.iceUfrag = transport.iceUfrag;
  media.icePwd = transport.icePwd;
  for (const std::string& text : transport.fingerprints) {
    auto fingerprint = sdp::parseFingerprint(text);
    // One that is none stays a bare line, and sdp::write() refuses it.
    if (fingerprint)
      media.fingerprints.push_back(std::move(*fingerprint));
    else
      media.otherAttributes.push_back({"fingerprint", text});
  }
  media.setup = transport.setup;
}

// RFC 8853 §5.1, §5.3.1. A rid stands once in a section (RFC 8851 §4).
void addRids(sdp::Media& media, const SectionPlan& plan) {
  sdp::Simulcast simulcast;
  const auto add = [&](const std::vector<RidSpec>& rids, bool send, sdp::SimulcastStreams& streams) {
    for (const RidSpec& rid : rids) {
      const bool stands =
          std::any_of(media.rids.begin(), media.rids.end(), [&](const sdp::Rid& other) { return other.id == rid.id; });
      if (stands) continue;
      media.rids.push_back({rid.id, send, {}});
      streams.push_back({{rid.id, rid.paused}});
    }
  };
  if (sends(plan.direction)) add(plan.sendRids, true, simulcast.send);
  if (receives(plan.direction)) add(plan.receiveRids, false, simulcast.receive);
  if (!media.rids.empty()) media.simulcast = std::move(simulcast);
}

void addRtp(sdp::Media& media, const SectionPlan& plan) {
  media.rtcp = sdp::RtcpAddress{kDiscardPort, sdp::Connection{}};
  for (const ExtensionSpec& extension : plan.extensions) {
    sdp::ExtMap map{extension.id, std::nullopt, extension.uri, {}};
    if (extension.direction != Direction::kSendRecv) map.direction = extension.direction;
    media.extmaps.push_back(std::move(map));
  }
  media.direction = plan.direction;
  media.rtcpMux = plan.rtcpMux;  // RFC 8829 §5.2.1, §5.3.1
  media.rtcpRsize = true;        // RFC 5506 §5
  if (plan.send && sends(plan.direction)) addStreams(media, *plan.send);
  addRids(media, plan);
}

// RFC 8888 §6: '*', of the section. What has both is an offer, and has it where it is wanted; what has it alone was agreed
// on.
bool saysCongestionFeedback(const SectionPlan& plan, bool offered) {
  return std::any_of(plan.codecs.begin(), plan.codecs.end(), [offered](const CodecSpec& codec) {
    return codec.hasFeedback(kCongestionFeedback) && (offered || !codec.hasFeedback("transport-cc"));
  });
}

sdp::Media describeSection(const SectionPlan& plan, bool offersCongestionFeedback) {
  const bool data = plan.kind == MediaKind::kApplication;
  sdp::Media media;
  media.kind = plan.offeredKind.empty() ? name(plan.kind) : plan.offeredKind;
  media.protocol = !plan.offeredProtocol.empty() ? plan.offeredProtocol : data ? kDataProtocol : kRtpProtocol;
  media.port = plan.rejected || plan.bundleOnly ? 0 : kDiscardPort;
  media.connection = sdp::Connection{};
  if (!plan.mid.empty() && plan.writesMid) media.mid = plan.mid;
  if (plan.rejected) {
    // RFC 3264 §6: a rejected line keeps its formats; nothing else of it matters.
    media.formats = plan.offeredFormats;
    if (media.formats.empty())
      for (const CodecSpec& codec : plan.codecs) addCodec(media, codec);
    if (media.formats.empty()) media.formats = {data ? std::string(kDataFormat) : "0"};
    media.direction = Direction::kInactive;
    return media;
  }
  media.bundleOnly = plan.bundleOnly;
  if (data && plan.sctpMap) {
    // draft-ietf-mmusic-sctp-sdp-07 §5: the port is the format, and the streams are as many as SCTP has.
    media.formats = {std::to_string(plan.sctpPort)};
    media.otherAttributes.push_back({"sctpmap", media.formats.front() + ' ' + std::string(kDataFormat) + " 65535"});
    media.maxMessageSize = plan.maxMessageSize;
    return media;
  }
  if (data) {
    media.formats = {std::string(kDataFormat)};
    media.sctpPort = plan.sctpPort;
    media.maxMessageSize = plan.maxMessageSize;
    if (!plan.sctpInit.empty()) media.otherAttributes.push_back({"sctp-init", base64(plan.sctpInit)});
    return media;
  }
  for (const CodecSpec& codec : plan.codecs) addCodec(media, codec);
  if (saysCongestionFeedback(plan, offersCongestionFeedback))
    media.rtcpFbs.push_back({std::nullopt, std::string(kCongestionFeedback)});
  addRtp(media, plan);
  return media;
}

// RFC 9429 §5.2.2: what was said before anything was gathered gives way to the default candidates.
void addDefaults(sdp::Media& media, bool ownRtcp) {
  const DefaultCandidates defaults = defaultCandidates(media.candidates, ownRtcp);
  if (!defaults.rtp || media.port == 0) return;
  media.port = defaults.rtp->port;
  media.connection = connectionOf(defaults.rtp->ip);
  if (media.rtcp && defaults.rtcp) media.rtcp = sdp::RtcpAddress{defaults.rtcp->port, connectionOf(defaults.rtcp->ip)};
}

}  // namespace

const BundleGroup* SessionPlan::groupOf(std::string_view mid) const {
  if (std::find(bundle.begin(), bundle.end(), mid) != bundle.end()) return &bundle;
  for (const BundleGroup& group : otherBundles)
    if (std::find(group.begin(), group.end(), mid) != group.end()) return &group;
  return nullptr;
}

sdp::Session describe(const SessionPlan& plan) {
  sdp::Session session;
  session.origin.sessionId = plan.sessionId;
  session.origin.sessionVersion = plan.version;
  if (!plan.bundle.empty()) session.groups.push_back({"BUNDLE", plan.bundle});
  for (const BundleGroup& group : plan.otherBundles) session.groups.push_back({"BUNDLE", group});
  // RFC 8285 §6: once for all sections, or in those that it holds for.
  session.extmapAllowMixed = std::all_of(plan.sections.begin(), plan.sections.end(), [](const SectionPlan& section) {
    return !carriesRtp(section) || section.extmapAllowMixed;
  });
  session.msidSemantics.push_back({"WMS", {"*"}});
  session.iceLite = plan.transport.iceLite;
  // RFC 8829 §5.2.1 (trickle), RFC 8839 §5.6 (ice2: we follow RFC 8445).
  if (plan.transport.trickle) session.iceOptions.push_back("trickle");
  session.iceOptions.push_back("ice2");
  if (plan.transport.renomination) session.iceOptions.push_back("renomination");
  if (plan.transport.sped) session.iceOptions.push_back("sped");
  bool first = true;
  for (const SectionPlan& section : plan.sections) {
    sdp::Media& media = session.media.emplace_back(describeSection(section, plan.transport.congestionFeedback));
    if (section.rejected) continue;
    media.extmapAllowMixed = !session.extmapAllowMixed && carriesRtp(section) && section.extmapAllowMixed;
    // RFC 9335 §4: of all sections of the BUNDLE, so it stands once for all, as Chromium writes it. Data alone has no
    // RTP.
    if (section.kind != MediaKind::kApplication) session.cryptex = plan.transport.cryptex;
    addTransport(media, plan.transport);
    if (section.setup) media.setup = section.setup;
    media.candidates = section.candidates;
    media.endOfCandidates = section.endOfCandidates;
    if (std::exchange(first, false)) {
      media.candidates.insert(media.candidates.end(), plan.transport.candidates.begin(),
                              plan.transport.candidates.end());
      media.endOfCandidates |= plan.transport.endOfCandidates;
    }
    addDefaults(media, section.ownRtcp);
  }
  return session;
}

}  // namespace tincan::inline v0::stack
