#include "stack/remote_transport.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMaxHeldCandidates = 64;  // docs/LIMITS.md: remote candidates
constexpr size_t kMaxNotes = 64;

// None of the certificates is one that the peer may have shown before.
bool isOther(const std::vector<crypto::Fingerprint>& before, const std::vector<crypto::Fingerprint>& now) {
  return std::none_of(now.begin(), now.end(), [&](const crypto::Fingerprint& each) {
    return std::find(before.begin(), before.end(), each) != before.end();
  });
}

}  // namespace

command::SetRemoteTransport RemoteTransport::describe(const TransportDescription& described, std::string tag) {
  command::SetRemoteTransport out;
  out.ice = {{described.iceUfrag, described.icePwd}, described.iceLite, described.renomination, described.sped};
  for (const std::string& line : described.candidates) {
    if (auto candidate = read("candidate:" + line)) out.candidates.push_back(*std::move(candidate));
  }
  for (const std::string& line : std::exchange(held_, {})) {
    if (auto candidate = read(line)) out.candidates.push_back(*std::move(candidate));
  }
  out.endOfCandidates = described.endOfCandidates;
  out.fingerprints = readFingerprints(described);
  // RFC 8842 §5.3: the side that answered "active" is the client. An answer of ours says itself which one that is.
  out.role = described.setup == Setup::kActive ? dtls::Role::kServer : dtls::Role::kClient;
  out.otherPeer = isOtherPeer(described);
  out.otherTag = !tag_.empty() && tag != tag_;
  ufrag_ = described.iceUfrag;
  fingerprints_ = out.fingerprints;
  tag_ = std::move(tag);
  return out;
}

std::vector<crypto::Fingerprint> RemoteTransport::readFingerprints(const TransportDescription& described) {
  std::vector<crypto::Fingerprint> out;
  for (const std::string& text : described.fingerprints) {
    if (auto fingerprint = crypto::Fingerprint::parse(text)) out.push_back(*std::move(fingerprint));
  }
  return out;
}

bool RemoteTransport::isOtherPeer(const TransportDescription& described) const {
  return !fingerprints_.empty() && isOther(fingerprints_, readFingerprints(described));
}

void RemoteTransport::hold(std::string line) {
  if (held_.size() < kMaxHeldCandidates) held_.push_back(std::move(line));
}

std::optional<ice::Candidate> RemoteTransport::read(const std::string& line) {
  auto candidate = ice::Candidate::parse(line);
  if (!candidate) {
    if (notes_.size() < kMaxNotes) notes_.push_back(candidate.error().message() + "; it is passed over");
    return std::nullopt;
  }
  if (candidate->component != component_) return std::nullopt;
  return *std::move(candidate);
}

}  // namespace tincan::inline v0::stack
