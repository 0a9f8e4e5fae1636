#include <array>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "rtp/extensions.h"
#include "rtp/srtp_batch.h"
#include "rtp/srtp_session.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::Engine;
using crypto::SecretBytes;
using crypto::SrtpProfile;

crypto::SrtpKeys keysOf(SrtpProfile profile, const char* key, const char* salt) {
  crypto::SrtpKeys keys;
  keys.profile = profile;
  keys.localKey = keys.remoteKey = SecretBytes(fromHex(key));
  keys.localSalt = keys.remoteSalt = SecretBytes(fromHex(salt));
  return keys;
}

class SrtpCryptex : public testing::TestWithParam<Engine> {
 protected:
  SrtpConfig config(Cryptex cryptex) const { return {GetParam(), shared(), 64, 1024, cryptex}; }
  static crypto::MultiBuffer* shared() {
    static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
    return kOne.get();
  }
  PacketPool pool;
  SeededRandom random{3};
};
INSTANTIATE_TEST_SUITE_P(Engines, SrtpCryptex, testing::Values(Engine::kAuto, Engine::kLibcrypto),
                         [](const auto& one) { return one.param == Engine::kAuto ? "Auto" : "Libcrypto"; });

struct Vector {
  const char* plain;
  const char* counter;  // A.1
  const char* gcm;      // A.2
};

// RFC 9335 appendix A: one- and two-byte elements, alone, with CSRCs, and empty with CSRCs.
constexpr Vector kVectors[] = {
    {"900f1235 decafbad cafebabe bede0001 51000200 abababab abababab abababab abababab",
     "900f1235 decafbad cafebabe c0de0001 eb923652 51c3e036 f8de27e9 c27ee3e0 b4651d9f bc4218a7 0244522f 34a5",
     "900f1235 decafbad cafebabe c0de0001 39972dc9 572c4d99 e8fc355d e743fb2e 94f9d8ff 54e72f41 93bbc5c7 4ffab0fa"
     "9fa0fbeb"},
    {"900f1236 decafbad cafebabe 10000001 05020002 abababab abababab abababab abababab",
     "900f1236 decafbad cafebabe c2de0001 4ed9cc4e 6a712b30 96c5ca77 339d4204 ce0d7739 6cab6958 5fbce381 94a5",
     "900f1236 decafbad cafebabe c2de0001 bb75a4c5 45cd1f41 3bdb7daa 2b1e3263 de313667 c9632490 81b35a65 f5cb6c88"
     "b394235f"},
    {"920f1238 decafbad cafebabe 0001e240 0000b26e bede0001 51000200 abababab abababab abababab abababab",
     "920f1238 decafbad cafebabe 8bb6e12b 5cff16dd c0de0001 92838c8c 09e58393 e1de3a9a 74734d67 45671338 c3acf11d"
     "a2df8423 bee0",
     "920f1238 decafbad cafebabe 63bbccc4 a7f695c4 c0de0001 8ad7c71f ac70a80c 92866b4c 6ba98546 ef913586 e95ffaaf"
     "fe956885 bb0647a8 bc094ac8"},
    {"920f1239 decafbad cafebabe 0001e240 0000b26e 10000001 05020002 abababab abababab abababab abababab",
     "920f1239 decafbad cafebabe f70e513e b90b9b25 c2de0001 bbed4848 faa64466 5f3d7f34 125914e9 f4d0ae92 3c6f479b"
     "95a0f7b5 3133",
     "920f1239 decafbad cafebabe 3680524f 8d312b00 c2de0001 c78d1200 38422bc1 11a7187a 18246f98 0c059cc6 bc9df8b6"
     "26394eca 344e4b05 d80fea83"},
    {"920f123a decafbad cafebabe 0001e240 0000b26e bede0000 abababab abababab abababab abababab",
     "920f123a decafbad cafebabe 7130b6ab fe2ab0e3 c0de0000 e3d9f64b 25c9e74c b4cf8e43 fb92e378 1c2c0cea b6b3a499"
     "a14c",
     "920f123a decafbad cafebabe 15b6bb43 37906fff c0de0000 b7b96453 7a2b03ab 7ba5389c e9331712 6b5d974d f30c6884"
     "dcb651c5 e120c1da"},
    {"920f123b decafbad cafebabe 0001e240 0000b26e 10000000 abababab abababab abababab abababab",
     "920f123b decafbad cafebabe cbf24c12 4330e1c8 c2de0000 599dd45b c9d687b6 03e8b59d 771fd38e 88b170e0 cd31e125"
     "eabe",
     "920f123b decafbad cafebabe dcb38c9e 48bf95f4 c2de0000 61ee432c f9203170 76613258 d3ce4236 c06ac429 681ad084"
     "13512dc9 8b5207d8"},
};

