#include "stun/message.h"

#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

#include "stun/crc32.h"
#include "stun/message_writer.h"
#include "stun/response.h"
#include "tests/stun/vectors.h"

namespace tincan::inline v0::stun {
namespace {

using testing::kPassword;
using testing::kSampleIpv4Response;
using testing::kSampleIpv6Response;
using testing::kSampleLongTermRequest;
using testing::kSampleRequest;

const TransactionId kId = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

// In a block of its own exact size, so that the address sanitizer sees a read past the end.
bool parses(ByteView bytes) {
  const std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  Message message;
  return Message::parse({exact.get(), bytes.size()}, message);
}

Message parsed(ByteView bytes) {
  Message message;
  EXPECT_TRUE(Message::parse(bytes, message));
  return message;
}

TEST(Rfc5769, SampleRequest) {
  const Message m = parsed(kSampleRequest);
  EXPECT_EQ(m.messageClass(), Class::kRequest);
  EXPECT_EQ(m.method(), Method::kBinding);
  EXPECT_EQ(m.text(AttributeType::kSoftware), "STUN test client");
  EXPECT_EQ(m.u32(AttributeType::kPriority), 0x6e0001ffu);
  EXPECT_EQ(m.u64(AttributeType::kIceControlled), 0x932ff9b151263b36u);
  EXPECT_EQ(m.text(AttributeType::kUsername), "evtj:h6vY");
  EXPECT_TRUE(m.hasFingerprint());
  EXPECT_EQ(m.checkIntegrity(IntegrityKey::shortTerm(kPassword)), IntegrityCheck::kValid);
  EXPECT_EQ(m.checkIntegrity(IntegrityKey::shortTerm("VOkJxbRl1RmTxUk/WvJxBu")), IntegrityCheck::kWrong);
}

TEST(Rfc5769, SampleIpv4Response) {
  const Message m = parsed(kSampleIpv4Response);
  EXPECT_EQ(m.messageClass(), Class::kSuccess);
  EXPECT_EQ(m.mappedAddress()->toString(), "192.0.2.1:32853");
  EXPECT_EQ(m.text(AttributeType::kSoftware), "test vector");
  EXPECT_EQ(m.checkIntegrity(IntegrityKey::shortTerm(kPassword)), IntegrityCheck::kValid);
}

TEST(Rfc5769, SampleIpv6Response) {
  const Message m = parsed(kSampleIpv6Response);
  EXPECT_EQ(m.mappedAddress()->toString(), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  EXPECT_EQ(m.checkIntegrity(IntegrityKey::shortTerm(kPassword)), IntegrityCheck::kValid);
}

TEST(Rfc5769, SampleRequestWithLongTermAuthentication) {
  const Message m = parsed(kSampleLongTermRequest);
  EXPECT_EQ(m.text(AttributeType::kNonce), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(m.text(AttributeType::kRealm), "example.org");
  const auto key = IntegrityKey::longTerm(m.text(AttributeType::kUsername), "example.org", "TheMatrIX");
  EXPECT_EQ(m.checkIntegrity(key), IntegrityCheck::kValid);
}

// A05
TEST(Hostile, EveryTruncationIsRejected) {
  for (const Bytes& vector : {kSampleRequest, kSampleIpv4Response, kSampleIpv6Response, kSampleLongTermRequest}) {
    for (size_t size = 0; size < vector.size(); ++size) EXPECT_FALSE(parses(ByteView(vector).first(size))) << size;
    Bytes longer = vector;
    longer.push_back(0);
    EXPECT_FALSE(parses(longer));
  }
}

// A05: truncated, but with a header whose length says so.
TEST(Hostile, TruncationWithAMatchingHeaderNeverAuthenticates) {
  for (const Bytes& vector : {kSampleRequest, kSampleIpv4Response, kSampleIpv6Response, kSampleLongTermRequest}) {
    for (size_t size = kHeaderSize; size < vector.size(); size += 4) {
      Bytes cut(vector.begin(), vector.begin() + static_cast<ptrdiff_t>(size));
      storeBe16(cut.data() + 2, static_cast<uint16_t>(size - kHeaderSize));
      Message m;
      if (!Message::parse(cut, m)) continue;
      // Without the last 8 bytes the §2.1 to §2.3 messages are whole ones that merely lack FINGERPRINT.
      const bool onlyFingerprintGone = size + 8 == vector.size() && m.has(AttributeType::kMessageIntegrity);
      if (!onlyFingerprintGone) {
        EXPECT_NE(m.checkIntegrity(IntegrityKey::shortTerm(kPassword)), IntegrityCheck::kValid) << size;
      }
    }
  }
}

// A05
TEST(Hostile, EveryLengthOffByOneIsRejected) {
  for (const Bytes& vector : {kSampleRequest, kSampleIpv4Response, kSampleIpv6Response}) {
    std::vector<size_t> lengths = {2};
    const Message whole = parsed(vector);
    for (const auto& a : whole.attributes()) lengths.push_back(a.offset - 2u);
    for (const size_t at : lengths) {
      for (const int delta : {-4, -1, 1, 4}) {
        Bytes bad = vector;
        storeBe16(bad.data() + at, static_cast<uint16_t>(loadBe16(bad.data() + at) + delta));
        EXPECT_FALSE(parses(bad)) << at << " " << delta;
      }
    }
  }
}

// A flipped bit breaks the grammar, the CRC or the MAC. What flips in the FINGERPRINT attribute's own type leaves a
// whole message that merely has none.
TEST(Hostile, NoFlippedBitAuthenticates) {
  const auto key = IntegrityKey::shortTerm(kPassword);
  const size_t fingerprint = kSampleRequest.size() - 8;
  for (size_t bit = 0; bit < kSampleRequest.size() * 8; ++bit) {
    Bytes bad = kSampleRequest;
    bad[bit / 8] = static_cast<uint8_t>(bad[bit / 8] ^ 1 << bit % 8);
    Message m;
    if (!Message::parse(bad, m)) continue;
    EXPECT_FALSE(m.hasFingerprint()) << bit;
    const bool typeOfFingerprint = bit / 8 == fingerprint || bit / 8 == fingerprint + 1;
    EXPECT_EQ(m.checkIntegrity(key) == IntegrityCheck::kValid, typeOfFingerprint) << bit;
  }
}

Bytes withAttributes(size_t count) {
  Bytes out(4096);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  for (size_t i = 0; i < count; ++i) writer.u32(static_cast<AttributeType>(0x9000 + i), 7);
  out.resize(writer.size());
  return out;
}

// LIMITS B01
TEST(Hostile, SixtyFourAttributesAndNoMore) {
  EXPECT_TRUE(parses(withAttributes(kMaxAttributes)));
  EXPECT_FALSE(parses(withAttributes(kMaxAttributes + 1)));
}

// The bound holds for attributes that are not listed either.
TEST(Hostile, AttributesBehindIntegrityCountToo) {
  Bytes out(4096);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  writer.integrity(IntegrityKey::shortTerm(kPassword));
  for (size_t i = 0; i < kMaxAttributes; ++i) writer.u32(AttributeType::kPriority, 7);
  out.resize(writer.size());
  EXPECT_FALSE(parses(out));
}

// A04
TEST(Hostile, AttributesBehindIntegrityAreIgnored) {
  const auto key = IntegrityKey::shortTerm(kPassword);
  Bytes out(512);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  writer.text(AttributeType::kUsername, "a:b").integrity(key);
  writer.flag(AttributeType::kUseCandidate)
      .u32(AttributeType::kPriority, 1)
      .integrity(IntegrityKey::shortTerm("other"));
  writer.fingerprint();
  const Message m = parsed(writer.written());
  EXPECT_FALSE(m.has(AttributeType::kUseCandidate));
  EXPECT_FALSE(m.has(AttributeType::kPriority));
  EXPECT_TRUE(m.hasFingerprint());
  EXPECT_EQ(m.checkIntegrity(key), IntegrityCheck::kValid);
}

// RFC 8489 §14.7: the CRC is right and the header's length counts both attributes, so that the order alone is wrong.
TEST(Hostile, FingerprintMustBeLast) {
  const auto message = [](bool fingerprintLast) {
    const auto fingerprint = static_cast<uint16_t>(AttributeType::kFingerprint);
    const auto priority = static_cast<uint16_t>(AttributeType::kPriority);
    ByteBuilder out;
    out.u16(0x0001).u16(16).u32(kMagicCookie).bytes(kId);
    if (fingerprintLast) out.u16(priority).u16(4).u32(1);
    const uint32_t crc = crc32(out.view()) ^ kFingerprintXor;
    out.u16(fingerprint).u16(4).u32(crc);
    if (!fingerprintLast) out.u16(priority).u16(4).u32(1);
    return out.take();
  };
  EXPECT_TRUE(parses(message(true)));
  EXPECT_FALSE(parses(message(false)));
}

TEST(Hostile, IntegrityOfTheWrongSize) {
  for (const size_t size : {0u, 16u, 19u, 21u, 32u}) {
    Bytes out(512);
    MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
    writer.bytes(AttributeType::kMessageIntegrity, Bytes(size));
    EXPECT_FALSE(parses(writer.written())) << size;
  }
}

TEST(Hostile, AddressesOfTheWrongSizeOrFamilyAreNone) {
  for (const Bytes& value : {Bytes{}, Bytes{0, 1}, Bytes{0, 1, 0, 80, 1, 2, 3}, Bytes{0, 1, 0, 80, 1, 2, 3, 4, 5},
                             Bytes{0, 2, 0, 80, 1, 2, 3, 4}, Bytes{0, 3, 0, 80, 1, 2, 3, 4}}) {
    Bytes out(512);
    MessageWriter writer(out, Class::kSuccess, Method::kBinding, kId);
    writer.bytes(AttributeType::kXorMappedAddress, value);
    EXPECT_EQ(parsed(writer.written()).mappedAddress(), std::nullopt);
  }
}

// RFC 8489 §5, RFC 7983 §7: what does not look like STUN is none, though its lengths fit.
TEST(Hostile, OtherCookiesAndFirstBytesAreNoStun) {
  Bytes out(kHeaderSize);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  ASSERT_TRUE(parses(out));
  for (size_t at = 4; at < 8; ++at) {
    Bytes bad = out;
    bad[at] ^= 1;
    EXPECT_FALSE(parses(bad)) << at;
  }
  for (const uint8_t first : {4, 20, 63, 64, 128, 255}) {
    Bytes bad = out;
    bad[0] = first;
    EXPECT_FALSE(parses(bad)) << int{first};
  }
}

TEST(Hostile, NumbersOfTheWrongSizeAreNone) {
  for (const size_t size : {0u, 1u, 3u, 4u, 5u, 7u, 8u, 9u, 16u}) {
    Bytes out(512);
    MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
    writer.bytes(AttributeType::kPriority, Bytes(size)).bytes(AttributeType::kIceControlled, Bytes(size));
    const Message m = parsed(writer.written());
    EXPECT_EQ(m.u32(AttributeType::kPriority).has_value(), size == 4) << size;
    EXPECT_EQ(m.u64(AttributeType::kIceControlled).has_value(), size == 8) << size;
  }
}

TEST(Message, MappedAddressOfAnOldServer) {
  Bytes out(512);
  MessageWriter writer(out, Class::kSuccess, Method::kBinding, kId);
  const SocketAddress address{IpAddress::v4(198, 51, 100, 7), 4242};
  writer.address(AttributeType::kMappedAddress, address);
  EXPECT_EQ(parsed(writer.written()).mappedAddress(), address);
}

TEST(Message, ErrorCodes) {
  Bytes out(512);
  MessageWriter writer(out, Class::kError, Method::kBinding, kId);
  writer.errorCode(ErrorNumber::kRoleConflict, "Role Conflict");
  const Message m = parsed(writer.written());
  const auto error = m.errorCode();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->number, 487);
  EXPECT_EQ(error->reason, "Role Conflict");
  for (const Bytes& bad : {Bytes{0, 0, 2, 0}, Bytes{0, 0, 7, 0}, Bytes{0, 0, 4, 100}, Bytes{0, 0, 4}}) {
    MessageWriter other(out, Class::kError, Method::kBinding, kId);
    other.bytes(AttributeType::kErrorCode, bad);
    EXPECT_FALSE(parsed(other.written()).errorCode());
  }
}

// RFC 7983 §7 leaves STUN the first bytes 0 to 3, and so the methods up to 0x0FF.
TEST(Message, EveryMethodAndClassRoundTrips) {
  for (uint16_t method = 0; method < 0x100; ++method) {
    for (const Class c : {Class::kRequest, Class::kIndication, Class::kSuccess, Class::kError}) {
      Bytes out(kHeaderSize);
      MessageWriter writer(out, c, static_cast<Method>(method), kId);
      const Message m = parsed(writer.written());
      ASSERT_EQ(m.messageClass(), c);
      ASSERT_EQ(m.method(), static_cast<Method>(method));
      ASSERT_EQ(m.transactionId(), kId);
    }
  }
}

TEST(Message, RewritesTheSampleRequestByteForByteBesidesItsPadding) {
  const Message m = parsed(kSampleRequest);
  Bytes out(512);
  MessageWriter writer(out, m.messageClass(), m.method(), m.transactionId());
  writer.text(AttributeType::kSoftware, "STUN test client")
      .u32(AttributeType::kPriority, 0x6e0001ff)
      .u64(AttributeType::kIceControlled, 0x932ff9b151263b36)
      .text(AttributeType::kUsername, "evtj:h6vY")
      .integrity(IntegrityKey::shortTerm(kPassword))
      .fingerprint();
  ASSERT_EQ(writer.size(), kSampleRequest.size());
  // Up to the username's padding, which the RFC fills with spaces and we with zeros.
  EXPECT_TRUE(equalBytes(writer.written().first(73), ByteView(kSampleRequest).first(73)));
  EXPECT_EQ(parsed(writer.written()).checkIntegrity(IntegrityKey::shortTerm(kPassword)), IntegrityCheck::kValid);
}

TEST(Message, WriterThatRunsOutOfRoomSaysSo) {
  for (size_t room = 0; room < kSampleRequest.size(); ++room) {
    Bytes out(room);
    MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
    writer.text(AttributeType::kSoftware, "STUN test client")
        .u32(AttributeType::kPriority, 1)
        .xorAddress(AttributeType::kXorMappedAddress, {IpAddress::v4(1, 2, 3, 4), 5})
        .text(AttributeType::kUsername, "evtj:h6vY")
        .integrity(IntegrityKey::shortTerm(kPassword))
        .fingerprint();
    EXPECT_FALSE(writer.ok()) << room;
  }
}

TEST(Message, UnknownRequiredAttributes) {
  Bytes out(512);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  writer.u32(static_cast<AttributeType>(0x7123), 1)
      .u32(static_cast<AttributeType>(0xC057), 1)
      .u32(AttributeType::kPriority, 1)
      .u32(static_cast<AttributeType>(0x0003), 1);
  const Message m = parsed(writer.written());
  std::array<AttributeType, 4> unknown;
  const std::array known = {AttributeType::kPriority};
  ASSERT_EQ(m.unknownRequired(known, unknown), 2u);
  EXPECT_EQ(unknown[0], static_cast<AttributeType>(0x7123));
  EXPECT_EQ(unknown[1], static_cast<AttributeType>(0x0003));

  Bytes reply(512);
  reply.resize(writeUnknownAttributes(reply, m, std::span(unknown).first(2), nullptr));
  const Message answer = parsed(reply);
  EXPECT_EQ(answer.errorCode()->number, 420);
  EXPECT_TRUE(equalBytes(*answer.value(AttributeType::kUnknownAttributes), Bytes{0x71, 0x23, 0x00, 0x03}));
}

// As many as there is room for in the answer: the rest is not written past its end.
TEST(Message, UnknownRequiredAttributesAreCutToTheRoom) {
  Bytes out(512);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, kId);
  for (uint16_t i = 0; i < 20; ++i) writer.u32(static_cast<AttributeType>(0x7100 + i), 1);
  const Message m = parsed(writer.written());
  std::array<AttributeType, 9> unknown;
  unknown.back() = AttributeType::kPriority;
  EXPECT_EQ(m.unknownRequired({}, std::span(unknown).first(8)), 8u);
  EXPECT_EQ(unknown.back(), AttributeType::kPriority);
}

// LIMITS B10
TEST(Response, NeverLongerThanAnUnauthenticatedRequest) {
  for (size_t extra = 0; extra < 40; ++extra) {
    Bytes request(512);
    MessageWriter writer(request, Class::kRequest, Method::kBinding, kId);
    if (extra > 0) writer.bytes(AttributeType::kSoftware, Bytes(extra));
    Bytes reply(512);
    const Message m = parsed(writer.written());
    const size_t size = writeError(reply, m, ErrorNumber::kBadRequest, nullptr);
    EXPECT_LE(size, writer.size());
    if (size > 0) {
      EXPECT_EQ(parsed(ByteView(reply).first(size)).errorCode()->number, 400);
    } else {
      EXPECT_LT(writer.size(), 28u);
    }
  }
}

TEST(Crc32, CheckValueAndEverySize) {
  EXPECT_EQ(crc32(asBytes("123456789")), 0xCBF43926u);  // the check value of CRC-32/ISO-HDLC
  Bytes bytes;
  for (uint8_t i = 0; i < 40; ++i) {
    uint32_t slow = 0xffffffff;
    for (const uint8_t b : bytes) {
      slow ^= b;
      for (int bit = 0; bit < 8; ++bit) slow = slow >> 1 ^ (slow & 1 ? 0xEDB88320u : 0u);
    }
    EXPECT_EQ(crc32(bytes), ~slow) << bytes.size();
    bytes.push_back(static_cast<uint8_t>(i * 37));
  }
}

}  // namespace
}  // namespace tincan::inline v0::stun
