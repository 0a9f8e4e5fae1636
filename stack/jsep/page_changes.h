#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "stack/jsep/plan.h"
#include "stack/jsep/remote_description.h"

namespace tincan::inline v0::stack {

/// What setLocalDescription() is given beside the text that a page has changed ("SDP munging").
struct ChangedDescription {
  const SessionPlan& made;                 ///< by createOffer() or createAnswer()
  const std::string& madeText;             ///< its text
  const std::string& text;                 ///< what the page made of it
  const RemoteDescription* offered;        ///< of an answer: the offer; null where `made` is an offer
  const MediaCapabilities &audio, &video;  ///< what we have, whether it was offered or not
  const std::vector<std::string>& ufrags;  ///< of our descriptions, pending and in force
};

/// The plan of a description that a page has changed before it set it. W3C §4.4.1.5 and RFC 9429 §5.4 forbid that, and
/// every browser takes it, as programs that are older than setCodecPreferences() and its kin live by it. What may change
/// is what says how media goes: codecs (left out, put in another order or under other numbers, with other parameters or
/// less feedback; in an offer also added), header extensions (likewise), directions, a=setup, sections (rejected), the
/// BUNDLE of an offer (less of it), ICE credentials, a=sctp-port, a=max-message-size, SSRCs (not told). Lines that mean
/// nothing to us may come and go: they stand in the text alone.
/// kInvalidModificationError, with what it was: another number of sections, another mid or kind, other fingerprints,
/// another a=sctp-init, another SSRC in place of ours, codecs that we do not have, a way that was not offered, and a text
/// that is no description.
Result<SessionPlan> takeChanges(const ChangedDescription& changed);

}  // namespace tincan::inline v0::stack
