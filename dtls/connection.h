#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/packet_buffer.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/srtp_profile.h"
#include "dtls/config.h"
#include "dtls/stats.h"

namespace tincan::inline v0::dtls {

class Rivals;

struct StateChanged {
  State state;
};
/// Right before StateChanged{kConnected}; absent when use_srtp was not agreed.
struct KeysExported {
  crypto::SrtpKeys keys;
};
struct ApplicationData {
  PacketBuffer data;
};
/// Why; right before StateChanged{kFailed}.
struct Failed {
  Error error;
};
using Event = std::variant<StateChanged, KeysExported, ApplicationData, Failed>;

/// One DTLS association of WebRTC: both ends show a self-signed certificate, the SDP's fingerprints say which one is
/// right, and the handshake's secret keys SRTP (RFC 8827 §6.5, RFC 5763, RFC 5764). Owned by the transport, which moves
/// its datagrams. Sans-IO.
///
/// Invariants: no SRTP key is exported, no application data delivered and none taken (but by sendEarly) before the peer's
/// certificate matched a fingerprint; what comes off the path and does not authenticate is dropped and counted; an authenticated
/// violation is fatal.
///
///     kNew --start--> kConnecting --Finished both ways, fingerprint right--> kConnected --close(_notify)--> kClosed
///                         |                                                        |
///                         +--alert, mismatch, violation--> kFailed <--fatal alert--+
class Connection {
 public:
  Connection(Config config, RandomSource& random, PacketPool& pool);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// From the SDP; before start() or at any time until connected. A handshake that is done before waits for it.
  /// An empty list matches nothing.
  void setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints);
  /// Client: sends its ClientHello. Server: waits for one (those that came before were kept by nobody: they are sent
  /// again).
  void start(TimePoint now);
  void receive(TimePoint now, PacketBuffer datagram);
  void handleTimeout(TimePoint now);
  /// What the path takes there and back, as ICE's checks have measured it: flights are repeated by it from now on.
  void setRoundTripTime(Duration rtt);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, PacketBuffer& out);
  std::optional<Event> pollEvent();

  /// One record of application data. kInvalidStateError unless connected; kLimit when it does not fit a datagram of
  /// `mtu`, or too many wait to be polled.
  Result<void> send(TimePoint now, ByteView applicationData);
  /// The same without a copy: the record is made around the data, and leaves in this packet.
  Result<void> send(TimePoint now, PacketBuffer applicationData);
  /// The server of 1.3 has keys for application data half a round trip before it knows who the client is (RFC 8446 §4.4.4).
  /// Whoever answered its flight can read what it says then: nothing that is for the peer alone.
  bool takesEarlyData() const;
  /// One such record. kInvalidStateError unless takesEarlyData(); kLimit as send().
  Result<void> sendEarly(TimePoint now, ByteView applicationData);
  Result<void> sendEarly(TimePoint now, PacketBuffer applicationData);
  /// DTLS 1.3: new keys for what we send from now on, and with `peerToo` for what the peer sends. They come into use
  /// when the peer has answered. kInvalidStateError unless connected, kNotSupportedError with DTLS 1.2.
  Result<void> updateKeys(TimePoint now, bool peerToo);
  /// Sends close_notify, and is closed.
  void close(TimePoint now);

  State state() const;
  /// From when the ServerHello settled it.
  std::optional<Version> version() const;
  /// The IANA name, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"; empty before the ServerHello.
  std::string_view cipherSuite() const;
  /// The key exchange: "X25519", "P-256"; empty before it is settled.
  std::string_view group() const;
  std::optional<crypto::SrtpProfile> srtpProfile() const;
  const Stats& stats() const;
  /// The peer's, from its Certificate message on, matched or not.
  const crypto::Certificate* remoteCertificate() const;
  /// RFC 5705 / RFC 8446 §7.5, without context; kInvalidStateError unless connected.
  Result<crypto::SecretBytes> exportKeyingMaterial(std::string_view label, size_t size) const;
  /// With Config::keepKeyLog: what SSLKEYLOGFILE takes, line by line, so that Wireshark decrypts a capture.
  const std::string& keyLog() const;

 private:
  friend class Rivals;
  class Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<Rivals> rivals_;  // servers, until the client has proved which hello is its own
};

}  // namespace tincan::inline v0::dtls
