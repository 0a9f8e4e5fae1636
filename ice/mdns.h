#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace tincan::inline v0::ice {

/// Multicast DNS as far as hidden candidates need it (RFC 6762; draft-ietf-mmusic-mdns-ice-candidates): one question a
/// packet to ask, any number to be asked, and the A and AAAA records of an answer.

constexpr uint16_t kMdnsPort = 5353;
/// Every question goes from 0.0.0.0:5353 to 224.0.0.251:5353.
Route mdnsRoute();

enum class DnsType : uint16_t { kA = 1, kAaaa = 28 };

/// A version 4 UUID's text and ".local": the only names that a browser makes, and that we ask for
/// (draft-ietf-mmusic-mdns-ice-candidates §3.1.1).
bool isMdnsCandidateName(std::string_view name);

/// Writes the question; false when it does not fit or the name has a label that DNS cannot carry.
bool writeMdnsQuery(ByteWriter& out, std::string_view name, DnsType type);

struct MdnsQuestion {
  std::string name;  ///< lower case, no dot at the end
  DnsType type = DnsType::kA;
};
/// The questions for addresses in a query, at most 16; empty for responses and for anything malformed.
std::vector<MdnsQuestion> parseMdnsQuery(ByteView packet);
/// A response with the one address record of a name (RFC 6762 §6); false when it does not fit.
bool writeMdnsResponse(ByteWriter& out, std::string_view name, const IpAddress& ip);

struct MdnsRecord {
  std::string name;  ///< lower case, no dot at the end
  IpAddress ip;
};
/// The address records of a response, at most 64; empty for questions and for anything malformed.
std::vector<MdnsRecord> parseMdnsResponse(ByteView packet);

}  // namespace tincan::inline v0::ice
