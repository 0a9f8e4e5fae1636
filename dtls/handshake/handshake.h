#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/key_exchange.h"
#include "crypto/srtp_profile.h"
#include "dtls/cipher_suite.h"
#include "dtls/config.h"
#include "dtls/handshake/message.h"
#include "dtls/protocol.h"
#include "dtls/record/record_layer.h"

namespace tincan::inline v0::dtls {

/// What a handshake has settled so far.
struct Negotiated {
  std::optional<Version> version;
  const CipherSuite* suite = nullptr;
  std::optional<crypto::NamedGroup> group;
  std::optional<crypto::SrtpProfile> srtpProfile;
  std::optional<crypto::Certificate> remoteCertificate;
};

/// One side's handshake of one version: messages in their order go in, messages and keys go to the Link. Owned by the
/// Connection. It checks all but the fingerprint, which is the Connection's business. A failure is final.
class Handshake {
 public:
  virtual ~Handshake() = default;

  virtual Status handle(TimePoint now, const HandshakeMessage& message) = 0;
  /// Both Finished messages are through, and ours is on its way.
  virtual bool complete() const = 0;
  /// Servers: keys and messages of this handshake went to the one client that it is with. Before that a hello that
  /// fails is dropped.
  virtual bool committed() const { return true; }
  /// The peer ended a flight with this message: when it comes again, ours is to be sent again.
  virtual bool endsFlight(HandshakeType type) const = 0;
  /// The epoch under which the peer sends application data.
  virtual uint64_t applicationEpoch() const = 0;
  // ---- what only DTLS 1.3 has
  /// All of a message came in the clear whose message_seq was taken before: a repetition, or somebody else's.
  virtual void noteRepeated(TimePoint, const FragmentHeader&, ByteView /*body*/) {}
  /// The flight in the air is about to be sent again, as nobody has answered it.
  virtual void flightUnanswered() {}
  /// All messages of a record were taken; `news`: at least one fragment of them was not there before.
  virtual void noteHandshakeRecord(TimePoint, const Record&, bool /*news*/) {}
  virtual void noteApplicationRecord(TimePoint, uint64_t /*epoch*/) {}
  /// All of a datagram was read.
  virtual void afterDatagram(TimePoint) {}
  virtual Status takeAck(TimePoint, const Record& record);
  /// New keys for what we send, and for what the peer sends if it is asked.
  virtual Result<void> updateKeys(TimePoint, bool peerToo);
  /// A server that may send application data before the client's certificate is here (RFC 8446 §4.4.4).
  virtual bool maySendEarly() const { return false; }
  /// Before application data goes out; false when the keys are worn out.
  virtual bool mayWrite(TimePoint) { return true; }
  virtual void handleTimeout(TimePoint) {}
  virtual TimePoint nextTimeout() const { return TimePoint::never(); }

  /// RFC 5705 §4, RFC 8446 §7.5: without a context. Only once complete.
  virtual crypto::SecretBytes exportKeyingMaterial(std::string_view label, size_t size) const = 0;

  /// The connection is over: wipes what could open its records or make its exports.
  virtual void forgetKeys() = 0;

  const Negotiated& negotiated() const { return negotiated_; }
  /// Lines of SSLKEYLOGFILE so far; empty unless Config::keepKeyLog.
  const std::string& keyLog() const { return keyLog_; }

 protected:
  Negotiated negotiated_;
  std::string keyLog_;
};

/// "LABEL random secret\n" in hex.
std::string keyLogLine(std::string_view label, ByteView clientRandom, ByteView secret);

}  // namespace tincan::inline v0::dtls
