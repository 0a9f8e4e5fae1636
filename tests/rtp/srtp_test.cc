#include <memory>

#include <gtest/gtest.h>

#include "rtp/srtp_context.h"
#include "rtp/srtp_session.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

using crypto::Engine;
using crypto::SecretBytes;
using crypto::SrtpProfile;

crypto::MultiBuffer* multiBuffer() {
  static const std::unique_ptr<crypto::MultiBuffer> kOne = crypto::MultiBuffer::create();
  return kOne.get();
}

/// Every test runs on each engine that is there.
class Srtp : public testing::TestWithParam<Engine> {
 protected:
  crypto::MultiBuffer* engine() const { return GetParam() == Engine::kAuto ? multiBuffer() : nullptr; }
  SrtpConfig config() const { return {GetParam(), multiBuffer(), 64, 1024}; }
  PacketPool pool;
  SeededRandom random{11};
};
INSTANTIATE_TEST_SUITE_P(Engines, Srtp, testing::Values(Engine::kAuto, Engine::kLibcrypto),
                         [](const auto& one) { return one.param == Engine::kAuto ? "Auto" : "Libcrypto"; });

TEST(SrtpVectors, Rfc3711AppendixB2) {
  const Bytes key = fromHex("2B7E151628AED2A6ABF7158809CF4F3C");
  Bytes iv = fromHex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
  const Bytes first =
      fromHex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0");
  Bytes out(first.size());
  crypto::aesCounterStream(key, iv.data(), out);
  EXPECT_EQ(out, first);
  const Bytes last =
      fromHex("EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44");
  storeBe16(iv.data() + 14, 0xfeff);
  crypto::aesCounterStream(key, iv.data(), out);
  EXPECT_EQ(out, last);
  for (crypto::MultiBuffer* engine : {multiBuffer(), static_cast<crypto::MultiBuffer*>(nullptr)}) {
    Bytes text(last.size(), 0);
    crypto::PacketCtrHmac(key, key, engine).crypt(iv.data(), text);
    EXPECT_EQ(text, last);
  }
}

