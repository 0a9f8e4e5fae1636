#include "ice/check_message.h"

#include <array>

#include "ice/check_cargo.h"
#include "stun/message_writer.h"

namespace tincan::inline v0::ice {

using stun::AttributeType;

size_t writeCheck(MutableByteView out, const CheckFields& fields, const stun::IntegrityKey& key, CheckCargo* cargo,
                  uint32_t* carried) {
  stun::MessageWriter writer(out, stun::Class::kRequest, stun::Method::kBinding, fields.id);
  writer.text(AttributeType::kUsername, fields.username);
  writer.u64(fields.role == Role::kControlling ? AttributeType::kIceControlling : AttributeType::kIceControlled,
             fields.tieBreaker);
  writer.u32(AttributeType::kPriority, fields.priority);
  if (fields.useCandidate) writer.flag(AttributeType::kUseCandidate);
  if (fields.nomination) writer.u32(AttributeType::kNomination, *fields.nomination);
  if (cargo) {
    const uint32_t went = cargo->write(writer);
    if (carried) *carried = went;
  }
  writer.integrity(key).fingerprint();
  return writer.ok() ? writer.size() : 0;
}

size_t writeCheckAnswer(MutableByteView out, const stun::TransactionId& id, const SocketAddress& source,
                        const stun::IntegrityKey& key, CheckCargo* cargo) {
  stun::MessageWriter writer(out, stun::Class::kSuccess, stun::Method::kBinding, id);
  writer.xorAddress(AttributeType::kXorMappedAddress, source);
  if (cargo) static_cast<void>(cargo->write(writer));
  writer.integrity(key).fingerprint();
  return writer.ok() ? writer.size() : 0;
}

std::span<const AttributeType> knownCheckAttributes() {
  static constexpr std::array kKnown = {
      AttributeType::kUsername,  AttributeType::kMessageIntegrity, AttributeType::kMessageIntegritySha256,
      AttributeType::kPriority,  AttributeType::kUseCandidate,     AttributeType::kRealm,
      AttributeType::kNonce,     AttributeType::kXorMappedAddress, AttributeType::kMappedAddress,
      AttributeType::kErrorCode, AttributeType::kUnknownAttributes};
  return kKnown;
}

CheckUsername splitUsername(const stun::Message& check) {
  const std::string_view username = check.text(AttributeType::kUsername);
  const size_t colon = username.find(':');
  if (colon == std::string_view::npos) return {};
  return {username.substr(0, colon), username.substr(colon + 1)};
}

}  // namespace tincan::inline v0::ice
