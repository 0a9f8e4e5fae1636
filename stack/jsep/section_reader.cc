#include "stack/jsep/section_reader.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/base64.h"
#include "media/codec/payload_types.h"
#include "sctp/chunk/init.h"
#include "sdp/attribute_values.h"
#include "sdp/text.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint8_t kDynamic = 35;  // RFC 3551 §6: those below have fixed meanings, or none
// What a short line at the session's level or for '*' may cost in each of 128 sections.
constexpr size_t kMaxWildcardFeedback = 32;
constexpr size_t kMaxExtensionUri = 256;
constexpr size_t kMaxFingerprints = 16;
constexpr size_t kMaxFingerprintSize = 64;  // SHA-512
constexpr size_t kMaxSctpInit = 2048;       // characters of an INIT chunk; Chromium's has 56

/// A section's codecs by payload type while they are put together: every look-up is an index.
class CodecTable {
 public:
  explicit CodecTable(const sdp::Media& media) {
    // RFC 3551 §6: payload types that need no a=rtpmap.
    for (uint8_t type = 0; type < kDynamic; ++type)
      if (const auto fixed = media::staticFormat(type)) add({type, fixed->name, fixed->clockRate, {}});
    for (const sdp::RtpMap& map : media.rtpmaps) add(map);
    for (const sdp::Fmtp& fmtp : media.fmtps)
      if (CodecSpec* codec = find(fmtp.format))
        for (auto& pair : fmtp.pairs()) codec->parameters.push_back(std::move(pair));
    for (const sdp::RtcpFeedback& feedback : media.rtcpFbs) {
      if (feedback.payloadType) {
        if (auto& codec = codecs_[*feedback.payloadType]) codec->feedback.push_back(feedback.value);
      } else if (everyFeedback_.size() < kMaxWildcardFeedback) {
        everyFeedback_.push_back(feedback.value);  // RFC 4585 §4.2: '*'
      }
    }
  }

  std::vector<CodecSpec> inOrderOf(const std::vector<std::string>& formats) {
    std::vector<CodecSpec> listed;
    for (const std::string& format : formats) {
      const auto payloadType = sdp::parseNumber(format, 127);
      if (!payloadType || !codecs_[*payloadType]) continue;
      listed.push_back(std::move(*codecs_[*payloadType]));
      codecs_[*payloadType].reset();  // a format listed twice counts once
    }
    return foldRtx(std::move(listed));
  }

 private:
  void add(const sdp::RtpMap& map) {
    CodecSpec codec;
    codec.name = map.encoding;
    codec.payloadType = map.payloadType;
    codec.clockRate = map.clockRate;
    codec.channels = static_cast<uint8_t>(map.channels.value_or(1));
    codecs_[map.payloadType] = std::move(codec);
  }

  CodecSpec* find(std::string_view format) {
    const auto payloadType = sdp::parseNumber(format, 127);
    return payloadType && codecs_[*payloadType] ? &*codecs_[*payloadType] : nullptr;
  }

  // RFC 4588 §8.1: apt names the payload type that an rtx repairs. One that names nothing has no use.
  std::vector<CodecSpec> foldRtx(std::vector<CodecSpec> listed) {
    std::array<std::optional<uint8_t>, 128> rtxOf;
    for (const CodecSpec& codec : listed) {
      if (!sdp::equalsIgnoringCase(codec.name, "rtx")) continue;
      const auto apt = sdp::parseNumber(codec.parameter("apt"), 127);
      if (apt && !rtxOf[*apt]) rtxOf[*apt] = codec.payloadType;
    }
    std::vector<CodecSpec> folded;
    for (CodecSpec& codec : listed) {
      if (sdp::equalsIgnoringCase(codec.name, "rtx")) continue;
      codec.rtxPayloadType = rtxOf[codec.payloadType];
      codec.feedback.insert(codec.feedback.end(), everyFeedback_.begin(), everyFeedback_.end());
      folded.push_back(std::move(codec));
    }
    return folded;
  }

  std::array<std::optional<CodecSpec>, 128> codecs_;
  std::vector<std::string> everyFeedback_;
};

void readExtensions(const sdp::Session& session, const sdp::Media& media, RemoteSection& section) {
  for (const sdp::ExtMap& map : session.extmapsOf(media)) {
    // RFC 8285 §7: 4096 and above are only an offer of more than fits, which we do not take up.
    if (map.id > 255 || map.uri.size() > kMaxExtensionUri) continue;
    section.extensions.push_back({static_cast<uint8_t>(map.id), map.uri, map.direction.value_or(Direction::kSendRecv)});
  }
  section.extmapAllowMixed = session.extmapAllowMixedIn(media);
}

