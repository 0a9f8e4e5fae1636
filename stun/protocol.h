#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace tincan::inline v0::stun {

constexpr uint32_t kMagicCookie = 0x2112A442;  // RFC 8489 §5
constexpr size_t kHeaderSize = 20;
constexpr size_t kMaxAttributes = 64;             // LIMITS: attributes in a message
constexpr uint32_t kFingerprintXor = 0x5354554e;  // RFC 8489 §14.7

/// The two class bits, as RFC 8489 §5 numbers them.
enum class Class : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

enum class Method : uint16_t {
  kBinding = 0x001,   // RFC 8489 §18.2
  kAllocate = 0x003,  // RFC 8656 §17
  kRefresh = 0x004,
  kSend = 0x006,
  kData = 0x007,
  kCreatePermission = 0x008,
  kChannelBind = 0x009,
};

enum class AttributeType : uint16_t {
  // RFC 8489 §18.3; below 0x8000 an agent must understand them
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000A,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kMessageIntegritySha256 = 0x001C,
  kPasswordAlgorithm = 0x001D,
  kUserhash = 0x001E,
  kXorMappedAddress = 0x0020,
  kPasswordAlgorithms = 0x8002,
  kAlternateDomain = 0x8003,
  kSoftware = 0x8022,
  kAlternateServer = 0x8023,
  kFingerprint = 0x8028,
  // RFC 8445 §20.1
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kIceControlled = 0x8029,
  kIceControlling = 0x802A,
  kNomination = 0xC001,  // draft-thatcher-ice-renomination-01 §4, as libwebrtc has it
  // draft-hancke-webrtc-sped-00 §3
  kDtlsInStun = 0xC070,
  kDtlsInStunAcknowledgement = 0xC071,
  // RFC 8656 §18
  kChannelNumber = 0x000C,
  kLifetime = 0x000D,
  kXorPeerAddress = 0x0012,
  kData = 0x0013,
  kXorRelayedAddress = 0x0016,
  kRequestedAddressFamily = 0x0017,
  kEvenPort = 0x0018,
  kRequestedTransport = 0x0019,
  kDontFragment = 0x001A,
  kReservationToken = 0x0022,
  kAdditionalAddressFamily = 0x8000,
  kAddressErrorCode = 0x8001,
};

/// RFC 8489 §14: 0x0000 to 0x7FFF must be understood, or the request be refused with 420.
constexpr bool comprehensionRequired(AttributeType type) {
  return static_cast<uint16_t>(type) < 0x8000;
}

enum class ErrorNumber : uint16_t {
  kTryAlternate = 300,  // RFC 8489 §14.8
  kBadRequest = 400,
  kUnauthenticated = 401,
  kForbidden = 403,  // RFC 8656 §19
  kUnknownAttribute = 420,
  kAllocationMismatch = 437,
  kStaleNonce = 438,
  kAddressFamilyNotSupported = 440,
  kWrongCredentials = 441,
  kUnsupportedTransport = 442,
  kPeerAddressFamilyMismatch = 443,
  kAllocationQuotaReached = 486,
  kRoleConflict = 487,  // RFC 8445 §20.1
  kServerError = 500,
  kInsufficientCapacity = 508,
};
/// RFC 8489 §14.8's phrase for it.
std::string_view reason(ErrorNumber number);

/// 96 random bits (RFC 8489 §5).
using TransactionId = std::array<uint8_t, 12>;
TransactionId newTransactionId(RandomSource& random);

}  // namespace tincan::inline v0::stun
