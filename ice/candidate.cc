#include "ice/candidate.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "ice/credentials.h"
#include "stun/crc32.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxLine = 1024;     // longest line from a browser: about 250
constexpr size_t kMaxHostname = 255;  // RFC 1035 §2.3.4

constexpr std::array<std::string_view, 4> kTypeNames = {"host", "srflx", "prflx", "relay"};
constexpr std::array<std::string_view, 4> kTcpTypeNames = {"", "active", "passive", "so"};

// RFC 8445 §5.1.2.2
constexpr uint32_t typePreference(CandidateType type) {
  switch (type) {
    case CandidateType::kHost: return 126;
    case CandidateType::kPeerReflexive: return 110;
    case CandidateType::kServerReflexive: return 100;
    case CandidateType::kRelay: return 0;
  }
  return 0;
}

bool equalIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

template <class T>
bool number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::string_view nextToken(std::string_view& rest) {
  constexpr std::string_view kBlanks = " \t";  // RFC 8839 §5.1 has one space
  const size_t start = std::min(rest.find_first_not_of(kBlanks), rest.size());
  const size_t end = std::min(rest.find_first_of(kBlanks, start), rest.size());
  const std::string_view token = rest.substr(start, end - start);
  rest.remove_prefix(end);
  return token;
}

bool isHostname(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHostname && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

Error bad(std::string_view what, std::string_view value) {
  return Error(ErrorCode::kSyntaxError,
               "candidate: bad " + std::string(what) + " '" + std::string(value.substr(0, 64)) + "'");
}

template <class T, size_t N>
bool lookUp(const std::array<std::string_view, N>& names, std::string_view text, T& out) {
  for (size_t i = 0; i < N; ++i) {
    if (!names[i].empty() && equalIgnoringCase(names[i], text)) {
      out = static_cast<T>(i);
      return true;
    }
  }
  return false;
}

constexpr std::array<std::string_view, 7> kExtensions = {"raddr",      "rport",      "tcptype",     "ufrag",
                                                         "generation", "network-id", "network-cost"};

bool isExtension(std::string_view token) {
  return std::find(kExtensions.begin(), kExtensions.end(), token) != kExtensions.end();
}

// RFC 4007 §11: "fe80::1%eth0". The zone is one of the peer's host and means nothing here. Nor do the brackets of URLs.
std::string_view withoutZone(std::string_view address) {
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  return address.find(':') == std::string_view::npos ? address : address.substr(0, address.find('%'));
}

// What follows the type: raddr, rport, tcptype, ufrag, and pairs that we do not know (RFC 8839 §5.1). A candidate is
// of use without any of them: what is ill-formed here is left out, and so is an unknown one that has no value.
void parseExtensions(std::string_view rest, Candidate& out) {
  IpAddress relatedIp;
  uint16_t relatedPort = 0;
  bool related = false;
  for (std::string_view key = nextToken(rest); !key.empty(); key = nextToken(rest)) {
    std::string_view after = rest;
    const std::string_view value = nextToken(after);
    if (isExtension(value) && key != "ufrag") continue;
    rest = after;
    if (key == "raddr") {
      // A name instead of an address tells nothing and is left out.
      if (auto ip = IpAddress::parse(withoutZone(value))) {
        relatedIp = *ip;
        related = true;
      }
    } else if (key == "rport") {
      if (!number(value, relatedPort)) relatedPort = 0;
    } else if (key == "tcptype") {
      if (out.protocol == Protocol::kTcp) lookUp(kTcpTypeNames, value, out.tcpType);  // of UDP it says nothing
    } else if (key == "ufrag") {
      if (value.size() <= 256 && isIceChars(value)) out.ufrag = value;
    }
  }
  if (related) out.related = SocketAddress{relatedIp, relatedPort};
}

bool isTransport(std::string_view token) {
  return equalIgnoringCase(token, "udp") || equalIgnoringCase(token, "tcp");
}

// Some ICE-lite servers write "candidate: 1 udp …": the foundation is missing, which is no reason to do without the
// only candidate of a peer. It stands first (RFC 8839 §5.1), so the transport comes second where it is not there.
bool lacksFoundation(std::string_view line) {
  nextToken(line);
  return isTransport(nextToken(line));
}

}  // namespace

std::string_view name(CandidateType type) {
  return kTypeNames[static_cast<size_t>(type)];
}
std::string_view name(TcpType type) {
  return kTcpTypeNames[static_cast<size_t>(type)];
}