TEST_P(SrtpCryptex, Rfc9335AppendixA) {
  const auto run = [&](const crypto::SrtpKeys& keys, const char* Vector::*expected) {
    SrtpSession session(keys, config(Cryptex::kOn));
    for (const Vector& vector : kVectors) {
      PacketBuffer packet = pool.copy(fromHex(vector.plain));
      ASSERT_TRUE(session.protect(packet).ok());
      EXPECT_EQ(toBytes(packet.view()), fromHex(vector.*expected));
      ASSERT_TRUE(session.unprotect(packet).ok());
      EXPECT_EQ(toBytes(packet.view()), fromHex(vector.plain));
    }
  };
  run(keysOf(SrtpProfile::kAes128CmSha1_80, "e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6"),
      &Vector::counter);
  run(keysOf(SrtpProfile::kAeadAes128Gcm, "000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab"),
      &Vector::gcm);
}

Bytes packetWith(uint16_t sequence, size_t csrcs, const Bytes& block) {
  Bytes out = rtpPacket(7, sequence, Bytes(4 * csrcs + block.size() + 30, 0x77));
  out[0] = static_cast<uint8_t>(0x80 | (block.empty() ? 0 : 0x10) | csrcs);
  for (size_t i = 0; i < 4 * csrcs; ++i) out[12 + i] = static_cast<uint8_t>(0xc0 + i);
  for (size_t i = 0; i < block.size(); ++i) out[12 + 4 * csrcs + i] = block[i];
  return out;
}

const Bytes kOneByte = {0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0};
const Bytes kTwoByte = {0x10, 0, 0, 1, 1, 1, 0xaa, 0};
const Bytes kOther = {0xab, 0xcd, 0, 1, 1, 1, 0xaa, 0};

TEST_P(SrtpCryptex, CsrcsAloneGetAnEmptyBlock) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config(Cryptex::kRequired));
    const Bytes plain = packetWith(1, 3, {});
    PacketBuffer packet = pool.copy(plain);
    ASSERT_TRUE(session.protect(packet).ok());
    EXPECT_EQ(packet.size(), plain.size() + 4 + session.rtpOverhead());
    EXPECT_EQ(loadBe32(packet.data() + 24), 0xc0de0000u);
    EXPECT_FALSE(equalBytes(packet.view().subspan(12, 12), ByteView(plain).subspan(12, 12)));
    ASSERT_TRUE(session.unprotect(packet).ok());
    // RFC 9335 §5.2: the block that was added may stay.
    EXPECT_EQ(loadBe32(packet.data() + 24), 0xbede0000u);
    EXPECT_TRUE(equalBytes(packet.view().subspan(12, 12), ByteView(plain).subspan(12, 12)));
    EXPECT_TRUE(equalBytes(packet.view().subspan(28), ByteView(plain).subspan(24)));
  }
}

