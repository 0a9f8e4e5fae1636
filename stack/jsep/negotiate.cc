#include "stack/jsep/negotiate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/codec/agreed_format.h"
#include "rtp/extensions.h"
#include "sdp/text.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/simulcast.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint8_t kMaxOneByteId = 14, kReservedId = 15;  // RFC 8285 §4.2
constexpr size_t kMaxOneByteSize = 16;                   // of a value, §4.2

// Without extmap-allow-mixed all packets of a session have one form (RFC 8285 §4.1.2), and ours is the one-byte form.
bool isUsable(uint8_t id, const RemoteSection& theirs) {
  return id <= kMaxOneByteId || (id != kReservedId && theirs.extmapAllowMixed);
}

CodecSpec agreed(const CodecSpec& ours, const media::CodecFormat& answered, const CodecSpec& theirs) {
  CodecSpec codec = ours;
  codec.parameters = answered.parameters;
  codec.payloadType = theirs.payloadType;
  codec.rtxPayloadType = ours.rtxPayloadType ? theirs.rtxPayloadType : std::nullopt;
  codec.feedback.clear();
  for (const std::string& feedback : theirs.feedback)
    if (ours.hasFeedback(feedback) && !codec.hasFeedback(feedback)) codec.feedback.push_back(feedback);
  // One of both, and the answer says which: that which tells more.
  if (codec.hasFeedback(kCongestionFeedback)) std::erase(codec.feedback, "transport-cc");
  return codec;
}

SectionPlan rejected(const RemoteSection& section, std::string why) {
  SectionPlan plan;
  plan.whyRejected = std::move(why);
  plan.writesMid = !section.midGenerated;
  plan.kind = section.kind;
  plan.mid = section.mid;
  plan.direction = Direction::kInactive;
  plan.rejected = true;
  plan.offeredKind = section.offeredKind;
  plan.offeredProtocol = section.offeredProtocol;
  plan.offeredFormats = section.offeredFormats;
  return plan;
}

// "VP8, H264" and no more of them than a sentence bears.
std::string namesOf(const std::vector<CodecSpec>& codecs) {
  constexpr size_t kMostNames = 6, kLongestName = 24;
  std::string names;
  size_t count = 0;
  for (const CodecSpec& codec : codecs) {
    const std::string one = codec.name.substr(0, kLongestName);
    if (names.find(one) != std::string::npos) continue;
    if (++count > kMostNames) return names + ", …";
    names += (names.empty() ? "" : ", ") + one;
  }
  return names.empty() ? "none" : names;
}

// Of one name and yet not the same: "H264" alone would say that both have it.
std::vector<CodecSpec> told(std::vector<CodecSpec> theirs, const std::vector<CodecSpec>& ours) {
  for (CodecSpec& codec : theirs) {
    const auto same = std::find_if(ours.begin(), ours.end(), [&](const CodecSpec& each) {
      return sdp::equalsIgnoringCase(each.name, codec.name);
    });
    if (same == ours.end()) continue;
    const auto profile = codec.parameter("profile-level-id");
    codec.name += profile.empty() ? " of another kind" : " " + std::string(profile);
  }
  return theirs;
}

std::string noCommonCodec(const std::vector<CodecSpec>& theirs, const std::vector<CodecSpec>& ours) {
  return "no codec in common (theirs: " + namesOf(told(theirs, ours)) + "; ours: " + namesOf(ours) + ")";
}

bool isTone(const CodecSpec& codec) {
  return sdp::equalsIgnoringCase(codec.name, "telephone-event");
}

// Comfort noise and repair go beside a codec; alone they carry nothing. Telephone tones do (RFC 4733 §2.1): both browsers
// take a section that has nothing else.
bool carriesMedia(const std::vector<CodecSpec>& agreed) {
  return std::any_of(agreed.begin(), agreed.end(),
                     [](const CodecSpec& codec) { return !isAuxiliary(codec.name) || isTone(codec); });
}

SectionPlan planSection(const RemoteSection& offered, const MediaCapabilities& ours) {
  if (offered.rejected) return rejected(offered, "");
  if (!offered.supported)
    return rejected(offered, "\"" + offered.offeredKind.substr(0, 24) + ' ' + offered.offeredProtocol.substr(0, 32) +
                                 "\" is not spoken here");
  SectionPlan plan;
  plan.kind = offered.kind;
  plan.mid = offered.mid;
  plan.writesMid = !offered.midGenerated;
  plan.sctpMap = offered.sctpMap;
  // RFC 3264 §6.1 and RFC 8829 §5.3.1: the profile is repeated as the offer spelt it.
  plan.offeredProtocol = offered.offeredProtocol;
  if (offered.kind == MediaKind::kApplication) return plan;
  plan.direction = reversed(offered.direction);
  plan.codecs = negotiateCodecs(ours, offered);
  plan.extensions = negotiateExtensions(ours, offered);
  plan.extmapAllowMixed = offered.extmapAllowMixed;
  plan.receiveRids = acceptedRids(offered);
  plan.rtcpMux = offered.rtcpMux;
  plan.ownRtcp = offered.needsOwnRtcp();
  // RFC 8829 §5.3.1: no codec in common: rejected.
  if (!carriesMedia(plan.codecs)) return rejected(offered, noCommonCodec(offered.codecs, ours.codecs));
  return plan;
}

