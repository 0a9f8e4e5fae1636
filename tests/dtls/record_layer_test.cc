#include "dtls/record/record_layer.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::AeadAlgorithm;
using Outcome = RecordLayer::Outcome;

RecordKeys keys(Version version, AeadAlgorithm aead) {
  SeededRandom random(11);
  RecordKeys out;
  out.version = version;
  out.aead = aead;
  out.key = crypto::SecretBytes(crypto::keySize(aead));
  const bool salt = version == Version::kDtls12 && aead != AeadAlgorithm::kChaCha20Poly1305;
  out.iv = crypto::SecretBytes(salt ? size_t{4} : size_t{12});
  out.numberKey = crypto::SecretBytes(crypto::keySize(aead));
  random.fill(out.key.mutableView());
  random.fill(out.iv.mutableView());
  random.fill(out.numberKey.mutableView());
  return out;
}

class EachCipher : public testing::TestWithParam<std::tuple<Version, AeadAlgorithm>> {
 protected:
  EachCipher() {
    const auto [version, aead] = GetParam();
    epoch = version == Version::kDtls13 ? 3 : 1;
    sender.addWriteKeys(epoch, keys(version, aead));
    receiver.addReadKeys(epoch, keys(version, aead));
    receiver.refusePlaintext();  // else a changed epoch makes a plaintext record of it
  }
  PacketBuffer seal(ByteView payload) {
    PacketBuffer out = pool.allocate();
    EXPECT_TRUE(sender.write(ContentType::kApplicationData, epoch, payload, out));
    EXPECT_EQ(out.size(), payload.size() + sender.overhead(epoch));
    return out;
  }
  Outcome open(ByteView datagram, Bytes& payload) {
    Bytes copy = toBytes(datagram);
    MutableByteView rest = copy, raw;
    Record record;
    const Outcome outcome = receiver.read(rest, record, raw);
    payload = toBytes(record.payload);
    type = record.type;
    return outcome;
  }

  PacketPool pool;
  RecordLayer sender, receiver;
  uint64_t epoch = 0;
  ContentType type = ContentType::kAlert;
};

// A record that is made where its payload lies is the same as one that is written, also by the engine for many.
TEST_P(EachCipher, InPlaceIsTheSame) {
  const auto [version, aead] = GetParam();
  const auto engine = crypto::MultiBuffer::create();
  RecordLayer other(engine.get());
  other.addWriteKeys(epoch, keys(version, aead));
  for (size_t size = 0; size <= 1440; ++size) {
    PacketBuffer packet = pool.allocate();
    ASSERT_TRUE(packet.append(Bytes(size, 7)));
    ASSERT_TRUE(other.protect(ContentType::kApplicationData, epoch, packet));
    const PacketBuffer written = seal(Bytes(size, 7));
    ASSERT_EQ(toBytes(packet.view()), toBytes(written.view())) << size;
  }
}

TEST_P(EachCipher, InPlaceNeedsRoomAroundAndKeys) {
  PacketBuffer packet = pool.allocate();
  ASSERT_TRUE(packet.append(Bytes(100)));
  EXPECT_FALSE(sender.protect(ContentType::kApplicationData, epoch + 1, packet));
  EXPECT_FALSE(sender.protect(ContentType::kApplicationData, 0, packet)) << "in the clear";
  EXPECT_EQ(packet.size(), 100u);
  ASSERT_TRUE(packet.prepend(PacketBuffer::kHeadroom - 4));
  EXPECT_FALSE(sender.protect(ContentType::kApplicationData, epoch, packet)) << "in front";
  PacketBuffer full = pool.allocate();
  ASSERT_TRUE(full.resize(full.tailroom() - 15));
  EXPECT_FALSE(sender.protect(ContentType::kApplicationData, epoch, full)) << "behind";
}

