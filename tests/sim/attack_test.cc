// A live call under attack: mutated copies of what it says itself, of every kind, from the genuine address and from
// others. What is genuine all comes through; the copies are counted and gone.
#include <array>
#include <deque>

#include <gtest/gtest.h>

#include "stun/crc32.h"
#include "stun/message.h"
#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

enum Kind : size_t { kStun, kDtls, kRtp, kRtcp, kKinds };

Kind kindOf(ByteView packet) {
  if (packet[0] < 4) return kStun;
  if (packet[0] < 64) return kDtls;
  return packet.size() > 1 && packet[1] >= 192 && packet[1] <= 223 ? kRtcp : kRtp;
}

/// Two calls of one seed are the same to the byte until one of them is attacked.
struct Call {
  Call()
      : a(world, world.addHost("a", "203.0.113.1"), fixed("a")),
        b(world, world.addHost("b", "203.0.113.2"), fixed("b")) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    channel = a.pc->createDataChannel("echo").value();
    channel->onmessage = [this](stack::MessageEvent event) { echoed.push_back(std::get<std::string>(event.data)); };
    world.onPacket([this](const TracedPacket& packet) {
      if (packet.bytes.empty() || packet.protocol != Protocol::kUdp) return;
      if (!isOurs(packet.destination)) return noteStranger(packet.bytes);
      auto& kept = recent[packet.destination.ip == toA() ? 0 : 1][kindOf(packet.bytes)];
      kept.push_back({packet.source, packet.destination, toBytes(packet.bytes)});
      if (kept.size() > 64) kept.pop_front();
    });
    signal(a, b, [this] { b.addCameraMic(); });
  }
  static bool isOurs(const SocketAddress& address) {
    return address.ip == IpAddress::v4(203, 0, 113, 1) || address.ip == IpAddress::v4(203, 0, 113, 2);
  }
  // LIMITS A01, A06: an address that nobody has vouched for gets error responses and nothing else.
  void noteStranger(ByteView packet) {
    stun::Message message;
    const bool refusal = stun::Message::parse(packet, message) && message.messageClass() == stun::Class::kError;
    ++(refusal ? refusals : toStrangers);
  }
  static IpAddress toA() { return IpAddress::v4(203, 0, 113, 1); }
  static stack::RTCConfiguration fixed(const char* name) {
    stack::RTCConfiguration out;
    out.certificates = {stack::RTCCertificate(fixedIdentity(name))};
    return out;
  }

  /// Ten seconds of sound, pictures and data, 5,000 packets a second on each side if it is attacked.
  void run(bool attacked) {
    ASSERT_TRUE(world.runUntil([this] { return connected(a) && connected(b); }, Duration::seconds(10)));
    world.runFor(Duration::seconds(2));  // reports of both have gone by
    const auto changed = [this] { ++stateChanges; };
    for (Peer* peer : {&a, &b}) peer->pc->oniceconnectionstatechange = peer->pc->onconnectionstatechange = changed;
    for (int i = 0; i < 500; ++i) {
      world.after(Duration::millis(20 * i),
                  [this, i] { EXPECT_TRUE(channel->send(std::string_view("message " + std::to_string(i))).ok()); });
    }
    for (int i = 0; attacked && i < 10'000; ++i) {
      world.after(Duration::millis(i), [this] {
        for (int each = 0; each < 5; ++each) {
          inject(*a.pc, 0);
          inject(*b.pc, 1);
        }
      });
    }
    world.runFor(Duration::seconds(11));
  }

  void inject(stack::PeerConnection& victim, size_t side) {
    const auto& kept = recent[side][random.below(kKinds)];
    if (kept.empty()) return;
    const auto& [source, destination, original] = kept[random.below(kept.size())];
    const Bytes& other = kept[random.below(kept.size())].bytes;
    const Bytes packet = kindOf(original) == kStun ? mutatedCheck(original, other) : mutated(original, other);
    SocketAddress from = source;
    if (random.below(8) == 0) from.port = static_cast<uint16_t>(1024 + random.below(60'000));
    if (random.below(16) == 0) from.ip = IpAddress::v4(198, 51, 100, static_cast<uint8_t>(random.below(256)));
    ++injected[kindOf(original)];
    victim.receive(world.now(), {Protocol::kUdp, destination, from}, world.pool().copy(packet));
  }

  Bytes mutated(Bytes packet, const Bytes& other) {
    const Bytes original = packet;
    switch (random.below(6)) {
      case 0: packet.resize(1 + random.below(packet.size())); break;
      case 1: packet.resize(std::min<size_t>(packet.size() + 1 + random.below(40), 1400), 7); break;
      case 2:
        for (size_t at = random.below(packet.size()), n = 0; at < packet.size() && n < 16; ++at, ++n) {
          packet[at] = static_cast<uint8_t>(random.below(256));
        }
        break;
      case 3:  // the head of one, the tail of another
        packet.resize(1 + random.below(packet.size()));
        if (other.size() > packet.size()) {
          packet.insert(packet.end(), other.begin() + static_cast<std::ptrdiff_t>(packet.size()), other.end());
        }
        break;
      default: break;  // a few bits
    }
    for (int flips = static_cast<int>(random.below(4)); flips > 0 || packet == original; --flips) {
      packet[random.below(packet.size())] ^= static_cast<uint8_t>(1u << random.below(8));
    }
    return packet;
  }

  // What the MAC covers is changed, and in half of them FINGERPRINT is right again: the MAC alone must tell.
  Bytes mutatedCheck(Bytes check, const Bytes& other) {
    constexpr size_t kFingerprint = 8;
    if (check.size() <= stun::kHeaderSize + kFingerprint) return mutated(check, other);
    const Bytes original(check.begin(), check.end() - kFingerprint);
    Bytes packet = mutated(original, other);
    // What stands behind the MAC is read by nobody, and this one would be genuine.
    while (packet.size() > original.size()) packet = mutated(original, other);
    if (random.below(2) == 0 || packet.size() < stun::kHeaderSize || packet.size() % 4 != 0) return packet;
    packet[0] &= 3;
    storeBe16(&packet[2], static_cast<uint16_t>(packet.size() + kFingerprint - stun::kHeaderSize));
    storeBe32(&packet[4], stun::kMagicCookie);
    const uint32_t crc = stun::crc32(packet) ^ stun::kFingerprintXor;
    ByteBuilder whole;
    whole.bytes(packet).u16(static_cast<uint16_t>(stun::AttributeType::kFingerprint)).u16(4).u32(crc);
    return whole.view().size() == check.size() && equalBytes(whole.view(), check) ? mutated(check, other)
                                                                                  : whole.take();
  }

  struct Kept {
    SocketAddress source, destination;
    Bytes bytes;
  };
  World world{80};
  SeededRandom random{81};
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel;
  std::array<std::array<std::deque<Kept>, kKinds>, 2> recent;
  std::array<uint64_t, kKinds> injected{};
  std::vector<std::string> echoed;
  size_t stateChanges = 0, refusals = 0, toStrangers = 0;
};

TEST(Attack, ALiveCallLosesNothing) {
  Call calm, attacked;
  calm.run(false);
  attacked.run(true);
  for (const uint64_t each : attacked.injected) EXPECT_GT(each, 20'000u);

  EXPECT_TRUE(connected(attacked.a) && connected(attacked.b));
  EXPECT_EQ(attacked.stateChanges, 0u);
  EXPECT_GT(attacked.refusals, 0u);
  EXPECT_EQ(attacked.toStrangers, 0u);
  ASSERT_EQ(attacked.echoed.size(), 500u);
  for (size_t i = 0; i < 500; ++i) EXPECT_EQ(attacked.echoed[i], "message " + std::to_string(i));
  for (const auto side : {&Call::a, &Call::b}) {
    const Peer &quiet = calm.*side, &loud = attacked.*side;
    EXPECT_GT(quiet.pictures, 250u);
    EXPECT_EQ(loud.pictures, quiet.pictures);
    EXPECT_EQ(loud.unreadable, quiet.unreadable);
    EXPECT_EQ(loud.notAdvancing, 0u);
    EXPECT_EQ(loud.sounds, quiet.sounds);
    EXPECT_EQ(loud.loudSounds, quiet.loudSounds);
    const auto stats = loud.pc->getStats(), before = quiet.pc->getStats();
    ASSERT_EQ(stats.inboundRtp.size(), 2u) << "and no source was made up";
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(stats.inboundRtp[i].packetsLost, 0);
      EXPECT_EQ(stats.inboundRtp[i].packetsReceived, before.inboundRtp[i].packetsReceived);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
