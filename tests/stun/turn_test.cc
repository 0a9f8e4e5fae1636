// The parts of the TURN client by themselves; whole lives of it are in tests/sim/turn_test.cc.
#include <algorithm>

#include <gtest/gtest.h>

#include "stun/stream_splitter.h"
#include "stun/turn_client.h"

namespace tincan::inline v0::stun {
namespace {

using Type = AttributeType;
using State = TurnClient::State;

const SocketAddress kPeer{IpAddress::v4(192, 0, 2, 7), 5000};

Message parsed(ByteView bytes) {
  Message out;
  EXPECT_TRUE(Message::parse(bytes, out));
  return out;
}

TEST(IntegritySha256, SignsAndVerifiesWithTheLengthUpToItself) {
  const Bytes key = {1, 2, 3, 4};
  Bytes out(200);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, TransactionId{9});
  writer.text(Type::kUsername, "user");
  const Bytes before = toBytes(writer.written());
  writer.integrity(IntegrityKeySha256(key)).fingerprint();
  const Message message = parsed(writer.written());
  EXPECT_EQ(message.checkIntegrity(IntegrityKeySha256(key)), IntegrityCheck::kValid);
  EXPECT_EQ(message.checkIntegrity(IntegrityKeySha256(Bytes{1, 2, 3, 5})), IntegrityCheck::kWrong);
  // RFC 8489 §14.6, by hand: the header's length counts the attribute itself, 36 bytes, and nothing behind it.
  Bytes text = before;
  storeBe16(text.data() + 2, static_cast<uint16_t>(text.size() - kHeaderSize + 36));
  const auto expected = crypto::hmac(crypto::HashAlgorithm::kSha256, key, text);
  EXPECT_TRUE(equalBytes(*message.value(Type::kMessageIntegritySha256), expected.view()));
  for (size_t i = 4; i < message.bytes().size() - 8; ++i) {
    Bytes damaged = toBytes(writer.written());
    damaged[i] ^= 1;
    Message wrong;
    if (Message::parse(ByteView(damaged).first(damaged.size()), wrong)) ADD_FAILURE() << "the fingerprint missed " << i;
  }
}

TEST(IntegritySha256, TruncatedOnesAreWrong) {
  for (const size_t size : {4u, 16u, 28u, 36u}) {
    Bytes out(200);
    MessageWriter writer(out, Class::kRequest, Method::kBinding, TransactionId{});
    writer.bytes(Type::kMessageIntegritySha256, Bytes(size));
    EXPECT_EQ(parsed(writer.written()).checkIntegrity(IntegrityKeySha256(Bytes{1})), IntegrityCheck::kWrong) << size;
  }
}

Bytes challengeWith(std::string_view nonce, const Bytes* algorithms, uint16_t code = 401) {
  Bytes out(400);
  MessageWriter writer(out, Class::kError, Method::kAllocate, TransactionId{});
  writer.errorCode(static_cast<ErrorNumber>(code), "").text(Type::kRealm, "example.org").text(Type::kNonce, nonce);
  if (algorithms) writer.bytes(Type::kPasswordAlgorithms, *algorithms);
  return toBytes(writer.written());
}

TEST(LongTermAuth, HidesTheNameAsRfc8489DoesInItsExample) {  // RFC 8489 appendix B.1
  LongTermAuth auth("\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9", "TheMatrIX");
  const Bytes list = {0, 2, 0, 0};
  const Bytes challenge = challengeWith("obMatJos2wAAA", &list);
  ASSERT_TRUE(auth.challenge(401, parsed(challenge)));
  Bytes out(400);
  MessageWriter writer(out, Class::kRequest, Method::kBinding, TransactionId{});
  auth.write(writer);
  const Message message = parsed(writer.written());
  const Bytes expected = {0x4a, 0x3c, 0xf3, 0x8f, 0xef, 0x69, 0x92, 0xbd, 0xa9, 0x52, 0xc6,
                          0x78, 0x04, 0x17, 0xda, 0x0f, 0x24, 0x81, 0x94, 0x15, 0x56, 0x9e,
                          0x60, 0xb2, 0x05, 0xc4, 0x6e, 0x41, 0x40, 0x7f, 0x17, 0x04};
  EXPECT_TRUE(equalBytes(*message.value(Type::kUserhash), expected));
  EXPECT_FALSE(message.has(Type::kUsername));
  EXPECT_TRUE(auth.verify(message));
}

TEST(LongTermAuth, TakesTheFirstAlgorithmItKnowsAndNoBidDown) {
  struct Case {
    const char* nonce;
    Bytes list;
    bool hasList, accepted;
    uint32_t chosen;
  };
  const std::vector<Case> cases = {
      {"plain", {}, false, true, 0},
      {"obMatJos2AAAAx", {}, false, true, 0},
      {"obMatJos2gAAAx", {}, false, false, 0},  // the list was taken out
      {"obMatJos2gAAAx", {0, 2, 0, 0, 0, 1, 0, 0}, true, true, 2u << 16},
      {"obMatJos2gAAAx", {0, 1, 0, 0, 0, 2, 0, 0}, true, true, 1u << 16},
      {"obMatJos2gAAAx", {0, 9, 0, 1, 5, 0, 0, 0, 0, 1, 0, 0}, true, true, 1u << 16},  // one with parameters before
      {"obMatJos2gAAAx", {0, 9, 0, 0}, true, false, 0},
      {"obMatJos2gAAAx", {0, 2, 0, 9}, true, false, 0},  // a length that lies
      {"obMatJos2gAAAx", {0}, true, false, 0},
      {"", {}, false, false, 0},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    LongTermAuth auth("user", "pass");
    const Bytes challenge = challengeWith(cases[i].nonce, cases[i].hasList ? &cases[i].list : nullptr);
    EXPECT_EQ(auth.challenge(401, parsed(challenge)), cases[i].accepted);
    EXPECT_EQ(auth.ready(), cases[i].accepted);
    if (!cases[i].accepted) continue;
    Bytes out(400);
    MessageWriter writer(out, Class::kRequest, Method::kAllocate, TransactionId{});
    auth.write(writer);
    const Message message = parsed(writer.written());
    EXPECT_EQ(message.u32(Type::kPasswordAlgorithm).value_or(0), cases[i].chosen);
    EXPECT_EQ(message.has(Type::kMessageIntegritySha256), cases[i].hasList);
    EXPECT_EQ(message.has(Type::kMessageIntegrity), !cases[i].hasList);
    EXPECT_FALSE(auth.challenge(401, parsed(challenge))) << "the password is wrong: not again";
    EXPECT_TRUE(auth.challenge(438, parsed(challenge)));
  }
}

TEST(TurnData, ChannelDataBothWaysAndLengthsThatLie) {
  PacketPool pool;
  for (const bool stream : {false, true}) {
    for (size_t size = 1; size < 9; ++size) {
      const Bytes data(size, 7);
      PacketBuffer packet = pool.copy(data);
      ASSERT_TRUE(wrapChannelData(packet, 0x4001, stream));
      EXPECT_EQ(packet.size(), 4 + (stream ? (size + 3) / 4 * 4 : size));
      EXPECT_EQ(unwrapChannelData(packet), 0x4001);
      EXPECT_TRUE(equalBytes(packet.view(), data));
    }
  }
  const Bytes whole = {0x40, 0, 0, 4, 1, 2, 3, 4};
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    PacketBuffer packet = pool.copy(ByteView(whole).first(cut));
    EXPECT_FALSE(unwrapChannelData(packet)) << cut;
  }
  Bytes more = whole;
  more[3] = 5;
  PacketBuffer packet = pool.copy(more);
  EXPECT_FALSE(unwrapChannelData(packet));
  EXPECT_EQ(packet.size(), more.size());
}

