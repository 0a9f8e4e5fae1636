#include "ice/check_cargo.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "stun/crc32.h"
#include "stun/message_writer.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using State = CheckCargo::State;
using stun::AttributeType;

constexpr State kStates[] = {State::kOff,       State::kListening, State::kTentative,
                             State::kConfirmed, State::kPending,   State::kComplete};

/// A message of the peer's, as it came.
struct Said {
  std::optional<Bytes> datagram{};
  std::optional<Bytes> acknowledged{};  ///< the attribute's value
  stun::Class messageClass = stun::Class::kRequest;
};

Bytes list(std::initializer_list<uint32_t> crcs) {
  Bytes out(4 * crcs.size());
  size_t at = 0;
  for (const uint32_t crc : crcs) storeBe32(out.data() + 4 * at++, crc);
  return out;
}

class CheckCargoTest : public ::testing::Test {
 protected:
  Bytes message(const Said& said) {
    Bytes out(2048);
    stun::MessageWriter writer(out, said.messageClass, stun::Method::kBinding, stun::newTransactionId(random_));
    if (said.acknowledged) writer.bytes(AttributeType::kDtlsInStunAcknowledgement, *said.acknowledged);
    if (said.datagram) writer.bytes(AttributeType::kDtlsInStun, *said.datagram);
    EXPECT_TRUE(writer.ok());
    out.resize(writer.size());
    return out;
  }
  void read(CheckCargo& cargo, const Said& said, uint32_t carried = 0) {
    const Bytes bytes = message(said);
    stun::Message parsed;
    ASSERT_TRUE(stun::Message::parse(bytes, parsed));
    cargo.read(parsed, carried);
  }
  /// What goes on the next message of `cargo`: nothing where there are no attributes.
  std::optional<Said> write(CheckCargo& cargo, uint32_t* carried = nullptr, size_t ufrag = 9) {
    Bytes out(2048);
    stun::MessageWriter writer(out, stun::Class::kRequest, stun::Method::kBinding, stun::newTransactionId(random_));
    writer.bytes(AttributeType::kUsername, Bytes(ufrag, 'u'));
    const uint32_t crc = cargo.write(writer);
    if (carried) *carried = crc;
    EXPECT_TRUE(writer.ok());
    EXPECT_LE(writer.size() + 32, CheckCargo::kMaxMessage);
    stun::Message parsed;
    EXPECT_TRUE(stun::Message::parse(writer.written(), parsed));
    Said said;
    if (const auto value = parsed.value(AttributeType::kDtlsInStun)) said.datagram = toBytes(*value);
    if (const auto value = parsed.value(AttributeType::kDtlsInStunAcknowledgement)) said.acknowledged = toBytes(*value);
    EXPECT_EQ(crc, said.datagram ? stun::crc32(*said.datagram) : 0);
    if (!said.datagram && !said.acknowledged) return std::nullopt;
    return said;
  }
  CheckCargo in(State state) {
    CheckCargo cargo(pool_);
    if (state == State::kListening) cargo.accept();
    if (state == State::kTentative || state == State::kConfirmed || state == State::kPending ||
        state == State::kComplete) {
      cargo.offer();
    }
    if (state == State::kConfirmed || state == State::kPending || state == State::kComplete) {
      read(cargo, {.acknowledged = Bytes()});
    }
    if (state == State::kPending || state == State::kComplete) cargo.finish(true);
    if (state == State::kComplete) read(cargo, {});
    EXPECT_EQ(cargo.state(), state);
    return cargo;
  }

  SeededRandom random_{1};
  PacketPool pool_;
};

