#pragma once

#include <vector>

#include "base/result.h"
#include "sdp/notes.h"
#include "stack/configuration.h"
#include "stack/jsep/plan.h"
#include "stack/jsep/remote_description.h"

namespace tincan::inline v0::stack {

/// From the text of a peer's description to what it means, and what was not as it should be on the way. Owned by
/// Negotiation.
class DescriptionReader {
 public:
  struct Config {
    bool strict = false;           ///< by the letter: nothing is forgiven
    bool iceLite = false;          ///< we are
    bool requiresCryptex = false;  ///< webrtc-extensions, rtpHeaderEncryptionPolicy "require"
  };
  explicit DescriptionReader(Config config) : config_(config) {}

  bool isStrict() const { return config_.strict; }

  /// `offer`: ours, when the description is its answer.
  Result<RemoteDescription> read(const RTCSessionDescription& description, const SessionPlan* offer);
  /// What an answer of ours rejects, the offerer's notes of it say by port 0 alone: the reason is told here.
  void noteRejections(const SessionPlan& answer, const RemoteDescription& offer);
  /// Of the description that was read last, and of our answer to it.
  std::vector<sdp::Note> notes() const;

 private:
  Result<RemoteDescription> interpretText(const RTCSessionDescription& description, const SessionPlan* offer);
  Result<void> checkCryptex(const RemoteDescription& remote) const;
  Result<void> checkLite(const RemoteDescription& remote) const;

  Config config_;
  sdp::Notes remoteNotes_;
  std::vector<sdp::Note> answerNotes_;
};

}  // namespace tincan::inline v0::stack
