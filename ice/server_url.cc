#include "ice/server_url.h"

#include <array>
#include <charconv>

namespace tincan::inline v0::ice {
namespace {

constexpr std::array<std::string_view, 4> kSchemes = {"stun", "stuns", "turn", "turns"};
constexpr uint16_t kPlainPort = 3478;  // RFC 7064 §3.2, RFC 7065 §3.2
constexpr uint16_t kSecurePort = 5349;
constexpr size_t kMaxUrl = 512;

Error bad(std::string_view url, std::string_view why) {
  return Error(ErrorCode::kSyntaxError,
               "ICE server URL '" + std::string(url.substr(0, 100)) + "': " + std::string(why));
}

bool isHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

}  // namespace

std::string_view name(ServerUrl::Scheme scheme) {
  return kSchemes[static_cast<size_t>(scheme)];
}

// RFC 7064 §3.1: scheme ":" host [ ":" port ]; RFC 7065 §3.1 adds [ "?transport=" transport ].
Result<ServerUrl> ServerUrl::parse(std::string_view url) {
  if (url.size() > kMaxUrl) return bad(url, "longer than 512 characters");
  const size_t colon = url.find(':');
  if (colon == std::string_view::npos) return bad(url, "no scheme; write for example stun:stun.example.org:3478");
  ServerUrl out;
  std::string scheme(url.substr(0, colon));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  bool known = false;
  for (size_t i = 0; i < kSchemes.size(); ++i) {
    if (kSchemes[i] != scheme) continue;
    out.scheme = static_cast<Scheme>(i);
    known = true;
  }
  if (!known) return bad(url, "the scheme must be stun, stuns, turn or turns");
  const bool secure = out.scheme == Scheme::kStuns || out.scheme == Scheme::kTurns;
  out.port = secure ? kSecurePort : kPlainPort;
  out.protocol = secure ? Protocol::kTls : Protocol::kUdp;

  std::string_view rest = url.substr(colon + 1);
  if (const size_t query = rest.find('?'); query != std::string_view::npos) {
    const std::string_view transport = rest.substr(query + 1);
    rest = rest.substr(0, query);
    if (!out.isTurn()) return bad(url, "only turn and turns take a transport");
    if (transport == "transport=tcp") {
      out.protocol = secure ? Protocol::kTls : Protocol::kTcp;
    } else if (transport != "transport=udp") {
      return bad(url, "the transport must be udp or tcp");
    } else if (secure) {
      return bad(url, "turns over udp (DTLS) is not supported; leave the transport out");
    }
  }

  std::string_view port;
  if (!rest.empty() && rest.front() == '[') {
    const size_t close = rest.find(']');
    if (close == std::string_view::npos) return bad(url, "no ']' behind the IPv6 address");
    out.host = rest.substr(1, close - 1);
    const auto ip = IpAddress::parse(out.host);
    if (!ip || !ip->isV6()) return bad(url, "what is in brackets must be an IPv6 address");
    port = rest.substr(close + 1);
    if (!port.empty() && port.front() != ':') return bad(url, "expected ':' and a port behind ']'");
  } else {
    const size_t end = rest.find(':');
    out.host = rest.substr(0, end);
    for (const char c : out.host) {
      if (!isHostCharacter(c)) return bad(url, "the host has a character that no host name has");
    }
    port = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  if (out.host.empty()) return bad(url, "no host");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc() || end != port.data() + port.size() || out.port == 0) {
      return bad(url, "the port must be 1 to 65535");
    }
  }
  return out;
}

std::string ServerUrl::toString() const {
  const bool v6 = host.find(':') != std::string::npos;
  std::string out = std::string(name(scheme)) + ":" + (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  if (scheme == Scheme::kTurn) out += protocol == Protocol::kTcp ? "?transport=tcp" : "?transport=udp";
  if (scheme == Scheme::kTurns) out += "?transport=tcp";
  return out;
}

}  // namespace tincan::inline v0::ice