// Every message in every state. An answer says as much as a check, but for one thing: the peer has seen ours.
TEST_F(CheckCargoTest, EachMessageInEachState) {
  struct Row {
    State from;
    State neither, acknowledgements, datagram, both;
  };
  constexpr Row kTable[] = {
      {State::kOff, State::kOff, State::kOff, State::kOff, State::kOff},
      {State::kListening, State::kListening, State::kConfirmed, State::kConfirmed, State::kConfirmed},
      {State::kTentative, State::kTentative, State::kConfirmed, State::kConfirmed, State::kConfirmed},
      {State::kConfirmed, State::kConfirmed, State::kConfirmed, State::kConfirmed, State::kConfirmed},
      {State::kPending, State::kComplete, State::kComplete, State::kPending, State::kPending},
      {State::kComplete, State::kComplete, State::kComplete, State::kComplete, State::kComplete},
  };
  const auto after = [&](State from, const Said& said) {
    CheckCargo cargo = in(from);
    read(cargo, said);
    return cargo.state();
  };
  for (const Row& row : kTable) {
    SCOPED_TRACE(static_cast<int>(row.from));
    EXPECT_EQ(after(row.from, {}), row.neither);
    EXPECT_EQ(after(row.from, {.messageClass = stun::Class::kSuccess}),
              row.from == State::kTentative ? State::kOff : row.neither);
    EXPECT_EQ(after(row.from, {.acknowledged = list({7})}), row.acknowledgements);
    EXPECT_EQ(after(row.from, {.datagram = Bytes(3, 22)}), row.datagram);
    EXPECT_EQ(after(row.from, {.datagram = Bytes(3, 22), .acknowledged = list({7})}), row.both);
  }
}

TEST_F(CheckCargoTest, EachCallInEachState) {
  for (const State from : kStates) {
    SCOPED_TRACE(static_cast<int>(from));
    CheckCargo accepted = in(from), offered = in(from), stopped = in(from), finished = in(from);
    accepted.accept();
    EXPECT_EQ(accepted.state(), from == State::kOff ? State::kListening : from);
    offered.offer();
    EXPECT_EQ(offered.state(), from == State::kOff || from == State::kListening ? State::kTentative : from);
    stopped.stop();
    EXPECT_EQ(stopped.state(), State::kOff);
    finished.finish(false);
    EXPECT_EQ(finished.state(), from == State::kConfirmed || from == State::kPending ? State::kPending : State::kOff);
  }
}

TEST_F(CheckCargoTest, SaysNothingBeforeThePeerWhereItOnlyAccepts) {
  CheckCargo cargo = in(State::kListening);
  cargo.add(Bytes(100, 22));
  EXPECT_FALSE(write(cargo));
  read(cargo, {.acknowledged = Bytes()});
  const auto said = write(cargo);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->acknowledged, Bytes());
  EXPECT_EQ(said->datagram, Bytes(100, 22)) << "what waited goes now";
}

TEST_F(CheckCargoTest, GoesRoundAFlightUntilItIsAcknowledged) {
  CheckCargo cargo = in(State::kTentative);
  const Bytes one(50, 1), two(50, 2);
  cargo.add(one);
  cargo.add(two);
  EXPECT_EQ(write(cargo)->datagram, one);
  EXPECT_EQ(write(cargo)->datagram, two);
  EXPECT_EQ(write(cargo)->datagram, one);
  read(cargo, {.acknowledged = list({stun::crc32(one), 99})});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(write(cargo)->datagram, two);
  uint32_t carried = 0;
  write(cargo, &carried);
  // An answer that knows of acknowledgements says by itself that the check arrived; a request of the peer's does not.
  read(cargo, {.acknowledged = Bytes()}, carried);
  EXPECT_TRUE(write(cargo)->datagram);
  read(cargo, {.acknowledged = Bytes(), .messageClass = stun::Class::kSuccess}, carried);
  EXPECT_FALSE(write(cargo)->datagram);
  EXPECT_EQ(cargo.counters().acknowledged, 2u);
}

