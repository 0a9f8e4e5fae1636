#pragma once

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "fuzz/require.h"
#include "tests/dtls/scripted_peer.h"

namespace tincan::inline v0::fuzz {

/// A hostile peer that has the keys: a genuine far end whose every message passes through the input before it is sealed
/// for the connection under test, up to the handshake's end and after it. What must hold: no crash, no keys for another
/// certificate than the one expected, one fatal alert at most, and nothing said after it.
///
///     options(1)   bit 0: the subject is the server    bit 3: 1.2, else 1.3     bits 1, 2: cookie, retry by group
///     then for each message of the far end, and for as many after the handshake as the input has:
///     command(1)   0 to 7: as it is         11: lost                14: another epoch: epoch(1)
///                  8: byte at(2) ^= mask(1) 12: twice               15: before it, a message: type(1) size(1) bytes
///                  9: cut to size(2)        13: another type(1)     16: before it, a record: type(1) epoch(1) size(1)
///                  10: bytes behind it: size(1) bytes                   bytes
class DtlsPeerFuzz {
 public:
  DtlsPeerFuzz(dtls::Version version, ByteView input)
      : reader_(input), options_(reader_.u8()), version_(version), peer_(make()) {}

  void run() {
    peer_.run();
    const bool connected = peer_.subject().state() == dtls::State::kConnected;
    require(peer_.log().keys.has_value() == connected || peer_.log().states.size() > 2);
    if (peer_.log().keys) {
      const crypto::Certificate* certificate = peer_.subject().remoteCertificate();
      require(certificate != nullptr && equalBytes(certificate->der(), peer_.identity().certificate().der()));
    }
    for (int i = 0; connected && i < 32 && reader_.ok() && !reader_.atEnd(); ++i) {
      dtls::test::Steps steps = {
          dtls::test::record(dtls::ContentType::kApplicationData, applicationEpoch(), Bytes(3, 'x'))};
      change(steps);
      peer_.send(steps);
    }
    size_t fatal = 0;
    for (const auto& alert : peer_.alerts()) fatal += alert.level == dtls::AlertLevel::kFatal ? 1 : 0;
    require(fatal <= 1 && (fatal == 0 || peer_.subject().state() == dtls::State::kFailed));
  }

 private:
  uint64_t applicationEpoch() const { return version_ == dtls::Version::kDtls12 ? 1 : 3; }
  dtls::Config config(dtls::Role role) const {
    dtls::Config out = dtls::test::config(role, crypto::KeyType::kEd25519, version_);
    if (role == dtls::Role::kServer) {
      out.cookieExchange = (options_ & 2) != 0;
      if ((options_ & 4) != 0) out.groups = {crypto::NamedGroup::kP256};
    }
    return out;
  }
  dtls::test::ScriptedPeer make() {
    const bool server = (options_ & 1) != 0;
    return dtls::test::ScriptedPeer(config(server ? dtls::Role::kServer : dtls::Role::kClient),
                                    config(server ? dtls::Role::kClient : dtls::Role::kServer),
                                    [this](dtls::test::ScriptedPeer&, dtls::test::Steps& steps) { change(steps); });
  }

  void change(dtls::test::Steps& steps) {
    dtls::test::Steps out;
    for (dtls::test::Step& step : steps) {
      if (reader_.ok() && !reader_.atEnd()) {
        change(std::move(step), out);
      } else {
        out.push_back(std::move(step));
      }
    }
    steps = std::move(out);
  }
  void change(dtls::test::Step step, dtls::test::Steps& out) {
    switch (reader_.u8() % 17) {
      case 8: {
        const size_t at = reader_.u16();
        const uint8_t mask = reader_.u8();
        if (!step.body.empty()) step.body[at % step.body.size()] ^= mask;
        break;
      }
      case 9: step.body.resize(std::min<size_t>(reader_.u16(), step.body.size())); break;
      case 10: {
        const ByteView more = reader_.prefixed8();
        step.body.insert(step.body.end(), more.begin(), more.end());
        break;
      }
      case 11: return;
      case 12: out.push_back(step); break;
      case 13: step.type = static_cast<dtls::HandshakeType>(reader_.u8()); break;
      case 14: step.epoch = reader_.u8() % 4; break;
      case 15: {
        const auto type = static_cast<dtls::HandshakeType>(reader_.u8());
        out.push_back(dtls::test::message(type, step.epoch, toBytes(reader_.prefixed8())));
        break;
      }
      case 16: {
        const auto type = static_cast<dtls::ContentType>(reader_.u8());
        const uint64_t epoch = reader_.u8() % 4;
        out.push_back(dtls::test::record(type, epoch, toBytes(reader_.prefixed8())));
        break;
      }
    }
    out.push_back(std::move(step));
  }

  ByteReader reader_;
  uint8_t options_;
  dtls::Version version_;
  dtls::test::ScriptedPeer peer_;
};

/// See DtlsPeerFuzz.
inline void fuzzDtlsPeer(ByteView data) {
  if (data.empty()) return;
  DtlsPeerFuzz((data[0] & 8) != 0 ? dtls::Version::kDtls12 : dtls::Version::kDtls13, data).run();
}

}  // namespace tincan::inline v0::fuzz