TEST(SrtpVectors, Rfc3711AppendixB3) {
  const Bytes key = fromHex("E1F97A0D3E018BE0D64FA32C06DE4139");
  const Bytes salt = fromHex("0EC675AD498AFEEBB6960B3AABE6");
  const auto derived = [&](uint8_t label, size_t size) {
    Bytes out(size);
    deriveSrtpKey(key, salt, label, out);
    return out;
  };
  EXPECT_EQ(derived(0, 16), fromHex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(derived(2, 14), fromHex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(derived(1, 94),
            fromHex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098"
                    "6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2"));
}

TEST(SrtpVectors, Rfc6188KeyStream) {  // §7.1
  const Bytes key = fromHex("57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98");
  Bytes iv = fromHex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
  const Bytes first =
      fromHex("92bdd28a93c3f52511c677d08b5515a4 9da71b2378a854f67050756ded165bac 63c4868b7096d88421b563b8c94c9a31");
  const Bytes last =
      fromHex("cea518c90fd91ced9cbb18c078a54711 3dbc4814f4da5f00a08772b63c6a046d 6eb246913062a16891433e97dd01a57f");
  for (crypto::MultiBuffer* engine : {multiBuffer(), static_cast<crypto::MultiBuffer*>(nullptr)}) {
    const crypto::PacketCtrHmac cipher(key, key, engine);
    Bytes text(first.size(), 0);
    cipher.crypt(iv.data(), text);
    EXPECT_EQ(text, first);
    Bytes end = iv;
    storeBe16(end.data() + 14, 0xfeff);
    text.assign(last.size(), 0);
    cipher.crypt(end.data(), text);
    EXPECT_EQ(text, last);
  }
}

TEST(SrtpVectors, Rfc6188KeyDerivation) {  // §7.2
  const Bytes key = fromHex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6");
  const Bytes salt = fromHex("3b04803de51ee7c96423ab5b78d2");
  const SrtpSessionKeys keys = SrtpSessionKeys::derive(SrtpProfile::kAes256CmSha1_80, SrtpUse::kRtp, key, salt);
  EXPECT_EQ(toBytes(keys.cipher.view()), fromHex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4"));
  EXPECT_EQ(toBytes(keys.salt.view()), fromHex("fa31791685ca444a9e07c6c64e93"));
  EXPECT_EQ(toBytes(keys.mac.view()), fromHex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"));
}

TEST_P(Srtp, Rfc7714Vectors) {
  const struct {
    SrtpProfile profile;
    const char* key;
    const char* rtp;
    const char* rtcp;
  } kVectors[] = {
      {SrtpProfile::kAeadAes128Gcm, "000102030405060708090a0b0c0d0e0f",  // §16.1, §17.1
       "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf"
       "8833899d 7f27beb1 6a9152cf 765ee439 0cce",
       "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded"
       "0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"},
      {SrtpProfile::kAeadAes256Gcm, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",  // §16.2, §17.2
       "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799"
       "b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
       "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047"
       "6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4"},
  };
  const Bytes rtp = fromHex(
      "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070"
      "61727465 73207472 6573");
  const Bytes rtcp = fromHex(
      "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef"
      "deadbeef deadbeef deadbeef");
  const Bytes salt = fromHex("51756964 2070726f 2071756f");
  for (const auto& vector : kVectors) {
    const auto context = [&](SrtpUse use) {
      SrtpSessionKeys keys{SecretBytes(fromHex(vector.key)), {}, SecretBytes(salt)};
      return SrtpContext(vector.profile, use, std::move(keys), engine());
    };
    Bytes packet = rtp;
    packet.resize(rtp.size() + 16);
    const MutableByteView text = MutableByteView(packet).first(rtp.size());
    const SrtpContext forRtp = context(SrtpUse::kRtp);
    ASSERT_TRUE(forRtp.seal(text, 12, 0x5501a0b2, 0xf17b, {}, packet.data() + rtp.size()));
    EXPECT_EQ(packet, fromHex(vector.rtp));
    ASSERT_TRUE(forRtp.open(text, 12, 0x5501a0b2, 0xf17b, {}, packet.data() + rtp.size()));
    EXPECT_TRUE(equalBytes(text, rtp));

    packet = rtcp;
    packet.resize(rtcp.size() + 16);
    const Bytes trailer = fromHex("800005d4");
    const SrtpContext forRtcp = context(SrtpUse::kRtcp);
    ASSERT_TRUE(forRtcp.seal(MutableByteView(packet).first(rtcp.size()), 8, 0x4d617273, 0x5d4, trailer,
                             packet.data() + rtcp.size()));
    packet.insert(packet.end(), trailer.begin(), trailer.end());
    EXPECT_EQ(packet, fromHex(vector.rtcp));
  }
}

TEST_P(Srtp, ProtectsAndUnprotectsBothKinds) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    EXPECT_EQ(session.isAccelerated(), engine() != nullptr);
    for (size_t size : {0, 1, 15, 16, 17, 160, 1200}) {
      const Bytes plain = rtpPacket(1, static_cast<uint16_t>(size), Bytes(size, 0x33));
      PacketBuffer packet = pool.copy(plain);
      ASSERT_TRUE(session.protect(packet).ok());
      EXPECT_EQ(packet.size(), plain.size() + session.rtpOverhead());
      if (size >= 15) {
        EXPECT_FALSE(equalBytes(packet.view().subspan(12, size), Bytes(size, 0x33)));
      }
      ASSERT_TRUE(session.unprotect(packet).ok());
      EXPECT_TRUE(equalBytes(packet.view(), plain));
    }
    for (size_t words : {0, 1, 5, 100}) {
      const Bytes plain = rtcpPacket(1, words);
      PacketBuffer packet = pool.copy(plain);
      ASSERT_TRUE(session.protectRtcp(packet).ok());
      EXPECT_EQ(packet.size(), plain.size() + session.rtcpOverhead());
      ASSERT_TRUE(session.unprotectRtcp(packet).ok());
      EXPECT_TRUE(equalBytes(packet.view(), plain));
    }
  }
}

// A26: every length from 0 to 64, of zeros, of noise and of what starts like RTP or RTCP.
TEST_P(Srtp, ShortPacketsOfEveryLengthAreDroppedUnchanged) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    for (size_t size = 0; size <= 64; ++size) {
      for (int kind = 0; kind < 6; ++kind) {
        Bytes bytes(size, 0);
        if (kind >= 2) random.fill(bytes);
        if (size > 1 && kind >= 1) bytes[0] = static_cast<uint8_t>(kind == 5 ? 0x9f : 0x80);
        if (size > 1 && kind % 2 == 0) bytes[1] = 200;
        PacketBuffer packet = pool.copy(bytes);
        EXPECT_FALSE(session.unprotect(packet).ok()) << size;
        EXPECT_TRUE(equalBytes(packet.view(), bytes));
        EXPECT_FALSE(session.unprotectRtcp(packet).ok()) << size;
        EXPECT_TRUE(equalBytes(packet.view(), bytes));
      }
    }
    EXPECT_EQ(session.stats().rtpUnprotected + session.stats().rtcpUnprotected, 0u);
    PacketBuffer none;
    EXPECT_EQ(session.protect(none).error().code(), ErrorCode::kMalformed);
    EXPECT_EQ(session.unprotect(none).error().code(), ErrorCode::kMalformed);
    EXPECT_EQ(session.protectRtcp(none).error().code(), ErrorCode::kMalformed);
    EXPECT_EQ(session.unprotectRtcp(none).error().code(), ErrorCode::kMalformed);
  }
}

