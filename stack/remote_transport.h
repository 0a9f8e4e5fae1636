#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/certificate.h"
#include "stack/command.h"
#include "stack/jsep/remote_description.h"

namespace tincan::inline v0::stack {

/// What one component of a transport was told of the peer's: its generation of ICE credentials, its certificates, which section had the
/// transport; and the candidates that belong to one that it will be told of. Owned by PeerConnection.
class RemoteTransport {
 public:
  /// Candidates of another component than this are not its own (RFC 8445 §13).
  explicit RemoteTransport(uint8_t component = 1) : component_(component) {}

  /// A description of the peer's asks for an ICE restart that the agent does not know of yet (RFC 8839 §5.4).
  bool restarts(const TransportDescription& described) const { return !ufrag_.empty() && described.iceUfrag != ufrag_; }
  /// A description of the peer's has other certificates than the transport was told of (RFC 8842 §5.1).
  bool isOtherPeer(const TransportDescription& described) const;
  /// Both descriptions are there. `tag`: the BUNDLE-tagged section's mid.
  command::SetRemoteTransport describe(const TransportDescription& described, std::string tag);
  /// The agent does not know of the generation that this describes: candidates of it are held.
  bool awaits(const TransportDescription& described) const { return described.iceUfrag != ufrag_; }
  /// Of an offer that has yet to be answered: until then the agent checks with the credentials before, or not at all.
  void hold(std::string line);
  /// That offer is taken back, or another one is in its place, which tells those that are of use still.
  void forgetHeld() { held_.clear(); }
  /// A candidate that is of use; notes why, when it is not.
  std::optional<ice::Candidate> read(const std::string& line);

  const std::string& tag() const { return tag_; }
  const std::string& ufrag() const { return ufrag_; }
  /// Candidates that were passed over, and why; the first few.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  static std::vector<crypto::Fingerprint> readFingerprints(const TransportDescription& described);

  uint8_t component_;
  std::string ufrag_;
  std::vector<crypto::Fingerprint> fingerprints_;
  std::string tag_;
  std::vector<std::string> held_;
  std::vector<std::string> notes_;
};

}  // namespace tincan::inline v0::stack