void readStreams(const sdp::Media& media, RemoteSection& section) {
  for (const sdp::Msid& msid : media.msids) {
    if (msid.streamId != "-") section.streamIds.push_back(msid.streamId);  // RFC 8830 §3.1
    if (section.trackId.empty()) section.trackId = msid.trackId;
  }
  if (!media.msids.empty()) return;
  // Before RFC 8830 the SSRCs said it, by msid or by mslabel and label, and libwebrtc still says it so, too.
  for (const sdp::Ssrc& ssrc : media.ssrcs) {
    const std::string *msid = ssrc.find("msid"), *stream = ssrc.find("mslabel"), *track = ssrc.find("label");
    std::optional<sdp::Msid> told = msid ? sdp::parseMsid(*msid) : std::nullopt;
    if (!told && stream) told = sdp::Msid{*stream, track ? *track : std::string()};
    if (!told) continue;
    if (told->streamId != "-") section.streamIds.push_back(told->streamId);
    section.trackId = told->trackId;
    return;  // one section is one track, and its SSRCs say the same
  }
}

void readSources(const sdp::Media& media, RemoteSection& section) {
  std::map<uint32_t, uint32_t> rtxOf;
  std::set<uint32_t> repairs;
  for (const sdp::SsrcGroup& group : media.ssrcGroups) {
    // RFC 5956 §4.3 (FEC-FR) pairs a stream with its repair just like FID; neither repair is media.
    if (group.ssrcs.size() != 2 || (group.semantics != "FID" && group.semantics != "FEC-FR")) continue;
    if (group.ssrcs[0] == group.ssrcs[1]) continue;
    repairs.insert(group.ssrcs[1]);
    if (group.semantics == "FID") rtxOf.emplace(group.ssrcs[0], group.ssrcs[1]);
  }
  for (const sdp::Ssrc& ssrc : media.ssrcs) {
    if (section.cname.empty())
      if (const std::string* cname = ssrc.find("cname")) section.cname = *cname;
    if (repairs.contains(ssrc.id)) continue;
    section.ssrcs.push_back(ssrc.id);
    if (const auto rtx = rtxOf.find(ssrc.id); rtx != rtxOf.end()) section.rtxPairs.push_back({ssrc.id, rtx->second});
  }
}

Result<void> readRids(const sdp::Media& media, RemoteSection& section, sdp::Notes* notes) {
  const auto sending = std::count_if(media.rids.begin(), media.rids.end(), [](const auto& rid) { return rid.send; });
  if (media.simulcast) {
    for (const auto& alternatives : media.simulcast->send) section.sendRids.push_back(alternatives.front().rid);
    for (const auto& alternatives : media.simulcast->receive)
      section.receiveRids.push_back({alternatives.front().rid, alternatives.front().paused});
    section.simulcast = !section.sendRids.empty();
    return {};
  }
  // RFC 8829 §5.2.1: more than one a=rid comes with an a=simulcast that says what they are to each other.
  if (sending > 1 || static_cast<size_t>(sending) + 1 < media.rids.size()) {
    if (notes) {
      notes->add("several a=rid lines without a=simulcast are left out", "RFC 8829 §5.2.1");
      return {};
    }
    return Error(ErrorCode::kInvalidAccessError, "several a=rid lines without a=simulcast");
  }
  for (const sdp::Rid& rid : media.rids)
    if (rid.send) section.sendRids.push_back(rid.id);
  return {};
}

std::optional<MediaKind> kindOf(std::string_view text) {
  for (MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo, MediaKind::kApplication})
    if (sdp::equalsIgnoringCase(text, name(kind))) return kind;
  return std::nullopt;
}

bool isSupported(MediaKind kind, const sdp::Media& media) {
  const std::string_view protocol = media.protocol;
  // RFC 8841 §4: both spellings of SCTP over DTLS; RFC 8829 §5.1.2: the profile is SAVPF, whatever lies below.
  if (kind == MediaKind::kApplication)
    return (protocol == "UDP/DTLS/SCTP" || protocol == "TCP/DTLS/SCTP") &&
           media.formats.front() == "webrtc-datachannel";
  return protocol == "UDP/TLS/RTP/SAVPF" || protocol == "TCP/TLS/RTP/SAVPF" || protocol == "UDP/TLS/RTP/SAVP" ||
         protocol == "TCP/TLS/RTP/SAVP" || protocol == "RTP/SAVPF" || protocol == "RTP/SAVP";
}