TEST_P(Srtp, EveryTruncationIsRefusedUnchanged) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    for (bool rtcp : {false, true}) {
      PacketBuffer whole = pool.copy(rtcp ? rtcpPacket(1, 4) : rtpPacket(1, 1, Bytes(20, 1)));
      ASSERT_TRUE((rtcp ? session.protectRtcp(whole) : session.protect(whole)).ok());
      for (size_t size = 0; size < whole.size(); ++size) {
        const Bytes bytes = toBytes(whole.view().first(size));
        PacketBuffer packet = pool.copy(bytes);
        EXPECT_FALSE((rtcp ? session.unprotectRtcp(packet) : session.unprotect(packet)).ok()) << size;
        EXPECT_TRUE(equalBytes(packet.view(), bytes)) << size;
      }
      EXPECT_TRUE((rtcp ? session.unprotectRtcp(whole) : session.unprotect(whole)).ok());
    }
  }
}

// A30 and the promise that a packet which fails is as it was: each byte changed in turn.
TEST_P(Srtp, AnyChangedByteIsNoticedAndUndone) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    for (bool rtcp : {false, true}) {
      PacketBuffer whole = pool.copy(rtcp ? rtcpPacket(1, 12) : rtpPacket(1, 1, Bytes(45, 1)));
      ASSERT_TRUE((rtcp ? session.protectRtcp(whole) : session.protect(whole)).ok());
      for (size_t at = 0; at < whole.size(); ++at) {
        for (uint8_t bit : {0x01, 0x80}) {
          Bytes bytes = toBytes(whole.view());
          bytes[at] ^= bit;
          PacketBuffer packet = pool.copy(bytes);
          EXPECT_FALSE((rtcp ? session.unprotectRtcp(packet) : session.unprotect(packet)).ok()) << at;
          EXPECT_TRUE(equalBytes(packet.view(), bytes)) << at;
        }
      }
      EXPECT_TRUE((rtcp ? session.unprotectRtcp(whole) : session.unprotect(whole)).ok());
    }
  }
}

// A27: replays and bad tags by the thousand; the stream goes on.
TEST_P(Srtp, ReplaysAndForgeriesLeaveTheStreamAlone) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    PacketBuffer first = pool.copy(rtpPacket(1, 100, Bytes(50, 2)));
    ASSERT_TRUE(session.protect(first).ok());
    const Bytes wire = toBytes(first.view());
    ASSERT_TRUE(session.unprotect(first).ok());
    for (int i = 0; i < 2000; ++i) {
      PacketBuffer replay = pool.copy(wire);
      EXPECT_EQ(session.unprotect(replay).error().code(), ErrorCode::kReplayed);
      Bytes forged = wire;
      storeBe16(forged.data() + 2, static_cast<uint16_t>(101 + i * 31));
      storeBe32(forged.data() + 8, i % 2 == 0 ? 1 : random.u32());
      PacketBuffer forgery = pool.copy(forged);
      const ErrorCode code = session.unprotect(forgery).error().code();
      EXPECT_TRUE(code == ErrorCode::kUnauthenticated || code == ErrorCode::kReplayed);
      EXPECT_TRUE(equalBytes(forgery.view(), forged));
    }
    EXPECT_GE(session.stats().replayed, 2000u);
    EXPECT_GE(session.stats().unauthenticated, 1900u);
    PacketBuffer second = pool.copy(rtpPacket(1, 101, Bytes(50, 2)));
    ASSERT_TRUE(session.protect(second).ok());
    EXPECT_TRUE(session.unprotect(second).ok());
  }
}

