#include "dtls/handshake/handshake.h"

namespace tincan::inline v0::dtls {
namespace {

void appendHex(std::string& out, ByteView bytes) {
  for (const uint8_t byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
}

}  // namespace

Status Handshake::takeAck(TimePoint, const Record&) {
  return Status::failure(AlertDescription::kUnexpectedMessage, "DTLS 1.2 has no ACK");
}

Result<void> Handshake::updateKeys(TimePoint, bool) {
  return {ErrorCode::kNotSupportedError, "DTLS 1.2 has no KeyUpdate"};
}

std::string keyLogLine(std::string_view label, ByteView clientRandom, ByteView secret) {
  std::string out(label);
  out += ' ';
  appendHex(out, clientRandom);
  out += ' ';
  appendHex(out, secret);
  out += '\n';
  return out;
}

}  // namespace tincan::inline v0::dtls