Error refuse(size_t index, std::string_view why) {
  return Error(ErrorCode::kInvalidAccessError, "m= section " + std::to_string(index) + " " + std::string(why));
}

// An answer may number codecs in its own way (RFC 3264 §6.1): what counts is what they are.
bool hasCommonCodec(const SectionPlan& offered, const RemoteSection& answered) {
  return carriesMedia(negotiateCodecs({offered.codecs, {}}, answered));
}

Result<void> checkAnsweredSection(const SectionPlan& offered, const RemoteSection& answered, size_t index,
                                  const BundleGroup* offeredBundle, const BundleGroup* answeredBundle) {
  if (answered.rejected) return {};
  if (offered.rejected) return refuse(index, "was not offered and cannot be accepted");
  if (answered.mid != offered.mid) return refuse(index, "is answered under another mid");
  if (!answered.supported || answered.kind != offered.kind) return refuse(index, "is answered by another kind");
  if (answered.bundled) {
    // RFC 9143 §7.3: a group of the answer has no section from outside of the offered one.
    const auto wasOffered = [&](const std::string& mid) {
      return std::find(offeredBundle->begin(), offeredBundle->end(), mid) != offeredBundle->end();
    };
    if (!offeredBundle || !std::all_of(answeredBundle->begin(), answeredBundle->end(), wasOffered))
      return refuse(index, "was not offered in the BUNDLE group");
  }
  // RFC 8842 §5.3: the answerer takes a side.
  const Setup setup = answered.transport.setup;
  if (setup != Setup::kActive && setup != Setup::kPassive) return refuse(index, "needs a=setup active or passive");
  if (answered.kind == MediaKind::kApplication) return {};
  if (!answered.rtcpMux && !offered.ownRtcp) return refuse(index, "lacks a=rtcp-mux");
  // RFC 5761 §5.1.1: an answer has it only where the offer had.
  if (answered.rtcpMux && !offered.rtcpMux) return refuse(index, "has a=rtcp-mux, which was not offered");
  // RFC 3264 §6.1 lets an answer add codecs; those are of no use to us, but one has to be ours.
  if (!hasCommonCodec(offered, answered)) return refuse(index, "accepts none of the codecs that were offered");
  return {};
}

}  // namespace

bool carriesTonesAlone(const std::vector<CodecSpec>& agreed) {
  return carriesMedia(agreed) &&
         std::all_of(agreed.begin(), agreed.end(), [](const CodecSpec& codec) { return isAuxiliary(codec.name); });
}

std::vector<CodecSpec> negotiateCodecs(const MediaCapabilities& ours, const RemoteSection& theirs) {
  std::vector<media::CodecFormat> formats;
  for (const CodecSpec& own : ours.codecs) formats.push_back(formatOf(theirs.kind, own));
  std::vector<CodecSpec> codecs;
  for (const CodecSpec& offered : theirs.codecs) {
    const media::CodecFormat format = formatOf(theirs.kind, offered);
    for (size_t i = 0; i < formats.size(); ++i)
      if (media::sameCodec(formats[i], format)) {
        codecs.push_back(agreed(ours.codecs[i], media::answeredFormat(formats[i], format), offered));
        break;
      }
  }
  if (theirs.kind == MediaKind::kAudio) linkRedundancy(codecs);
  return codecs;
}

void linkRedundancy(std::vector<CodecSpec>& codecs) {
  const auto isRed = [](const CodecSpec& codec) { return sdp::equalsIgnoringCase(codec.name, "red"); };
  std::erase_if(codecs, [&](CodecSpec& codec) {
    if (!isRed(codec)) return false;
    const auto media = std::find_if(codecs.begin(), codecs.end(), [&](const CodecSpec& other) {
      return !isAuxiliary(other.name) && other.clockRate == codec.clockRate && other.channels == codec.channels;
    });
    if (media == codecs.end()) return true;
    const std::string type = std::to_string(media->payloadType);
    codec.parameters = {{type + '/' + type, ""}};
    return false;
  });
}