TEST(TurnData, SendIndicationParses) {
  PacketPool pool;
  SeededRandom random(1);
  const Bytes v6(16, 0x20);
  for (const SocketAddress& peer : {kPeer, SocketAddress{IpAddress::v6(v6), 9}}) {
    for (size_t size = 1; size < 9; ++size) {
      const Bytes data(size, 7);
      PacketBuffer packet = pool.copy(data);
      const size_t room = packet.headroom();
      ASSERT_TRUE(wrapSendIndication(packet, peer, random));
      EXPECT_EQ(room - packet.headroom(), peer.ip.isV4() ? 36u : 48u);
      const Message message = parsed(packet.view());
      EXPECT_EQ(message.method(), Method::kSend);
      EXPECT_EQ(message.messageClass(), Class::kIndication);
      EXPECT_EQ(message.xorAddress(Type::kXorPeerAddress), peer);
      EXPECT_TRUE(equalBytes(*message.value(Type::kData), data));
    }
  }
}

TEST(StreamSplitter, AnyChunksGiveTheSameMessages) {
  PacketPool pool;
  Bytes stream;
  std::vector<Bytes> messages;
  for (size_t i = 0; i < 40; ++i) {
    Bytes out(600);
    if (i % 2 == 0) {
      MessageWriter writer(out, Class::kRequest, Method::kBinding, TransactionId{});
      writer.bytes(Type::kData, Bytes(i * 7)).fingerprint();
      out.resize(writer.size());
    } else {
      out.assign(4 + (i + 3) / 4 * 4, 1);
      storeBe16(out.data(), 0x4000);
      storeBe16(out.data() + 2, static_cast<uint16_t>(i));
    }
    stream.insert(stream.end(), out.begin(), out.end());
    messages.push_back(std::move(out));
  }
  for (size_t chunk = 1; chunk < 300; ++chunk) {
    StreamSplitter splitter;
    size_t next = 0;
    PacketBuffer message;
    for (size_t at = 0; at < stream.size(); at += chunk) {
      ASSERT_TRUE(splitter.push(ByteView(stream).subspan(at, std::min(chunk, stream.size() - at))));
      while (splitter.pop(pool, message)) {
        ASSERT_LT(next, messages.size());
        ASSERT_TRUE(equalBytes(message.view(), messages[next++]));
      }
    }
    EXPECT_EQ(next, messages.size());
    EXPECT_EQ(splitter.held(), 0u);
  }
}

