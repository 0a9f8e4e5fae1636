// Answers that the server did not sign (RFC 8489 §9.2.5): whoever can guess where we are may send them.
#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "stun/turn_client.h"

namespace tincan::inline v0::stun {
namespace {

using Type = AttributeType;
using State = TurnClient::State;

const SocketAddress kPeer{IpAddress::v4(192, 0, 2, 7), 5000};
const SocketAddress kRelayed{IpAddress::v4(198, 51, 100, 1), 50000};
const IntegrityKey kRight = IntegrityKey::longTerm("user", "example.org", "pass");
const IntegrityKey kWrong = IntegrityKey::longTerm("user", "example.org", "guess");

/// A client whose Allocate has been challenged, so that all it sends from here on is signed.
struct Challenged {
  explicit Challenged(bool stream = false, const Bytes* algorithms = nullptr)
      : client({"user", "pass", stream, TurnConfig::Family::kIpv4, Duration::millis(9500)}, random, pool, stats) {
    client.start(now);
    answer(Class::kError, nullptr, [&](MessageWriter& w) {
      w.errorCode(ErrorNumber::kUnauthenticated, "").text(Type::kRealm, "example.org");
      w.text(Type::kNonce, algorithms ? "obMatJos2gAAAx" : "nonce");
      if (algorithms) w.bytes(Type::kPasswordAlgorithms, *algorithms);
    });
  }
  /// Answers the last request.
  template <class Body>
  void answer(Class messageClass, const IntegrityKey* key, Body&& body) {
    takeQuestion();
    Message message;
    ASSERT_TRUE(Message::parse(last, message));
    Bytes out(400);
    MessageWriter writer(out, messageClass, message.method(), message.transactionId());
    body(writer);
    if (key) writer.integrity(*key);
    PacketBuffer packet = pool.copy(writer.written());
    SocketAddress peer;
    EXPECT_FALSE(client.receive(now, packet, peer));
  }
  void grant(const IntegrityKey* key) {
    answer(Class::kSuccess, key,
           [](MessageWriter& w) { w.xorAddress(Type::kXorRelayedAddress, kRelayed).u32(Type::kLifetime, 600); });
  }
  void takeQuestion() {
    for (PacketBuffer question; client.pollTransmit(question);) last = toBytes(question.view());
  }
  Method asked() {
    takeQuestion();
    Message message;
    EXPECT_TRUE(Message::parse(last, message));
    EXPECT_TRUE(message.has(Type::kMessageIntegrity) || message.has(Type::kMessageIntegritySha256));
    return message.method();
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  SeededRandom random{1};
  PacketPool pool;
  TurnStats stats;
  TurnClient client;
  Bytes last;
};

TEST(TurnAuthentication, AllocatesOnlyWhatTheServerSigned) {
  Challenged c;
  ASSERT_EQ(c.asked(), Method::kAllocate);
  c.grant(nullptr);
  c.grant(&kWrong);
  for (const uint16_t code : {300, 403, 437, 440, 486, 508}) {
    for (const IntegrityKey* key : {static_cast<const IntegrityKey*>(nullptr), &kWrong}) {
      c.answer(Class::kError, key, [&](MessageWriter& w) {
        w.errorCode(static_cast<ErrorNumber>(code), "").address(Type::kAlternateServer, kPeer);
      });
    }
  }
  EXPECT_EQ(c.client.state(), State::kAllocating);
  EXPECT_EQ(c.stats.unauthenticated, 14u);
  EXPECT_EQ(c.stats.unmatched, 0u);
  c.grant(&kRight);
  EXPECT_EQ(c.client.state(), State::kAllocated);
  EXPECT_EQ(c.client.relayed(), std::vector{kRelayed});
}

TEST(TurnAuthentication, ForgedAnswersEndNoAllocation) {
  Challenged c;
  c.grant(&kRight);
  c.now = c.now + Duration::seconds(545);
  c.client.handleTimeout(c.now);
  ASSERT_EQ(c.asked(), Method::kRefresh);
  c.answer(Class::kSuccess, nullptr, [](MessageWriter& w) { w.u32(Type::kLifetime, 0); });
  c.answer(Class::kSuccess, &kWrong, [](MessageWriter& w) { w.u32(Type::kLifetime, 0); });
  c.answer(Class::kError, nullptr, [](MessageWriter& w) { w.errorCode(ErrorNumber::kAllocationMismatch, ""); });
  EXPECT_EQ(c.client.state(), State::kAllocated);
  EXPECT_EQ(c.stats.unauthenticated, 3u);
  c.answer(Class::kSuccess, &kRight, [](MessageWriter& w) { w.u32(Type::kLifetime, 600); });
  c.now = c.now + Duration::seconds(500);
  c.client.handleTimeout(c.now);
  EXPECT_EQ(c.client.state(), State::kAllocated);
}

TEST(TurnAuthentication, ForgedPermissionsLetNothingOut) {
  Challenged c;
  c.grant(&kRight);
  PacketBuffer data = c.pool.copy(asBytes("data"));
  ASSERT_FALSE(c.client.wrap(c.now, kPeer, data));
  ASSERT_EQ(c.asked(), Method::kCreatePermission);
  PacketBuffer out;
  c.answer(Class::kSuccess, nullptr, [](MessageWriter&) {});
  c.answer(Class::kSuccess, &kWrong, [](MessageWriter&) {});
  EXPECT_FALSE(c.client.pollTransmit(out));
  c.answer(Class::kSuccess, &kRight, [](MessageWriter&) {});
  EXPECT_TRUE(c.client.pollTransmit(out));
}

// RFC 8489 §9.2.5: the algorithm of the request, or whoever broke MD5 and SHA-1 would choose it for us.
TEST(TurnAuthentication, TheAnswerIsSignedAsTheRequestWas) {
  const Bytes sha256 = {0, 2, 0, 0};
  Challenged c(false, &sha256);
  ASSERT_EQ(c.asked(), Method::kAllocate);
  c.grant(&kRight);
  EXPECT_EQ(c.client.state(), State::kAllocating);
  EXPECT_EQ(c.stats.unauthenticated, 1u);
  const IntegrityKeySha256 key(crypto::hash(crypto::HashAlgorithm::kSha256, asBytes("user:example.org:pass")).view());
  c.answer(Class::kSuccess, nullptr, [&](MessageWriter& w) {
    w.xorAddress(Type::kXorRelayedAddress, kRelayed).u32(Type::kLifetime, 600).integrity(key);
  });
  EXPECT_EQ(c.client.state(), State::kAllocated);
}

// RFC 8489 §9.2.5: over a stream no better answer will come.
TEST(TurnAuthentication, OverAStreamAForgedAnswerIsTheEnd) {
  Challenged c(true);
  c.grant(&kWrong);
  EXPECT_EQ(c.client.state(), State::kFailed);
  EXPECT_EQ(c.client.failure().code, 701);
}

}  // namespace
}  // namespace tincan::inline v0::stun
