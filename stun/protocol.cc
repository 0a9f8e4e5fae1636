#include "stun/protocol.h"

namespace tincan::inline v0::stun {

std::string_view reason(ErrorNumber number) {
  switch (number) {
    case ErrorNumber::kTryAlternate: return "Try Alternate";
    case ErrorNumber::kBadRequest: return "Bad Request";
    case ErrorNumber::kUnauthenticated: return "Unauthenticated";
    case ErrorNumber::kForbidden: return "Forbidden";
    case ErrorNumber::kUnknownAttribute: return "Unknown Attribute";
    case ErrorNumber::kAllocationMismatch: return "Allocation Mismatch";
    case ErrorNumber::kStaleNonce: return "Stale Nonce";
    case ErrorNumber::kAddressFamilyNotSupported: return "Address Family not Supported";
    case ErrorNumber::kWrongCredentials: return "Wrong Credentials";
    case ErrorNumber::kUnsupportedTransport: return "Unsupported Transport Protocol";
    case ErrorNumber::kPeerAddressFamilyMismatch: return "Peer Address Family Mismatch";
    case ErrorNumber::kAllocationQuotaReached: return "Allocation Quota Reached";
    case ErrorNumber::kRoleConflict: return "Role Conflict";
    case ErrorNumber::kServerError: return "Server Error";
    case ErrorNumber::kInsufficientCapacity: return "Insufficient Capacity";
  }
  return "";
}

TransactionId newTransactionId(RandomSource& random) {
  TransactionId id;
  random.fill(id);
  return id;
}

}  // namespace tincan::inline v0::stun