Result<Candidate> Candidate::parse(std::string_view line) {
  if (line.size() > kMaxLine) return Error(ErrorCode::kLimit, "candidate: longer than 1024 characters");
  if (line.substr(0, 2) == "a=") line.remove_prefix(2);
  if (equalIgnoringCase(line.substr(0, 10), "candidate:")) line.remove_prefix(10);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return bad("line", "");
  Candidate out;

  const std::string_view foundation = lacksFoundation(line) ? std::string_view() : nextToken(line);
  if (foundation.size() <= 32 && isIceChars(foundation)) out.foundation = foundation;
  const std::string_view component = nextToken(line);
  if (!number(component, out.component) || out.component == 0) return bad("component", component);
  const std::string_view transport = nextToken(line);
  if (equalIgnoringCase(transport, "udp")) {
    out.protocol = Protocol::kUdp;
  } else if (equalIgnoringCase(transport, "tcp")) {
    out.protocol = Protocol::kTcp;
  } else {
    return Error(ErrorCode::kUnsupported, "candidate: transport '" + std::string(transport.substr(0, 32)) + "'");
  }
  const std::string_view priority = nextToken(line);
  if (!number(priority, out.priority)) return bad("priority", priority);
  const std::string_view address = nextToken(line);
  if (auto ip = IpAddress::parse(withoutZone(address))) {
    out.address.ip = *ip;
  } else if (isHostname(address)) {
    out.hostname = address;
  } else {
    return bad("address", address);
  }
  const std::string_view port = nextToken(line);
  if (!number(port, out.address.port)) return bad("port", port);
  const std::string_view typ = nextToken(line);
  const std::string_view type = nextToken(line);
  if (!equalIgnoringCase(typ, "typ") || !lookUp(kTypeNames, type, out.type)) return bad("type", type);
  parseExtensions(line, out);
  // Foundations order the checks and nothing more (RFC 8445 §6.1.2.6): one of its own does for a bad one.
  if (out.foundation.empty()) {
    out.foundation = std::to_string(
        stun::crc32(asBytes(std::string(name(out.type)) + "|" + std::string(transport) + "|" + std::string(address))));
  }
  return out;
}

std::string Candidate::toString() const {
  std::string out = "candidate:" + foundation + " " + std::to_string(component);
  out += protocol == Protocol::kUdp ? " udp " : " tcp ";
  out += std::to_string(priority) + " " + (hostname.empty() ? address.ip.toString() : hostname) + " " +
         std::to_string(address.port) + " typ " + std::string(name(type));
  if (related) out += " raddr " + related->ip.toString() + " rport " + std::to_string(related->port);
  if (tcpType != TcpType::kNone) out += " tcptype " + std::string(name(tcpType));
  if (!ufrag.empty()) out += " ufrag " + ufrag;
  return out;
}

uint32_t candidatePriority(CandidateType type, uint16_t localPreference, uint8_t component) {
  // RFC 8445 §5.1.2.1
  return typePreference(type) << 24 | uint32_t{localPreference} << 8 | (256u - component);
}

uint32_t tcpCandidatePriority(CandidateType type, TcpType tcpType, uint16_t otherPreference, uint8_t component) {
  // RFC 6544 §4.2 leaves the numbers to us; 36 less than UDP's, so that every direct UDP candidate but a relayed one
  // comes first. Chromium's host candidates have 90, too.
  const uint32_t udp = typePreference(type);
  const uint32_t preference = udp > 36 ? udp - 36 : 0;
  // RFC 6544 §4.2: for host candidates 6 active, 4 passive, 2 simultaneous-open; for the others 4, 2, 6.
  const bool host = type == CandidateType::kHost;
  uint32_t direction = 0;
  switch (tcpType) {
    case TcpType::kNone: break;
    case TcpType::kActive: direction = host ? 6 : 4; break;
    case TcpType::kPassive: direction = host ? 4 : 2; break;
    case TcpType::kSo: direction = host ? 2 : 6; break;
  }
  const uint32_t local = direction << 13 | (otherPreference & 0x1fffu);
  return preference << 24 | local << 8 | (256u - component);
}

std::string candidateFoundation(CandidateType type, Protocol protocol, const IpAddress& base, const IpAddress& server) {
  const std::string key = std::string(name(type)) + "|" + std::string(name(protocol)) + "|" + base.toString() + "|" +
                          (server.isSpecified() ? server.toString() : "");
  return std::to_string(stun::crc32(asBytes(key)));
}

}  // namespace tincan::inline v0::ice
