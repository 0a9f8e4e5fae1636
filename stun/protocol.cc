#include "stun/protocol.h"

namespace tincan::stun {

std::string_view reason(ErrorNumber number) {
  switch (number) {
    case ErrorNumber::kTryAlternate: return "Try Alternate";
    case ErrorNumber::kBadRequest: return "Bad Request";
    case ErrorNumber::kUnauthenticated: return "Unauthenticated";
    case ErrorNumber::kForbidden: return "Forbidden";
    case ErrorNumber::kUnknownAttribute: return "Unknown Attribute";
    case ErrorNumber::kAllocationMismatch: return "Allocation Mismatch";
    case ErrorNumber::kStaleNonce: return "Stale Nonce";
    case ErrorNumber::kRoleConflict: return "Role Conflict";
    case ErrorNumber::kServerError: return "Server Error";
  }
  return "";
}

TransactionId newTransactionId(RandomSource& random) {
  TransactionId id;
  random.fill(id);
  return id;
}

}  // namespace tincan::stun
