#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "fuzz/require.h"
#include "rtp/srtp_session.h"

namespace tincan::inline v0::fuzz {

/// Stateful: two keyed sessions. The first byte picks the profile, the engine, where the streams stand, Cryptex, and
/// whether what comes is taken in batches; each step that follows sends, loses, delays, repeats or damages a packet, or
/// throws in bytes of the input as a hostile network would. What is delivered must have been sent, once; what is
/// refused must be as it was.
inline void fuzzRtpSrtp(ByteView input) {
  using namespace tincan::rtp;
  using crypto::SrtpProfile;
  ByteReader reader(input);
  const uint8_t start = reader.u8();
  constexpr SrtpProfile kProfiles[] = {SrtpProfile::kAes128CmSha1_80, SrtpProfile::kAes128CmSha1_32,
                                       SrtpProfile::kAeadAes128Gcm,   SrtpProfile::kAeadAes256Gcm,
                                       SrtpProfile::kAes256CmSha1_80, SrtpProfile::kAes256CmSha1_32,
                                       SrtpProfile::kAeadAes128Gcm,   SrtpProfile::kAeadAes256Gcm};
  static const std::unique_ptr<crypto::MultiBuffer> kShared = crypto::MultiBuffer::create();
  SrtpConfig config;
  config.engine = (start & 4) != 0 ? crypto::Engine::kLibcrypto : crypto::Engine::kAuto;
  config.shared = kShared.get();
  config.receiveSsrcs = 2;
  const bool cryptex = (start & 0x20) != 0;
  const bool batches = (start & 0x40) != 0;
  config.cryptex = cryptex ? Cryptex::kRequired : Cryptex::kOff;
  SeededRandom random(1);
  crypto::SrtpKeys keys;
  keys.profile = kProfiles[(start & 3) + ((start & 0x10) != 0 ? 4 : 0)];
  keys.localKey = crypto::SecretBytes(crypto::keySize(keys.profile));
  keys.localSalt = crypto::SecretBytes(crypto::saltSize(keys.profile));
  random.fill(keys.localKey.mutableView());
  random.fill(keys.localSalt.mutableView());
  keys.remoteKey = keys.localKey;
  keys.remoteSalt = keys.localSalt;
  SrtpSession sender(keys, config);
  SrtpSession receiver(keys, config);
  if ((start & 8) != 0) {
    sender.resumeLocal(Ssrc(0), 0xffffffff, 0xfff0);
    receiver.resumeRemote(Ssrc(0), 0xffffffff, 0xfff0);
    sender.resumeLocalRtcp(Ssrc(0), 0x7ffffff0);
  }

  struct Sent {
    Bytes wire, plain;
    bool rtcp, delivered;
  };
  PacketPool pool;
  std::vector<Sent> network;
  uint16_t sequence = (start & 8) != 0 ? 0xfff1 : 0xfff0;
  const auto judge = [&](const PacketBuffer& packet, bool ok, const Bytes& wire, Sent* genuine) {
    if (!ok) {
      require(equalBytes(packet.view(), wire));
      return;
    }
    require(genuine && !genuine->delivered && equalBytes(packet.view(), genuine->plain));
    genuine->delivered = true;
  };
  struct Waiting {
    Bytes wire;
    size_t genuine;  // in `network`, which grows meanwhile
  };
  constexpr size_t kForged = SIZE_MAX;
  std::vector<Waiting> waiting;
  const auto flush = [&] {
    std::vector<PacketBuffer> packets;
    for (const Waiting& one : waiting) packets.push_back(pool.copy(one.wire));
    std::vector<SrtpOutcome> outcomes(packets.size());
    receiver.unprotect(packets, outcomes);
    for (size_t i = 0; i < packets.size(); ++i) {
      Sent* genuine = waiting[i].genuine == kForged ? nullptr : &network[waiting[i].genuine];
      judge(packets[i], !outcomes[i], waiting[i].wire, genuine);
    }
    waiting.clear();
  };
  const auto deliver = [&](const Bytes& wire, bool rtcp, Sent* genuine) {
    if (batches && !rtcp) {
      waiting.push_back({wire, genuine ? static_cast<size_t>(genuine - network.data()) : kForged});
      if (waiting.size() == 40) flush();
      return;
    }
    PacketBuffer packet = pool.copy(wire);
    if (!packet) return;
    const bool ok = (rtcp ? receiver.unprotectRtcp(packet) : receiver.unprotect(packet)).ok();
    judge(packet, ok, wire, genuine);
  };

  for (int steps = 0; steps < 200 && reader.remaining() > 0; ++steps) {
    const uint8_t action = reader.u8();
    const uint8_t value = reader.u8();
    const bool rtcp = (action & 0x80) != 0;
    switch (action % 5) {
      case 0: {  // send something, of any of four SSRCs
        Bytes plain(12 + value % 64, value);
        plain[0] = 0x80;
        plain[1] = rtcp ? 200 : 96;
        sequence = static_cast<uint16_t>(sequence + 1 + (value == 255 ? 20'000 : 0));
        storeBe16(plain.data() + 2, sequence);
        storeBe32(plain.data() + (rtcp ? 4 : 8), (action >> 5) & 3u);
        if (cryptex && !rtcp) {  // CSRCs and an extension of either form
          const size_t csrcs = value % 3;
          plain.resize(12 + 4 * csrcs, 0xc5);
          plain[0] = static_cast<uint8_t>(0x90 | csrcs);
          const uint8_t words = value % 5;
          plain.insert(plain.end(), {static_cast<uint8_t>(value % 2 == 0 ? 0xbe : 0x10),
                                     static_cast<uint8_t>(value % 2 == 0 ? 0xde : 0), 0, words});
          plain.resize(plain.size() + 4 * size_t{words} + value % 40, 0x1e);
        }
        PacketBuffer packet = pool.copy(plain);
        if ((rtcp ? sender.protectRtcp(packet) : sender.protect(packet)).ok()) {
          network.push_back({toBytes(packet.view()), plain, rtcp, false});
        } else {
          require(equalBytes(packet.view(), plain));
        }
        break;
      }
      case 1:
      case 2:  // deliver one, perhaps for the second time
        if (!network.empty()) {
          Sent& sent = network[value % network.size()];
          deliver(sent.wire, sent.rtcp, &sent);
        }
        break;
      case 3:  // deliver it damaged
        if (!network.empty()) {
          const Sent& sent = network[value % network.size()];
          Bytes bad = sent.wire;
          bad[reader.u8() % bad.size()] ^= static_cast<uint8_t>(1 + reader.u8() % 255);
          deliver(bad, sent.rtcp, nullptr);
          if (value % 2 == 0) deliver(Bytes(sent.wire.begin(), sent.wire.end() - 1), sent.rtcp, nullptr);
        }
        break;
      case 4:  // bytes from the network
        deliver(toBytes(reader.view(std::min<size_t>(value, reader.remaining()))), rtcp, nullptr);
        break;
      default: break;
    }
    if (batches && value % 4 == 3) flush();
  }
  flush();
}

}  // namespace tincan::inline v0::fuzz