// The form of data sections before draft-ietf-mmusic-sctp-sdp-20 (libwebrtc and Firefox until 2018, and what was built
// for them): the port stands as the format, and a=sctpmap says what runs over it.
std::optional<uint16_t> sctpMapPort(const sdp::Media& media) {
  const std::string protocol = sdp::lowerCase(media.protocol);
  const bool known = protocol == "dtls/sctp" || protocol == "udp/dtls/sctp" || protocol == "tcp/dtls/sctp";
  const auto port = sdp::parseNumber(media.formats.front(), 65535);
  if (!known || !port || *port == 0) return std::nullopt;
  for (const sdp::Attribute& attribute : media.otherAttributes) {
    if (!sdp::equalsIgnoringCase(attribute.name, "sctpmap") || !attribute.value) continue;
    std::string_view value = *attribute.value;
    const std::string_view mapped = sdp::takeWord(value), what = sdp::takeWord(value);
    if (mapped == media.formats.front() && !sdp::equalsIgnoringCase(what, "webrtc-datachannel")) return std::nullopt;
  }
  return static_cast<uint16_t>(*port);
}

// What a lenient reader takes beside isSupported(): other cases of letters, and every profile of RTP that DTLS then
// secures (RFC 8829 §5.1.2 has them all mean UDP/TLS/RTP/SAVPF), as long as the section has what DTLS needs.
bool isTolerated(MediaKind kind, const sdp::Session& session, const sdp::Media& media) {
  const std::string protocol = sdp::lowerCase(media.protocol);
  if (kind == MediaKind::kApplication) {
    const bool current = sdp::equalsIgnoringCase(media.formats.front(), "webrtc-datachannel") &&
                         (protocol == "udp/dtls/sctp" || protocol == "tcp/dtls/sctp" || protocol == "dtls/sctp");
    return current || sctpMapPort(media);
  }
  constexpr std::string_view kProfiles[] = {"rtp/savpf", "rtp/savp", "rtp/avpf", "rtp/avp"};
  constexpr std::string_view kBelow[] = {"", "udp/tls/", "tcp/tls/", "udp/dtls/", "tcp/dtls/"};
  const bool secured = !session.fingerprintsOf(media).empty() && session.iceUfragOf(media);
  for (std::string_view below : kBelow)
    for (std::string_view profile : kProfiles)
      if (protocol == std::string(below) + std::string(profile)) return secured;
  return false;
}

/// draft-hancke-tsvwg-snap-00: an INIT chunk in base64. One that is none counts as not told, where that is borne.
Result<void> readSctpInit(const sdp::Media& media, RemoteSection& section, sdp::Notes* notes) {
  for (const sdp::Attribute& attribute : media.otherAttributes) {
    if (attribute.name != "sctp-init" || !section.sctpInit.empty()) continue;
    const std::string text = attribute.value.value_or("");
    auto init = text.size() <= kMaxSctpInit ? fromBase64(text) : std::nullopt;
    if (init && sctp::readInitAlone(*init)) {
      section.sctpInit = *std::move(init);
      continue;
    }
    if (!notes)
      return Error(ErrorCode::kInvalidAccessError,
                   "section \"" + section.mid + "\" has an a=sctp-init that is no INIT chunk in base64");
    notes->add("a=sctp-init is no INIT chunk in base64: passed over", "draft-hancke-tsvwg-snap-00");
  }
  return {};
}

Result<void> readData(const sdp::Media& media, RemoteSection& section, sdp::Notes* notes) {
  if (notes) {
    if (const auto port = sctpMapPort(media)) {
      section.sctpMap = true;
      section.sctpPort = *port;
      notes->add("the data section has the form of an older draft: answered in it", "RFC 8841 §4.4");
    } else if (!media.sctpPort || *media.sctpPort == 0) {
      section.sctpPort = 5000;  // what everybody uses, libwebrtc's default included
      notes->add(std::string("a=sctp-port is ") + (media.sctpPort ? "0" : "missing") + ": taken as 5000",
                 "RFC 8841 §5.1");
    }
  }
  if (section.sctpPort == 0) {
    if (!media.sctpPort || *media.sctpPort == 0)  // RFC 8841 §5.1: MUST
      return Error(ErrorCode::kInvalidAccessError, "section \"" + section.mid + "\" has no a=sctp-port");
    section.sctpPort = *media.sctpPort;
  }
  if (media.maxMessageSize) section.maxMessageSize = *media.maxMessageSize;
  return readSctpInit(media, section, notes);
}

}  // namespace

std::vector<CodecSpec> readCodecs(const sdp::Media& media) {
  return CodecTable(media).inOrderOf(media.formats);
}