TEST_P(EachCipher, RoundTripOfEverySize) {
  Bytes payload;
  for (size_t size = 0; size < 300; ++size) {
    const Bytes clear(size, static_cast<uint8_t>(size));
    const PacketBuffer packet = seal(clear);
    ASSERT_EQ(open(packet.view(), payload), Outcome::kRecord) << size;
    EXPECT_EQ(payload, clear);
    EXPECT_EQ(type, ContentType::kApplicationData);
    EXPECT_EQ(open(packet.view(), payload), Outcome::kReplayed);
  }
}

TEST_P(EachCipher, AnyChangedBitOrCutIsRefused) {
  const PacketBuffer packet = seal(asBytes("a tin can"));
  Bytes payload;
  for (size_t i = 0; i < packet.size() * 8; ++i) {
    Bytes changed = toBytes(packet.view());
    changed[i / 8] ^= static_cast<uint8_t>(1 << (i % 8));
    // The minor version of a 1.2 record is authenticated too; nothing is let through.
    EXPECT_NE(open(changed, payload), Outcome::kRecord) << i;
  }
  for (size_t cut = 1; cut < packet.size(); ++cut) EXPECT_NE(open(packet.view().first(cut), payload), Outcome::kRecord);
  EXPECT_EQ(open(packet.view(), payload), Outcome::kRecord);
}

TEST_P(EachCipher, SurvivesGapsAndReordering) {
  std::vector<Bytes> packets;
  for (int i = 0; i < 3000; ++i) packets.push_back(toBytes(seal(asBytes("x")).view()));
  Bytes payload;
  for (const size_t i : {size_t{0}, size_t{300}, size_t{299}, size_t{2900}, size_t{2899}, size_t{2850}, size_t{2999}}) {
    EXPECT_EQ(open(packets[i], payload), Outcome::kRecord) << i;
  }
  EXPECT_EQ(open(packets[301], payload), Outcome::kReplayed);  // older than the window
}

TEST_P(EachCipher, WritesNothingWithoutKeysOrRoom) {
  PacketBuffer out = pool.allocate();
  EXPECT_FALSE(sender.write(ContentType::kAlert, 7, asBytes("x"), out));
  EXPECT_FALSE(sender.write(ContentType::kAlert, epoch, Bytes(2000), out));
  EXPECT_EQ(out.size(), 0u);
  // A key that is added again does not start over.
  const uint64_t before = sender.written(epoch);
  sender.addWriteKeys(epoch, keys(Version::kDtls12, AeadAlgorithm::kAes128Gcm));
  EXPECT_EQ(sender.written(epoch), before);
}

INSTANTIATE_TEST_SUITE_P(All, EachCipher,
                         testing::Combine(testing::Values(Version::kDtls12, Version::kDtls13),
                                          testing::Values(AeadAlgorithm::kAes128Gcm, AeadAlgorithm::kAes256Gcm,
                                                          AeadAlgorithm::kChaCha20Poly1305)));

TEST(RecordLayer, PlaintextUntilRefused) {
  PacketPool pool;
  RecordLayer layer;
  PacketBuffer packet = pool.allocate();
  ASSERT_TRUE(layer.write(ContentType::kHandshake, 0, asBytes("hello"), packet));
  EXPECT_EQ(loadBe16(packet.data() + 1), kWireDtls10);
  layer.settleVersion();
  ASSERT_TRUE(layer.write(ContentType::kAlert, 0, asBytes("two"), packet));
  MutableByteView rest = packet.mutableView(), raw;
  Record record;
  EXPECT_EQ(layer.read(rest, record, raw), Outcome::kRecord);
  EXPECT_EQ(asText(record.payload), "hello");
  EXPECT_FALSE(record.authenticated);
  EXPECT_EQ(layer.read(rest, record, raw), Outcome::kRecord);
  EXPECT_EQ(asText(record.payload), "two");
  EXPECT_EQ(record.number.sequence, 1u);
  EXPECT_TRUE(rest.empty());
  layer.refusePlaintext();
  rest = packet.mutableView();
  EXPECT_EQ(layer.read(rest, record, raw), Outcome::kUnexpected);
}

}  // namespace
}  // namespace tincan::inline v0::dtls