TEST(StreamSplitter, BreaksOnWhatIsNeitherAndStaysBroken) {
  for (const Bytes& bytes : {Bytes{0x80}, Bytes{0x04}, Bytes{0x50}, Bytes{0, 1, 0xff, 0xfc}, Bytes{0, 1, 0, 3},
                             Bytes{0x40, 0, 0xff, 0xff}, Bytes{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43}}) {
    StreamSplitter splitter;
    EXPECT_FALSE(splitter.push(bytes));
    EXPECT_TRUE(splitter.broken());
    EXPECT_FALSE(splitter.push(Bytes(20)));
    EXPECT_EQ(splitter.held(), 0u);
  }
}

/// A client in a given state, and what it has sent.
struct Client {
  explicit Client(State target) {
    if (target == State::kIdle) return;
    client.start(now);
    if (target == State::kAllocating) return;
    if (target == State::kClosed) {
      client.close();
    } else if (target == State::kRedirected) {
      answer(Class::kError, 300, [](MessageWriter& w) {
        w.address(Type::kAlternateServer, {IpAddress::v4(198, 51, 100, 9), 3478});
      });
    } else if (target == State::kFailed) {
      answer(Class::kError, 403, [](MessageWriter&) {});
    } else {
      answer(Class::kSuccess, 0, [](MessageWriter& w) {
        w.xorAddress(Type::kXorRelayedAddress, {IpAddress::v4(198, 51, 100, 1), 50000}).u32(Type::kLifetime, 600);
      });
    }
  }
  template <class Body>
  void answer(Class messageClass, uint16_t code, Body&& body) {
    PacketBuffer question;
    while (client.pollTransmit(question)) last = toBytes(question.view());
    const Message message = parsed(last);
    Bytes out(300);
    MessageWriter writer(out, messageClass, message.method(), message.transactionId());
    if (code != 0) writer.errorCode(static_cast<ErrorNumber>(code), "x");
    body(writer);
    PacketBuffer packet = pool.copy(writer.written());
    SocketAddress peer;
    EXPECT_FALSE(client.receive(now, packet, peer));
  }

  TimePoint now = TimePoint::fromMicros(1'000'000);
  SeededRandom random{1};
  PacketPool pool;
  TurnStats stats;
  TurnClient client{{"user", "pass", false, TurnConfig::Family::kIpv4, Duration::millis(9500)}, random, pool, stats};
  Bytes last;
};

