#pragma once

#include <cstdlib>
#include <utility>
#include <vector>

#include "base/random.h"
#include "dtls/connection.h"

namespace tincan::inline v0::fuzz {

/// One of ours with a genuine far end, and a network that does what the input says: the first byte picks the
/// versions, the second how far the handshake has come, the rest are commands. What must hold: no crash, and no connection of ours that took a
/// certificate without its fingerprint.
///
///     options(1)     1: cookie  2: small MTU  4: the subject speaks 1.2 alone  8: 1.3 alone
///                    16: the far end 1.2 alone  32: 1.3 alone
///     command(1) …   0: deliver the next genuine datagram        6: inject bytes: size(1) bytes
///                    1: deliver it with one byte changed         7: the far end sends application data: size(1)
///                    2: lose it                                  8: the subject does
///                    3: deliver it twice                         9: the far end renews its keys: peer too(1)
///                    4: time goes on, size(1) x 100 ms           10: the subject does
///                    5: inject a plaintext record: type(1) size(1) bytes
///                    11: the far end says goodbye
class DtlsConnectionFuzz {
 public:
  DtlsConnectionFuzz(dtls::Role role, uint8_t options)
      : random_(1),
        otherRandom_(2),
        subject_(config(role, options, options >> 2), random_, pool_),
        other_(config(role == dtls::Role::kClient ? dtls::Role::kServer : dtls::Role::kClient, options, options >> 4),
               otherRandom_, pool_) {
    const std::vector<crypto::Fingerprint> fingerprints = {
        identity().certificate().fingerprint(crypto::HashAlgorithm::kSha256)};
    subject_.setRemoteFingerprints(fingerprints);
    other_.setRemoteFingerprints(fingerprints);
    subject_.start(now_);
    other_.start(now_);
  }

  void run(ByteView data) {
    ByteReader reader(data);
    for (int steps = reader.u8() % 8; steps > 0; --steps) deliver({}, 1);
    for (int commands = 0; reader.ok() && !reader.atEnd() && commands < 200; ++commands) command(reader);
  }

 private:
  static const crypto::Identity& identity() {
    static const crypto::Identity kIdentity = [] {
      SeededRandom random(7);
      return std::move(crypto::Identity::generate(crypto::KeyType::kEd25519, random, 1'790'000'000)).value();
    }();
    return kIdentity;
  }
  static dtls::Config config(dtls::Role role, int options, int versions) {
    dtls::Config out;
    out.role = role;
    out.identity = &identity();
    out.cookieExchange = (options & 1) != 0;
    if ((options & 2) != 0) out.mtu = 256;
    if ((versions & 3) == 1) out.maxVersion = dtls::Version::kDtls12;
    if ((versions & 3) == 2) out.minVersion = dtls::Version::kDtls13;
    return out;
  }

  void command(ByteReader& reader) {
    switch (reader.u8() % 12) {
      case 0: return deliver({}, 1);
      case 1: {
        const uint16_t at = reader.u16();
        return deliver({at, reader.u8()}, 1);
      }
      case 2: return deliver({}, 0);
      case 3: return deliver({}, 2);
      case 4: return advance(reader.u8());
      case 5: {
        const uint8_t type = reader.u8();
        const ByteView body = reader.prefixed8();
        ByteBuilder record;
        record.u8(type).u16(0xFEFD).u16(0).u48(9).prefixed(2, [&] { record.bytes(body); });
        return inject(record.view());
      }
      case 6: return inject(reader.prefixed8());
      case 7: (void)other_.send(now_, Bytes(reader.u8())); return;
      case 8: (void)subject_.send(now_, Bytes(reader.u8())); return;
      case 9: (void)other_.updateKeys(now_, reader.u8() % 2 == 1); return;
      case 10: (void)subject_.updateKeys(now_, reader.u8() % 2 == 1); return;
      case 11: other_.close(now_); return;
    }
  }

  struct Change {
    uint16_t at = 0;
    uint8_t mask = 0;
  };
  // The next datagram for the subject, after everything of the subject's has reached the far end.
  void deliver(Change change, int copies) {
    PacketBuffer packet;
    while (subject_.pollTransmit(now_, packet)) other_.receive(now_, std::move(packet));
    if (!other_.pollTransmit(now_, packet)) return advance(5);
    if (!packet.empty()) packet.data()[change.at % packet.size()] ^= change.mask;
    for (int i = 0; i < copies; ++i) subject_.receive(now_, pool_.copy(packet.view()));
    check();
  }
  void inject(ByteView bytes) {
    subject_.receive(now_, pool_.copy(bytes));
    check();
  }
  void advance(uint8_t tenths) {
    now_ += Duration::millis(100 * int64_t{tenths});
    subject_.handleTimeout(now_);
    other_.handleTimeout(now_);
    while (other_.pollEvent()) {
    }
    check();
  }
  void check() {
    while (auto event = subject_.pollEvent()) {
      const bool keys = std::holds_alternative<dtls::KeysExported>(*event);
      const crypto::Certificate* certificate = subject_.remoteCertificate();
      if (keys && (certificate == nullptr || !equalBytes(certificate->der(), identity().certificate().der())))
        std::abort();
    }
  }

  TimePoint now_ = TimePoint::fromMicros(1);
  PacketPool pool_{4096};
  SeededRandom random_, otherRandom_;
  dtls::Connection subject_, other_;
};

}  // namespace tincan::inline v0::fuzz