TEST_F(CheckCargoTest, GivesEachDatagramOnceAndAcknowledgesTheLastFour) {
  CheckCargo cargo = in(State::kConfirmed);
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (uint8_t i = 0; i < 5; ++i) read(cargo, {.datagram = Bytes(10, i), .acknowledged = Bytes()});
  }
  PacketBuffer packet;
  size_t count = 0;
  while (cargo.take(packet)) ++count;
  EXPECT_EQ(count, 5u);
  EXPECT_EQ(cargo.counters().repeated, 5u);
  Bytes expected;
  for (uint8_t i = 1; i < 5; ++i) {
    Bytes crc(4);
    storeBe32(crc.data(), stun::crc32(Bytes(10, i)));
    expected.insert(expected.end(), crc.begin(), crc.end());
  }
  EXPECT_EQ(write(cargo)->acknowledged, expected);
}

TEST_F(CheckCargoTest, ThePlainWayCountsToo) {
  CheckCargo cargo = in(State::kConfirmed);
  const Bytes datagram(10, 5);
  cargo.noteArrived(datagram);
  EXPECT_EQ(write(cargo)->acknowledged, list({stun::crc32(datagram)}));
  read(cargo, {.datagram = datagram});
  PacketBuffer packet;
  EXPECT_FALSE(cargo.take(packet)) << "DTLS has it";
}

TEST_F(CheckCargoTest, TheLastWordIsKeptUntilItIsAcknowledged) {
  CheckCargo ours = in(State::kConfirmed), theirs = in(State::kConfirmed);
  for (auto* cargo : {&ours, &theirs}) cargo->add(Bytes(10, 1));
  ours.finish(true);
  theirs.finish(false);
  EXPECT_TRUE(write(ours)->datagram);
  EXPECT_FALSE(write(theirs)->datagram);
}

TEST_F(CheckCargoTest, KeepsToItsBounds) {
  CheckCargo cargo = in(State::kConfirmed);
  cargo.add(Bytes(CheckCargo::kMaxDatagram + 1, 1));
  EXPECT_EQ(cargo.counters().dropped, 1u);
  for (uint8_t i = 0; i < 100; ++i) cargo.add(Bytes(CheckCargo::kMaxDatagram, i));
  EXPECT_EQ(cargo.counters().dropped, 1u + 100u - CheckCargo::kMaxFlight);
  for (uint8_t i = 0; i < 100; ++i) read(cargo, {.datagram = Bytes(1200, i)});
  PacketBuffer packet;
  size_t count = 0;
  while (cargo.take(packet)) ++count;
  EXPECT_EQ(count, CheckCargo::kMaxArrived);
  EXPECT_EQ(pool_.outstanding(), 1u) << "the one in hand";
  // RFC 8839 §5.4: 256 characters of ufrag on each side. Then there is no room for a large datagram.
  EXPECT_TRUE(write(cargo, nullptr, 100)->datagram);
  const auto crowded = write(cargo, nullptr, 513);
  ASSERT_TRUE(crowded);
  EXPECT_TRUE(crowded->acknowledged);
  EXPECT_FALSE(crowded->datagram);
}

TEST_F(CheckCargoTest, ListsOfOddSizesSayNothing) {
  for (size_t size = 0; size <= 40; ++size) {
    CheckCargo cargo = in(State::kTentative);
    const Bytes datagram(10, 1);
    cargo.add(datagram);
    Bytes acknowledged(size, 0);
    if (size >= 4) storeBe32(acknowledged.data(), stun::crc32(datagram));
    read(cargo, {.acknowledged = acknowledged});
    const bool right = size % 4 == 0 && size <= 16;
    EXPECT_EQ(cargo.counters().malformed, right ? 0u : 1u) << size;
    EXPECT_EQ(cargo.counters().acknowledged, right && size >= 4 ? 1u : 0u) << size;
  }
}