constexpr State kStates[] = {State::kIdle,       State::kAllocating, State::kAllocated,
                             State::kRedirected, State::kFailed,     State::kClosed};

TEST(TurnClient, EveryMessageInEveryStateGivesNoDataAndMovesNothing) {
  for (const State state : kStates) {
    SCOPED_TRACE(static_cast<int>(state));
    Client c(state);
    ASSERT_EQ(c.client.state(), state);
    for (const Class messageClass : {Class::kRequest, Class::kIndication, Class::kSuccess, Class::kError}) {
      for (const Method method : {Method::kBinding, Method::kAllocate, Method::kRefresh, Method::kSend, Method::kData,
                                  Method::kCreatePermission, Method::kChannelBind}) {
        Bytes out(300);
        MessageWriter writer(out, messageClass, method, TransactionId{1});
        writer.xorAddress(Type::kXorPeerAddress, kPeer).bytes(Type::kData, Bytes{1, 2, 3});
        writer.xorAddress(Type::kXorRelayedAddress, kPeer).u32(Type::kLifetime, 0);
        PacketBuffer packet = c.pool.copy(writer.written());
        SocketAddress peer;
        EXPECT_FALSE(c.client.receive(c.now, packet, peer));
        EXPECT_EQ(c.client.state(), state);
      }
    }
    PacketBuffer packet = c.pool.copy(Bytes{0x40, 0, 0, 1, 9});
    SocketAddress peer;
    EXPECT_FALSE(c.client.receive(c.now, packet, peer));
    c.client.permit(c.now, kPeer.ip);
    c.client.bind(c.now, kPeer);
    PacketBuffer data = c.pool.copy(asBytes("data"));
    EXPECT_FALSE(c.client.wrap(c.now, kPeer, data)) << "no permission yet, or no allocation";
    if (state != State::kIdle) c.client.start(c.now);
    EXPECT_EQ(c.client.state(), state);
    c.client.close();
    EXPECT_EQ(c.client.state(), State::kClosed);
    EXPECT_TRUE(c.client.nextTimeout().isNever());
  }
}

TEST(TurnClient, HeldDataGoesOutWithThePermission) {
  Client c(State::kAllocated);
  for (int i = 0; i < 20; ++i) {
    PacketBuffer data = c.pool.copy(asBytes("data"));
    EXPECT_FALSE(c.client.wrap(c.now, kPeer, data));
  }
  EXPECT_EQ(c.stats.sendsDropped, 12u) << "eight wait";
  c.answer(Class::kSuccess, 0, [](MessageWriter&) {});
  size_t sent = 0;
  for (PacketBuffer packet; c.client.pollTransmit(packet); ++sent) {
    EXPECT_EQ(parsed(packet.view()).method(), Method::kSend);
  }
  EXPECT_EQ(sent, 8u);
  PacketBuffer data = c.pool.copy(asBytes("data"));
  EXPECT_TRUE(c.client.wrap(c.now, kPeer, data));
}

TEST(TurnClient, ThePeersAndChannelsAreBounded) {
  Client c(State::kAllocated);
  for (int i = 0; i < 300; ++i) {
    c.client.bind(c.now, {IpAddress::v4(10, 0, static_cast<uint8_t>(i / 256), static_cast<uint8_t>(i)), 5000});
    c.client.permit(c.now, IpAddress::v4(10, 1, static_cast<uint8_t>(i / 256), static_cast<uint8_t>(i)));
  }
  size_t sent = 0;
  for (PacketBuffer packet; c.client.pollTransmit(packet);) ++sent;
  EXPECT_EQ(sent, 64u + 16u);
}

TEST(TurnClient, SilenceFailsWith701AfterTheTimeOut) {
  Client c(State::kAllocating);
  const TimePoint start = c.now;
  while (!c.client.nextTimeout().isNever()) {
    c.now = std::max(c.now, c.client.nextTimeout());
    c.client.handleTimeout(c.now);
  }
  EXPECT_EQ(c.client.state(), State::kFailed);
  EXPECT_EQ(c.client.failure().code, 701);
  EXPECT_EQ(c.now - start, Duration::millis(9500));
}

}  // namespace
}  // namespace tincan::inline v0::stun
