#include "stack/description_reader.h"

#include <string>
#include <utility>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0::stack {

Result<RemoteDescription> DescriptionReader::read(const RTCSessionDescription& description, const SessionPlan* offer) {
  auto remote = interpretText(description, offer);
  if (!remote) return remote;
  if (auto hides = checkCryptex(*remote); !hides) return hides.error();
  if (auto checks = checkLite(*remote); !checks) return checks.error();
  return remote;
}

Result<RemoteDescription> DescriptionReader::interpretText(const RTCSessionDescription& description,
                                                           const SessionPlan* offer) {
  remoteNotes_ = {};
  answerNotes_.clear();
  auto session = config_.strict ? sdp::parse(description.sdp) : sdp::parseLeniently(description.sdp, remoteNotes_);
  if (!session) return session.error();
  if (config_.strict) return interpret(*session);
  remoteNotes_.at(0);
  if (!offer) {
    auto offered = interpret(*session, {&remoteNotes_, nullptr});
    if (offered) noteUnusableExtensions(*offered, remoteNotes_);
    return offered;
  }
  std::vector<std::string> mids;
  for (const SectionPlan& section : offer->sections) mids.push_back(section.mid);
  auto remote = interpret(*session, {&remoteNotes_, &mids});
  if (!remote) return remote;
  rejectUnusable(*offer, *remote, remoteNotes_);
  noteUnusableExtensions(*remote, remoteNotes_);
  return remote;
}

// webrtc-extensions, rtpHeaderEncryptionPolicy "require": a peer that takes no hidden headers is not talked to. It does
// not matter where there is no RTP.
Result<void> DescriptionReader::checkCryptex(const RemoteDescription& remote) const {
  if (!config_.requiresCryptex) return {};
  for (const RemoteSection& section : remote.sections) {
    if (section.rejected || !section.supported || section.kind == MediaKind::kApplication) continue;
    if (!section.transport.cryptex)
      return {ErrorCode::kInvalidAccessError, "section \"" + section.mid + "\" lacks a=cryptex, which is required"};
  }
  return {};
}

// RFC 8445 §6.1.1: two lite agents connect where each has one address that both know to work, which nothing here says.
// Neither checks, so neither would ever know that it does not.
Result<void> DescriptionReader::checkLite(const RemoteDescription& remote) const {
  if (!config_.iceLite || !remote.iceLite) return {};
  return {ErrorCode::kInvalidAccessError,
          "both sides are ICE-lite (a=ice-lite), and neither would check whether it reaches the other: one has to be a "
          "full ICE agent (RFC 8445 §6.1.1)"};
}

void DescriptionReader::noteRejections(const SessionPlan& answer, const RemoteDescription& offer) {
  answerNotes_.clear();
  sdp::Notes notes = remoteNotes_;  // knows the lines of the sections
  for (size_t i = 0; i < answer.sections.size(); ++i) {
    const std::string& why = answer.sections[i].whyRejected;
    notes.atSection(i);
    if (carriesTonesAlone(answer.sections[i].codecs))
      answerNotes_.push_back(
          {notes.line(), "m=audio has telephone tones and no codec for sound in common", "RFC 4733 §2.1"});
    if (why.empty()) continue;
    const std::string kind = offer.sections[i].offeredKind.substr(0, 24);
    answerNotes_.push_back({notes.line(), "m=" + kind + " is rejected: " + why, "RFC 8829 §5.3.1"});
  }
}

std::vector<sdp::Note> DescriptionReader::notes() const {
  std::vector<sdp::Note> all = remoteNotes_.all();
  if (remoteNotes_.omitted() > 0)
    all.push_back({0, std::to_string(remoteNotes_.omitted()) + " more of the kind", "RFC 8829 §5.8"});
  all.insert(all.end(), answerNotes_.begin(), answerNotes_.end());
  return all;
}

}  // namespace tincan::inline v0::stack
