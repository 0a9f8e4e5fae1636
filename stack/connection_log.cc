#include "stack/connection_log.h"

namespace tincan::inline v0::stack {
namespace {

std::string describe(const Transport::DtlsStateChanged& changed, const dtls::Connection* connection) {
  std::string out(dtls::name(changed.state));
  if (changed.error) out += ": " + changed.error->message();
  if (changed.state != dtls::State::kConnected || connection == nullptr || !connection->version()) return out;
  return out + ", " + std::string(dtls::name(*connection->version())) + ", " + std::string(connection->cipherSuite());
}

}  // namespace

void logDtls(const Log& log, const Transport::DtlsStateChanged& changed, const dtls::Connection* connection) {
  const LogLevel level = changed.state == dtls::State::kFailed ? LogLevel::kWarning : LogLevel::kInfo;
  log.write(level, "dtls", [&] { return describe(changed, connection); });
}

void logState(const Log& log, RTCSignalingState state) {
  log.write(LogLevel::kInfo, "pc", [&] { return "signaling " + std::string(toString(state)); });
}

void logState(const Log& log, RTCPeerConnectionState state) {
  log.write(LogLevel::kInfo, "pc", [&] { return "connection " + std::string(toString(state)); });
}

}  // namespace tincan::inline v0::stack