TEST_P(SrtpCryptex, ModesAgreeOrRefuse) {
  for (SrtpProfile profile : allProfiles()) {
    const crypto::SrtpKeys keys = loopKeys(profile, random);
    SrtpSession off(keys, config(Cryptex::kOff));
    SrtpSession on(keys, config(Cryptex::kOn));
    SrtpSession required(keys, config(Cryptex::kRequired));
    uint16_t sequence = 0;
    for (const Bytes& block : {Bytes(), kOneByte, kTwoByte, kOther}) {
      for (size_t csrcs : {size_t{0}, size_t{2}}) {
        const Bytes plain = packetWith(++sequence, csrcs, block);
        PacketBuffer packet = pool.copy(plain);
        ASSERT_TRUE(off.protect(packet).ok());
        const Bytes wire = toBytes(packet.view());
        // One that encrypts takes what a peer that does not has sent; one that insists takes it where nothing is plain.
        ASSERT_TRUE(on.unprotect(packet).ok());
        EXPECT_TRUE(equalBytes(packet.view(), plain));
        packet = pool.copy(wire);
        const bool bare = block.empty() && csrcs == 0;
        EXPECT_EQ(required.unprotect(packet).ok(), bare);
        if (!bare) {
          EXPECT_TRUE(equalBytes(packet.view(), wire));
        }
      }
    }
    EXPECT_EQ(required.stats().malformed, 7u);
  }
}

// RFC 9335 §5.1: other kinds of extension are left as they are, and so is a packet with nothing to hide.
TEST_P(SrtpCryptex, LeavesOtherExtensionsAlone) {
  for (SrtpProfile profile : allProfiles()) {
    const crypto::SrtpKeys keys = loopKeys(profile, random);
    SrtpSession off(keys, config(Cryptex::kOff));
    SrtpSession on(keys, config(Cryptex::kOn));
    uint16_t sequence = 0;
    for (const Bytes& plain : {packetWith(++sequence, 2, kOther), packetWith(++sequence, 0, {})}) {
      PacketBuffer one = pool.copy(plain), other = pool.copy(plain);
      ASSERT_TRUE(off.protect(one).ok());
      ASSERT_TRUE(on.protect(other).ok());
      EXPECT_TRUE(equalBytes(one.view(), other.view()));
    }
  }
}

TEST_P(SrtpCryptex, AnyChangedByteIsNoticedAndUndone) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config(Cryptex::kOn));
    PacketBuffer whole = pool.copy(packetWith(1, 2, kOneByte));
    ASSERT_TRUE(session.protect(whole).ok());
    for (size_t at = 0; at < whole.size(); ++at) {
      Bytes bytes = toBytes(whole.view());
      bytes[at] ^= 0x01;
      PacketBuffer packet = pool.copy(bytes);
      EXPECT_FALSE(session.unprotect(packet).ok()) << at;
      EXPECT_TRUE(equalBytes(packet.view(), bytes)) << at;
    }
    for (size_t size = 0; size < whole.size(); ++size) {
      PacketBuffer packet = pool.copy(whole.view().first(size));
      EXPECT_FALSE(session.unprotect(packet).ok()) << size;
      EXPECT_TRUE(equalBytes(packet.view(), whole.view().first(size))) << size;
    }
    EXPECT_TRUE(session.unprotect(whole).ok());
  }
}

TEST_P(SrtpCryptex, NeedsRoomForItsPrefix) {
  SrtpSession session(loopKeys(SrtpProfile::kAeadAes128Gcm, random), config(Cryptex::kOn));
  const Bytes plain = packetWith(1, 1, {});
  PacketBuffer packet = pool.allocate();
  ASSERT_NE(packet.prepend(PacketBuffer::kHeadroom - 3), nullptr);
  ASSERT_TRUE(packet.resize(plain.size()));
  std::copy(plain.begin(), plain.end(), packet.data());
  EXPECT_EQ(session.protect(packet).error().code(), ErrorCode::kLimit);
  EXPECT_TRUE(equalBytes(packet.view(), plain));
}

TEST_P(SrtpCryptex, GoesThroughBatches) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config(Cryptex::kRequired));
    std::vector<PacketBuffer> packets;
    for (uint16_t i = 0; i < 20; ++i)
      packets.push_back(pool.copy(packetWith(i, i % 3, i % 2 == 0 ? kOneByte : kTwoByte)));
    EXPECT_EQ(session.protect(packets), 20u);
    EXPECT_EQ(session.unprotect(packets), 20u);
    for (uint16_t i = 0; i < 20; ++i) {
      EXPECT_EQ(toBytes(packets[i].view()), packetWith(i, i % 3, i % 2 == 0 ? kOneByte : kTwoByte));
    }
  }
}