// Two datagrams with one CRC: the second is taken for a repetition, and DTLS sends it again in other records.
TEST_F(CheckCargoTest, NoMessageMakesItGrow) {
  CheckCargo cargo = in(State::kTentative);
  SeededRandom random(7);
  for (int i = 0; i < 20'000; ++i) {
    Said said;
    if (random.below(3) != 0) said.datagram = Bytes(random.below(64), static_cast<uint8_t>(random.u32()));
    if (random.below(3) != 0) said.acknowledged = Bytes(random.below(24), static_cast<uint8_t>(random.u32()));
    if (random.below(2) != 0) said.messageClass = stun::Class::kSuccess;
    read(cargo, said, random.u32());
    if (random.below(50) == 0) cargo.offer();
    if (random.below(60) == 0) cargo.stop();
    if (random.below(40) == 0) cargo.finish(random.below(2) != 0);
    cargo.add(Bytes(random.below(1000), static_cast<uint8_t>(random.u32())));
    if (const auto out = write(cargo)) {
      ASSERT_LE(out->acknowledged->size(), 16u);
    }
    ASSERT_LE(pool_.outstanding(), CheckCargo::kMaxArrived);
  }
}

// ---- on the checks of two agents

TEST(CheckCargoOnChecks, GoesBothWaysBeforeThereIsAPair) {
  testing::Network network;
  testing::Node& a = network.add({testing::ip("192.0.2.1")}, testing::role(Role::kControlling));
  testing::Node& b = network.add({testing::ip("192.0.2.2")}, testing::role(Role::kControlled));
  a.agent->cargo().offer();
  b.agent->cargo().accept();
  a.agent->cargo().add(Bytes(800, 22));
  b.agent->cargo().add(Bytes(800, 23));
  const TimePoint began = network.now;
  testing::introduce(network, a, b);
  PacketBuffer atA, atB;
  ASSERT_TRUE(network.runUntilTrue(Duration::seconds(1), [&] {
    a.agent->cargo().take(atA);
    b.agent->cargo().take(atB);
    return atA && atB;
  }));
  EXPECT_TRUE(equalBytes(atB.view(), Bytes(800, 22)));
  EXPECT_TRUE(equalBytes(atA.view(), Bytes(800, 23)));
  EXPECT_LE(network.now - began, network.delay * 2 + Duration::millis(1)) << "with the first check and its answer";
}

TEST(CheckCargoOnChecks, APeerWithoutItEndsIt) {
  testing::Network network;
  testing::Node& a = network.add({testing::ip("192.0.2.1")}, testing::role(Role::kControlling));
  testing::Node& b = network.add({testing::ip("192.0.2.2")}, testing::role(Role::kControlled));
  a.agent->cargo().offer();
  a.agent->cargo().add(Bytes(800, 22));
  testing::introduce(network, a, b);
  ASSERT_TRUE(network.runUntilTrue(Duration::seconds(1), [&] { return testing::up(a) && testing::up(b); }));
  EXPECT_EQ(a.agent->cargo().state(), State::kOff);
  EXPECT_EQ(b.agent->cargo().state(), State::kOff);
}

// Whoever does not know the password is not heard, whatever the message carries.
TEST(CheckCargoOnChecks, ForgedChecksAreNotRead) {
  testing::Network network;
  testing::Node& a = network.add({testing::ip("192.0.2.1")}, testing::role(Role::kControlling));
  testing::Node& b = network.add({testing::ip("192.0.2.2")}, testing::role(Role::kControlled));
  a.agent->cargo().accept();
  testing::introduce(network, a, b);
  ASSERT_TRUE(network.runUntilTrue(Duration::seconds(1), [&] { return testing::up(a) && testing::up(b); }));
  const auto key = stun::IntegrityKey::shortTerm("not the password, which is longer");
  SeededRandom random(3);
  Bytes forged(1200);
  stun::MessageWriter writer(forged, stun::Class::kRequest, stun::Method::kBinding, stun::newTransactionId(random));
  writer.text(AttributeType::kUsername, a.agent->localCredentials().ufrag + ":x").u32(AttributeType::kPriority, 1);
  writer.bytes(AttributeType::kDtlsInStun, Bytes(100, 22)).integrity(key).fingerprint();
  network.inject(a, b.bound.at(0), a.bound.at(0), writer.written());
  EXPECT_EQ(a.agent->cargo().state(), State::kListening);
  PacketBuffer packet;
  EXPECT_FALSE(a.agent->cargo().take(packet));
}

}  // namespace
}  // namespace tincan::inline v0::ice