// A28
TEST_P(Srtp, PlainRtpAndRtcpNeverPass) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    for (int i = 0; i < 100; ++i) {
      PacketBuffer rtp = pool.copy(rtpPacket(1, static_cast<uint16_t>(i), Bytes(random.below(300), 1)));
      EXPECT_FALSE(session.unprotect(rtp).ok());
      PacketBuffer rtcp = pool.copy(rtcpPacket(1, random.below(50)));
      EXPECT_FALSE(session.unprotectRtcp(rtcp).ok());
    }
  }
}

TEST_P(Srtp, RtcpThatSaysItIsPlainIsRefused) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    PacketBuffer packet = pool.copy(rtcpPacket(1, 3));
    ASSERT_TRUE(session.protectRtcp(packet).ok());
    const size_t tag = session.rtcpOverhead() - 4;
    const size_t word = packet.size() - (crypto::isGcm(profile) ? 4 : 4 + tag);
    EXPECT_EQ(packet.view()[word], 0x80);
    packet.data()[word] = 0;
    EXPECT_EQ(session.unprotectRtcp(packet).error().code(), ErrorCode::kMalformed);
  }
}

TEST_P(Srtp, RtpAndRtcpKeysDiffer) {
  SrtpSession session(loopKeys(SrtpProfile::kAeadAes128Gcm, random), config());
  PacketBuffer packet = pool.copy(rtcpPacket(1, 30));
  ASSERT_TRUE(session.protectRtcp(packet).ok());
  EXPECT_FALSE(session.unprotect(packet).ok());
}

TEST_P(Srtp, AnIndexIsNeverSentTwice) {
  for (SrtpProfile profile : allProfiles()) {
    SrtpSession session(loopKeys(profile, random), config());
    PacketBuffer packet = pool.copy(rtpPacket(1, 2000, Bytes(9, 9)));
    ASSERT_TRUE(session.protect(packet).ok());
    PacketBuffer again = pool.copy(rtpPacket(1, 2000, Bytes(9, 8)));
    EXPECT_EQ(session.protect(again).error().code(), ErrorCode::kReplayed);
    EXPECT_EQ(again.size(), 21u);
    PacketBuffer old = pool.copy(rtpPacket(1, 2000 - 1024, Bytes(9, 8)));
    EXPECT_EQ(session.protect(old).error().code(), ErrorCode::kReplayed);
    PacketBuffer reordered = pool.copy(rtpPacket(1, 2000 - 1023, Bytes(9, 8)));
    EXPECT_TRUE(session.protect(reordered).ok());
    PacketBuffer other = pool.copy(rtpPacket(2, 2000, Bytes(9, 8)));
    EXPECT_TRUE(session.protect(other).ok());
  }
}

// A29: the last index of a key, and none after it.
TEST_P(Srtp, ExhaustedKeysRefuse) {
  for (SrtpProfile profile : allProfiles()) {
    const crypto::SrtpKeys keys = loopKeys(profile, random);
    SrtpSession session(keys, config());
    ASSERT_TRUE(session.resumeLocal(Ssrc(1), 0xffffffff, 0xfffe));
    ASSERT_TRUE(session.resumeRemote(Ssrc(1), 0xffffffff, 0xfffe));
    PacketBuffer last = pool.copy(rtpPacket(1, 0xffff, Bytes(9, 9)));
    ASSERT_TRUE(session.protect(last).ok());
    ASSERT_TRUE(session.unprotect(last).ok());
    const Bytes plain = rtpPacket(1, 0, Bytes(9, 9));
    PacketBuffer over = pool.copy(plain);
    EXPECT_EQ(session.protect(over).error().code(), ErrorCode::kLimit);
    EXPECT_TRUE(equalBytes(over.view(), plain));
    PacketBuffer padded = pool.copy(rtpPacket(1, 0, Bytes(30, 9)));
    EXPECT_EQ(session.unprotect(padded).error().code(), ErrorCode::kLimit);

    ASSERT_TRUE(session.resumeLocalRtcp(Ssrc(1), 0x7ffffffe));
    PacketBuffer lastRtcp = pool.copy(rtcpPacket(1, 2));
    ASSERT_TRUE(session.protectRtcp(lastRtcp).ok());
    ASSERT_TRUE(session.unprotectRtcp(lastRtcp).ok());
    PacketBuffer overRtcp = pool.copy(rtcpPacket(1, 2));
    EXPECT_EQ(session.protectRtcp(overRtcp).error().code(), ErrorCode::kLimit);
    EXPECT_EQ(overRtcp.size(), 16u);
  }
}