std::vector<ExtensionSpec> negotiateExtensions(const MediaCapabilities& ours, const RemoteSection& theirs) {
  std::vector<ExtensionSpec> extensions;
  for (const ExtensionSpec& own : ours.extensions)
    for (const ExtensionSpec& offered : theirs.extensions) {
      if (offered.uri != own.uri || !isUsable(offered.id, theirs)) continue;
      const Direction direction = intersect(own.direction, reversed(offered.direction));
      if (direction != Direction::kInactive) extensions.push_back({offered.id, offered.uri, direction});
      break;
    }
  return extensions;
}

void noteUnusableExtensions(const RemoteDescription& theirs, sdp::Notes& notes) {
  for (size_t i = 0; i < theirs.sections.size(); ++i) {
    const RemoteSection& section = theirs.sections[i];
    if (section.rejected || !section.supported || section.kind == MediaKind::kApplication) continue;
    notes.atSection(i);
    for (const ExtensionSpec& own : defaultExtensions(section.kind))
      for (const ExtensionSpec& offered : section.extensions) {
        if (offered.uri != own.uri) continue;
        const std::string line = "a=extmap:" + std::to_string(offered.id) + " " + offered.uri;
        if (offered.id == kReservedId) {
          notes.add(line + " is left out: the id is reserved", "RFC 8285 §4.2");
        } else if (!isUsable(offered.id, section)) {
          notes.add(line + " is left out: ids above 14 need a=extmap-allow-mixed", "RFC 8285 §4.1.2");
        } else if (offered.uri == rtp::uri(rtp::ExtensionKind::kMid) && section.mid.size() > kMaxOneByteSize &&
                   !section.extmapAllowMixed) {
          notes.add("the mid is not told in packets: more than 16 bytes need a=extmap-allow-mixed", "RFC 8285 §4.1.2");
        }
      }
  }
}

SessionPlan planAnswer(const RemoteDescription& offer, const MediaCapabilities& audio, const MediaCapabilities& video) {
  SessionPlan plan;
  bool data = false;
  for (const RemoteSection& section : offer.sections) {
    plan.sections.push_back(planSection(section, section.kind == MediaKind::kAudio ? audio : video));
    if (section.kind != MediaKind::kApplication || plan.sections.back().rejected) continue;
    // RFC 9429 §5.2.1 knows one; a second would be another association beside it on the same transport.
    if (std::exchange(data, true))
      plan.sections.back() = rejected(section, "there are data channels in an m-line before it, and one is enough");
  }
  // RFC 9143 §7.3: the offer's order, less what was rejected.
  for (const BundleGroup& offered : offer.bundles()) {
    BundleGroup group;
    for (const std::string& mid : offered)
      for (const SectionPlan& section : plan.sections)
        if (section.mid == mid && !section.rejected) group.push_back(mid);
    if (group.empty()) continue;
    if (plan.bundle.empty())
      plan.bundle = std::move(group);
    else
      plan.otherBundles.push_back(std::move(group));
  }
  if (const RemoteSection* first = agreedTransport(plan, offer)) {
    plan.transport.setup = answerSetup(first->transport.setup);
    plan.transport.cryptex = first->transport.cryptex;
  }
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    const RemoteSection* section = agreedTransport(plan, offer, i);
    if (!section) continue;
    if (const Setup setup = answerSetup(section->transport.setup); setup != plan.transport.setup)
      plan.sections[i].setup = setup;
  }
  return plan;
}

namespace {

bool bothAccept(const SessionPlan& ours, const RemoteDescription& theirs, size_t index) {
  return !ours.sections[index].rejected && !theirs.sections[index].rejected && theirs.sections[index].supported;
}

// RFC 9143 §7.3.1: the first of the group that both accept.
const RemoteSection* firstOf(const BundleGroup& group, const SessionPlan& ours, const RemoteDescription& theirs) {
  const size_t count = std::min(ours.sections.size(), theirs.sections.size());
  for (const std::string& mid : group)
    for (size_t i = 0; i < count; ++i)
      if (theirs.sections[i].mid == mid && bothAccept(ours, theirs, i)) return &theirs.sections[i];
  return nullptr;
}

}  // namespace

const RemoteSection* agreedTransport(const SessionPlan& ours, const RemoteDescription& theirs) {
  if (const RemoteSection* tagged = firstOf(theirs.bundle, ours, theirs)) return tagged;
  const size_t count = std::min(ours.sections.size(), theirs.sections.size());
  for (size_t i = 0; i < count; ++i)
    if (bothAccept(ours, theirs, i)) return agreedTransport(ours, theirs, i);
  return nullptr;
}

