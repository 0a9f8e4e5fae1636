#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "ice/events.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

class CheckCargo;

/// What a connectivity check says (RFC 8445 §7.2.2).
///
///     Binding request: USERNAME "theirs:ours" · ICE-CONTROLLING or ICE-CONTROLLED · PRIORITY · [USE-CANDIDATE]
///                      · [NOMINATION] · [what rides on it] · MESSAGE-INTEGRITY under the peer's password · FINGERPRINT
struct CheckFields {
  stun::TransactionId id{};
  std::string_view username;
  uint32_t priority = 0;  ///< that a peer-reflexive candidate found by this check would have
  Role role = Role::kControlling;
  uint64_t tieBreaker = 0;
  bool useCandidate = false;
  std::optional<uint32_t> nomination{};  ///< which nomination this is, where renomination is agreed
};
/// The size; 0 when it did not fit. With `cargo`, `carried` is what CheckCargo::write says.
size_t writeCheck(MutableByteView out, const CheckFields& fields, const stun::IntegrityKey& key,
                  CheckCargo* cargo = nullptr, uint32_t* carried = nullptr);

/// The answer to one (RFC 8445 §7.3.1): where it came from, and what rides on it. The size; 0 when it did not fit.
size_t writeCheckAnswer(MutableByteView out, const stun::TransactionId& id, const SocketAddress& source,
                        const stun::IntegrityKey& key, CheckCargo* cargo);

/// Attributes of a check that we understand.
std::span<const stun::AttributeType> knownCheckAttributes();

/// The two halves of a check's USERNAME as its receiver sees them; empty without a colon.
struct CheckUsername {
  std::string_view local;
  std::string_view remote;
};
CheckUsername splitUsername(const stun::Message& check);

}  // namespace tincan::inline v0::ice