TEST_P(Srtp, ForgedSsrcsTakeNoPlace) {
  SrtpConfig small = config();
  small.receiveSsrcs = 2;
  SrtpSession session(loopKeys(SrtpProfile::kAeadAes128Gcm, random), small);
  for (int i = 0; i < 10'000; ++i) {
    PacketBuffer forgery = pool.copy(rtpPacket(random.u32(), 1, Bytes(40, 0)));
    EXPECT_EQ(session.unprotect(forgery).error().code(), ErrorCode::kUnauthenticated);
  }
  for (uint32_t ssrc = 1; ssrc <= 5; ++ssrc) {
    PacketBuffer packet = pool.copy(rtpPacket(ssrc, 65000, Bytes(40, 0)));
    ASSERT_TRUE(session.protect(packet).ok());
    const Bytes wire = toBytes(packet.view());
    EXPECT_TRUE(session.unprotect(packet).ok());
    for (uint32_t old = 1; old <= ssrc; ++old) {
      PacketBuffer replay = pool.copy(wire);
      EXPECT_EQ(session.unprotect(replay).error().code(), ErrorCode::kReplayed);
    }
  }
}

TEST_P(Srtp, NoTailroomIsARefusal) {
  SrtpSession session(loopKeys(SrtpProfile::kAeadAes128Gcm, random), config());
  const size_t most = PacketBuffer::kCapacity - PacketBuffer::kHeadroom;
  PacketBuffer packet = pool.copy(rtpPacket(1, 1, Bytes(most - 12 - 15, 1)));
  EXPECT_EQ(session.protect(packet).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(packet.size(), most - 15);
  packet = pool.copy(rtpPacket(1, 1, Bytes(most - 12 - 16, 1)));
  EXPECT_TRUE(session.protect(packet).ok());
}

TEST_P(Srtp, KeysOfTheWrongSizeProtectNothing) {
  for (SrtpProfile profile : allProfiles()) {
    crypto::SrtpKeys keys = loopKeys(profile, random);
    keys.localKey = SecretBytes(size_t{15});
    keys.remoteSalt = SecretBytes();
    SrtpSession session(keys, config());
    const Bytes plain = rtpPacket(1, 1, Bytes(60, 1));
    PacketBuffer packet = pool.copy(plain);
    EXPECT_FALSE(session.protect(packet).ok());
    EXPECT_TRUE(equalBytes(packet.view(), plain));
    EXPECT_FALSE(session.unprotect(packet).ok());
    PacketBuffer rtcp = pool.copy(rtcpPacket(1, 10));
    EXPECT_FALSE(session.protectRtcp(rtcp).ok());
    EXPECT_FALSE(session.unprotectRtcp(rtcp).ok());
  }
}

TEST(SrtpSessionEngine, MakesItsOwnAndMoves) {
  SeededRandom random(1);
  PacketPool pool;
  SrtpSession first(loopKeys(SrtpProfile::kAeadAes128Gcm, random));
  SrtpSession session(std::move(first));
  EXPECT_EQ(session.isAccelerated(), multiBuffer() != nullptr);
  PacketBuffer packet = pool.copy(rtpPacket(1, 1, Bytes(60, 1)));
  ASSERT_TRUE(session.protect(packet).ok());
  EXPECT_TRUE(session.unprotect(packet).ok());
}

}  // namespace
}  // namespace tincan::inline v0::rtp