const RemoteSection* agreedTransport(const SessionPlan& ours, const RemoteDescription& theirs, size_t index) {
  if (index >= std::min(ours.sections.size(), theirs.sections.size()) || !bothAccept(ours, theirs, index))
    return nullptr;
  const BundleGroup* group = theirs.groupOf(theirs.sections[index].mid);
  return group && theirs.sections[index].bundled ? firstOf(*group, ours, theirs) : &theirs.sections[index];
}

Setup answerSetup(Setup offered) {
  switch (offered) {
    case Setup::kActpass: return Setup::kActive;  // RFC 8842 §5.3: SHOULD, it saves a round trip
    case Setup::kActive: return Setup::kPassive;
    case Setup::kPassive: return Setup::kActive;
    case Setup::kHoldconn: break;  // interpret() refuses it
  }
  return Setup::kActive;
}

Result<void> checkAnswer(const SessionPlan& offer, const RemoteDescription& answer) {
  // RFC 3264 §6: as many m-lines, in the same order.
  if (answer.sections.size() != offer.sections.size())
    return Error(ErrorCode::kInvalidAccessError, "the answer has " + std::to_string(answer.sections.size()) +
                                                     " m= sections, the offer " +
                                                     std::to_string(offer.sections.size()));
  size_t transports = answer.bundles().size();
  for (size_t i = 0; i < offer.sections.size(); ++i) {
    const SectionPlan& offered = offer.sections[i];
    const RemoteSection& answered = answer.sections[i];
    auto done = checkAnsweredSection(offered, answered, i, offer.groupOf(offered.mid), answer.groupOf(answered.mid));
    if (!done) return done;
    if (answered.rejected || answered.bundled) continue;
    // RFC 9143 §7.3.3: without the bundle there is no transport for it.
    if (offered.bundleOnly) return refuse(i, "was bundle-only, and is answered outside of the BUNDLE");
    ++transports;
  }
  if (transports > kMaxTransports)
    return Error(ErrorCode::kInvalidAccessError, "the answer needs " + std::to_string(transports) +
                                                     " transports, the most are " + std::to_string(kMaxTransports));
  return {};
}

void rejectUnusable(const SessionPlan& offer, RemoteDescription& answer, sdp::Notes& notes) {
  const auto reject = [&](size_t index, const std::string& why) {
    RemoteSection& section = answer.sections[index];
    section.rejected = true;
    section.bundled = false;
    std::erase(answer.bundle, section.mid);
    for (BundleGroup& group : answer.otherBundles) std::erase(group, section.mid);
    std::erase_if(answer.otherBundles, [](const BundleGroup& group) { return group.empty(); });
    notes.atSection(index);
    notes.add("m=" + section.offeredKind.substr(0, 24) + " is taken as rejected: " + why, "RFC 3264 §6");
  };
  const size_t count = std::min(offer.sections.size(), answer.sections.size());
  for (size_t i = 0; i < count; ++i) {
    const SectionPlan& offered = offer.sections[i];
    const RemoteSection& answered = answer.sections[i];
    if (answered.rejected || offered.rejected || answered.kind != offered.kind || !answered.supported) continue;
    if (answered.kind != MediaKind::kApplication && !hasCommonCodec(offered, answered))
      reject(i, noCommonCodec(answered.codecs, offered.codecs));
  }
  // RFC 9143 §7.3.2: the answerer may take sections out of the bundle, each to a transport of its own.
  size_t transports = answer.bundles().size();
  for (size_t i = 0; i < count; ++i) {
    if (answer.sections[i].rejected || answer.sections[i].bundled) continue;
    if (offer.sections[i].bundleOnly) {
      reject(i, "it was bundle-only, and the far end does not bundle it");
    } else if (++transports > kMaxTransports) {
      reject(i, "it would be on transport " + std::to_string(kMaxTransports + 1) + ", which is one too many");
    }
  }
}

Result<void> checkContinuity(const RemoteDescription& before, const RemoteDescription& after,
                             const std::vector<SectionPlan>& ours) {
  if (after.sections.size() < before.sections.size())
    return Error(ErrorCode::kInvalidAccessError, "a new description may not have fewer m= sections");
  for (size_t i = 0; i < before.sections.size(); ++i) {
    const RemoteSection &was = before.sections[i], &is = after.sections[i];
    // RFC 8829 §5.2.2: a section that either side has rejected may be recycled.
    if (was.rejected || is.rejected || (i < ours.size() && ours[i].rejected)) continue;
    if (was.mid != is.mid) return refuse(i, "has changed its mid");
    if (was.offeredKind != is.offeredKind) return refuse(i, "has changed its kind");
  }
  return {};
}

bool isIceRestart(const TransportDescription& before, const TransportDescription& after) {
  return before.iceUfrag != after.iceUfrag || before.icePwd != after.icePwd;
}

}  // namespace tincan::inline v0::stack