Result<RemoteSection> readSection(const sdp::Session& session, const sdp::Media& media, size_t index,
                                  const Reading& reading) {
  sdp::Notes* notes = reading.notes;
  RemoteSection section;
  const auto kind = kindOf(media.kind);
  section.kind = kind.value_or(MediaKind::kApplication);
  section.supported = kind && (isSupported(*kind, media) || (notes && isTolerated(*kind, session, media)));
  section.offeredKind = media.kind;
  section.offeredProtocol = media.protocol;
  section.offeredFormats = media.formats;
  section.mid = media.mid.value_or("");
  section.direction = session.directionOf(media);
  section.rejected = media.port == 0 && !media.bundleOnly;
  section.bundleOnly = media.bundleOnly;
  if (section.rejected) return section;
  // RFC 8829 §5.2.1: every m= section has one; without it neither BUNDLE nor candidates could name the section.
  if (section.mid.empty() && !notes)  // interpret() makes one (RFC 9429 §5.10)
    return Error(ErrorCode::kInvalidAccessError, "m= section " + std::to_string(index) + " has no a=mid");
  if (!section.supported) return section;
  if (section.kind == MediaKind::kApplication) {
    if (auto done = readData(media, section, notes); !done) return done.error();
    return section;
  }
  section.rtcpMux = media.rtcpMux || media.rtcpMuxOnly;
  section.rtcpReducedSize = media.rtcpRsize;
  section.codecs = readCodecs(media);
  section.ptime = media.ptime;
  section.maxPtime = media.maxptime;
  readExtensions(session, media, section);
  readStreams(media, section);
  readSources(media, section);
  if (auto done = readRids(media, section, notes); !done)
    return Error(done.error().code(), "section \"" + section.mid + "\": " + done.error().message());
  return section;
}

namespace {

// An answer that takes no side comes from a peer that connects, as libwebrtc reads it (RFC 4145 §4.1: absent means
// active). An offer that takes none leaves it to us.
Setup readSetup(std::optional<Setup> told, const Reading& reading) {
  const bool answer = reading.notes && reading.offeredMids;
  if (!answer) return told.value_or(Setup::kActpass);
  if (told && *told != Setup::kActpass) return *told;
  reading.notes->add("the answer does not say a=setup:active or passive: the peer is taken as the client",
                     "RFC 8842 §5.3");
  return Setup::kActive;
}

}  // namespace

Result<TransportDescription> readTransport(const sdp::Session& session, const sdp::Media& media,
                                           const sdp::Media* tagged, const Reading& reading) {
  if (!tagged) tagged = &media;
  TransportDescription transport;
  const auto refuse = [&](std::string_view why) {
    const std::string which = media.mid ? "section \"" + *media.mid + "\"" : "the section of " + media.kind;
    return Error(ErrorCode::kInvalidAccessError, which + " " + std::string(why));
  };
  // A ufrag and the password beside it belong together.
  const bool own = session.iceUfragOf(media) && session.icePwdOf(media);
  const sdp::Media& ice = own ? media : *tagged;
  if (!session.iceUfragOf(ice) || !session.icePwdOf(ice)) return refuse("has no a=ice-ufrag and a=ice-pwd");
  transport.iceUfrag = *session.iceUfragOf(ice);
  transport.icePwd = *session.icePwdOf(ice);
  transport.trickle = session.hasIceOption(ice, "trickle");
  transport.iceLite = session.iceLite;
  transport.renomination = session.hasIceOption(ice, "renomination");
  transport.sped = session.hasIceOption(ice, "sped");
  const auto& ownFingerprints = session.fingerprintsOf(media);
  const auto& fingerprints = ownFingerprints.empty() ? session.fingerprintsOf(*tagged) : ownFingerprints;
  // RFC 8829 §5.1.2, RFC 8827 §6.5: DTLS, and a certificate that the description vouches for.
  if (fingerprints.empty()) return refuse("has no a=fingerprint");
  if (fingerprints.size() > kMaxFingerprints) {
    if (!reading.notes) return refuse("has more than 16 a=fingerprint lines");
    reading.notes->add("more than 16 a=fingerprint lines: the first ones count", "RFC 8122 §5");
  }
  for (size_t i = 0; i < std::min(fingerprints.size(), kMaxFingerprints); ++i) {
    const sdp::Fingerprint& fingerprint = fingerprints[i];
    if (fingerprint.value.size() > kMaxFingerprintSize) return refuse("has an a=fingerprint longer than any hash");
    transport.fingerprints.push_back(fingerprint.toString());
  }
  const auto ownSetup = session.setupOf(media);
  transport.setup = readSetup(ownSetup ? ownSetup : session.setupOf(*tagged), reading);
  if (transport.setup == Setup::kHoldconn)  // RFC 8842 §5.2
    return Error(ErrorCode::kNotSupportedError, "a=setup:holdconn is not for DTLS");
  transport.cryptex = session.cryptexIn(media);
  transport.candidates = media.candidates;
  transport.endOfCandidates = session.endOfCandidatesIn(media);
  return transport;
}

}  // namespace tincan::inline v0::stack
