#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "crypto/identity.h"
#include "crypto/key_exchange.h"
#include "crypto/multi_buffer.h"
#include "crypto/srtp_profile.h"

namespace tincan::inline v0::dtls {

enum class Role : uint8_t { kClient, kServer };

/// The numbers on the wire: the ones' complement of 1.2 and 1.3.
enum class Version : uint16_t { kDtls12 = 0xFEFD, kDtls13 = 0xFEFC };

/// The W3C's RTCDtlsTransportState.
enum class State : uint8_t { kNew, kConnecting, kConnected, kClosed, kFailed };

std::string_view name(State state);
std::string_view name(Version version);

struct Config {
  Role role = Role::kClient;
  /// Our key and certificate; outlives the connection. Never null.
  const crypto::Identity* identity = nullptr;
  /// In order of preference. Empty: no use_srtp, and no keys are exported.
  std::vector<crypto::SrtpProfile> srtpProfiles = {
      crypto::SrtpProfile::kAeadAes128Gcm, crypto::SrtpProfile::kAeadAes256Gcm, crypto::SrtpProfile::kAes128CmSha1_80};
  /// Serves associations with much to say where it is given (crypto::Aead), and outlives them.
  crypto::MultiBuffer* engine = nullptr;
  /// The largest datagram we make, in bytes of UDP payload. At least 256.
  size_t mtu = 1200;
  /// The same for application data, whose sender may know that the path carries more; 0: as `mtu`.
  size_t dataMtu = 0;
  /// The same for datagrams of the handshake, where those are to ride on something smaller; 0: as `mtu`.
  size_t flightMtu = 0;
  /// The range of versions that we speak. Which one it will be is known from the peer's first flight: the highest that
  /// both speak.
  Version minVersion = Version::kDtls12;
  Version maxVersion = Version::kDtls13;
  /// Groups for the key exchange, best first. A client of 1.3 sends a share for the first; a server that wants another
  /// costs a round trip.
  std::vector<crypto::NamedGroup> groups = {crypto::NamedGroup::kX25519, crypto::NamedGroup::kP256,
                                            crypto::NamedGroup::kP384};
  /// Numbers of IANA's registry, of either version; empty for all that we have.
  std::vector<uint16_t> cipherSuites{};
  /// Servers: prove by a cookie that the client receives where it sends from (RFC 6347 §4.2.1, RFC 9147 §5.1). Off: ICE
  /// has proved it.
  bool cookieExchange = false;
  /// DTLS 1.2 with peers that lack extended_master_secret, as some old stacks do; off, they are refused (RFC 7627 §5.2,
  /// §5.3). The classic master secret is not bound to the handshake (§1: triple handshakes); what is left against that
  /// here: both certificates are held against the descriptions, and there is neither resumption nor renegotiation.
  bool allowNoExtendedMasterSecret = false;
  /// First retransmission after this, then doubling up to the cap. RFC 6347 §4.2.4.1 says 1 s, but allows less where
  /// the round trip is known to be short; browsers take 400 ms or less.
  Duration initialRetransmit = Duration::millis(400);
  Duration maxRetransmit = Duration::seconds(60);
  /// From start() to connected; past it the connection fails, and says why: by the first message that it passed over,
  /// if there was one. What comes in the clear ends no handshake before. Seven retransmissions fit in.
  Duration handshakeTimeout = Duration::seconds(60);
  /// DTLS 1.3: new keys after so many records under one (RFC 9147 §4.5.3: 2^24.5 is the most for AES-GCM). Twice as
  /// many, with no new keys to be had from the peer, and nothing more is sent.
  uint64_t recordsPerKey = uint64_t{1} << 23;
  /// Keeps the lines of SSLKEYLOGFILE for keyLog(): they give all traffic away, so it is off.
  bool keepKeyLog = false;
};

}  // namespace tincan::inline v0::dtls
