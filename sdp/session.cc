#include "sdp/session.h"

#include "sdp/text.h"

namespace tincan::inline v0::sdp {

bool Section::hasIceOption(std::string_view option) const {
  for (std::string_view word : iceOptions)
    while (!word.empty())
      if (takeUntil(word, ',') == option) return true;
  return false;
}

const RtpMap* Media::findRtpMap(uint8_t payloadType) const {
  for (const RtpMap& map : rtpmaps)
    if (map.payloadType == payloadType) return &map;
  return nullptr;
}

const Media* Session::findMedia(std::string_view mid) const {
  for (const Media& section : media)
    if (section.mid == mid) return &section;
  return nullptr;
}

const Group* Session::findGroup(std::string_view semantics) const {
  for (const Group& group : groups)
    if (group.semantics == semantics) return &group;
  return nullptr;
}

const std::optional<std::string>& Session::iceUfragOf(const Media& section) const {
  return section.iceUfrag ? section.iceUfrag : iceUfrag;
}

const std::optional<std::string>& Session::icePwdOf(const Media& section) const {
  return section.icePwd ? section.icePwd : icePwd;
}

const std::vector<Fingerprint>& Session::fingerprintsOf(const Media& section) const {
  // RFC 8122 §5: those of the section replace the session's, they do not add to them.
  return section.fingerprints.empty() ? fingerprints : section.fingerprints;
}

const std::vector<ExtMap>& Session::extmapsOf(const Media& section) const {
  return section.extmaps.empty() ? extmaps : section.extmaps;
}

std::optional<Setup> Session::setupOf(const Media& section) const {
  return section.setup ? section.setup : setup;
}

Direction Session::directionOf(const Media& section) const {
  return section.direction.value_or(direction.value_or(Direction::kSendRecv));
}

bool Session::hasIceOption(const Media& section, std::string_view option) const {
  return section.hasIceOption(option) || Section::hasIceOption(option);
}

}  // namespace tincan::inline v0::sdp