// Hidden, plain and mixed packets, with CSRCs and without, some of them changed or repeated on the way: batches give
// what single calls give, to the byte, in every mode of the receiver and of the sender.
TEST_P(SrtpCryptex, BatchesAreLikeSingleCalls) {
  const std::vector<Bytes> blocks = {kOneByte, {}, kTwoByte, kOther};
  for (SrtpProfile profile : allProfiles()) {
    const crypto::SrtpKeys keys = loopKeys(profile, random);
    for (Cryptex sends : {Cryptex::kOff, Cryptex::kAccepted, Cryptex::kOn}) {
      SrtpSession one(keys, config(sends)), many(keys, config(sends));
      std::vector<PacketBuffer> wire, together;
      for (uint16_t i = 0; i < 75; ++i) {
        const Bytes plain = packetWith(i, i % 5 == 0 ? 2 : 0, blocks[i % blocks.size()]);
        wire.push_back(pool.copy(plain));
        together.push_back(pool.copy(plain));
        ASSERT_TRUE(one.protect(wire.back()).ok());
      }
      EXPECT_EQ(many.protect(together), 75u);
      for (size_t i = 0; i < wire.size(); ++i) ASSERT_TRUE(equalBytes(wire[i].view(), together[i].view())) << i;
      for (size_t i = 3; i < wire.size(); i += 11) wire[i].data()[i % wire[i].size()] ^= 1;
      for (size_t i = 6; i < wire.size(); i += 13) wire[i] = pool.copy(wire[i - 2].view());
      for (Cryptex receives : {Cryptex::kOff, Cryptex::kAccepted, Cryptex::kOn, Cryptex::kRequired}) {
        SrtpSession single(keys, config(receives)), batch(keys, config(receives));
        together.clear();
        for (const PacketBuffer& packet : wire) together.push_back(pool.copy(packet.view()));
        std::array<SrtpOutcome, 75> outcomes;
        batch.unprotect(together, outcomes);
        for (size_t i = 0; i < wire.size(); ++i) {
          PacketBuffer packet = pool.copy(wire[i].view());
          const Result<void> result = single.unprotect(packet);
          ASSERT_EQ(result.ok(), !outcomes[i]) << i;
          if (outcomes[i]) {
            ASSERT_EQ(result.error().code(), *outcomes[i]) << i;
          }
          ASSERT_TRUE(equalBytes(packet.view(), together[i].view())) << i;
        }
        EXPECT_EQ(single.stats().rtpUnprotected, batch.stats().rtpUnprotected);
        EXPECT_EQ(single.stats().malformed, batch.stats().malformed);
        EXPECT_EQ(single.stats().unauthenticated, batch.stats().unauthenticated);
        EXPECT_EQ(single.stats().replayed, batch.stats().replayed);
      }
    }
  }
}

// What descriptions change while the call runs: plain goes on being taken, and what is hidden is taken before we hide.
TEST_P(SrtpCryptex, TheModeMayChange) {
  for (SrtpProfile profile : allProfiles()) {
    const crypto::SrtpKeys keys = loopKeys(profile, random);
    SrtpSession peer(keys, config(Cryptex::kOff)), us(keys, config(Cryptex::kAccepted));
    uint16_t sequence = 0;
    const auto carry = [&](SrtpSession& from, SrtpSession& to, bool hidden) {
      const Bytes plain = packetWith(++sequence, 2, kOneByte);
      PacketBuffer packet = pool.copy(plain);
      ASSERT_TRUE(from.protect(packet).ok());
      EXPECT_EQ(loadBe16(packet.data() + 20), hidden ? 0xc0deu : 0xbedeu);
      ASSERT_TRUE(to.unprotect(packet).ok());
      EXPECT_TRUE(equalBytes(packet.view(), plain));
    };
    carry(us, peer, false);
    carry(peer, us, false);
    peer.setCryptex(Cryptex::kOn);
    carry(peer, us, true);
    carry(us, peer, false);
    us.setCryptex(Cryptex::kOn);
    carry(us, peer, true);
    us.setCryptex(Cryptex::kAccepted);
    carry(us, peer, false);
    carry(peer, us, true);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
