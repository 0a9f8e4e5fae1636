#include "sctp/reset_gate.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::sctp {
namespace {

const Bytes kHeader{0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0};

Bytes packet(std::initializer_list<Bytes> chunks) {
  Bytes out = kHeader;
  for (const Bytes& chunk : chunks) out.insert(out.end(), chunk.begin(), chunk.end());
  return out;
}
Bytes init(uint32_t tsn) {
  ByteBuilder out;
  out.u8(1).u8(0).u16(20).u32(7).u32(100'000).u16(10).u16(10).u32(tsn);
  return out.take();
}
Bytes sack(uint32_t tsn) {
  ByteBuilder out;
  out.u8(3).u8(0).u16(16).u32(tsn).u32(100'000).u16(0).u16(0);
  return out.take();
}
Bytes request(uint32_t lastTsn) {
  ByteBuilder out;
  out.u8(130).u8(0).u16(22).u16(13).u16(18).u32(1).u32(1).u32(lastTsn).u16(4).u16(0 /* padding */);
  return out.take();
}
Bytes response() {
  ByteBuilder out;
  out.u8(130).u8(0).u16(16).u16(16).u16(12).u32(1).u32(1);
  return out.take();
}
Bytes data() {
  return {0, 3, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, 'x', 0, 0, 0};
}

TEST(ResetGate, ARequestThatIsNotEarlyPasses) {
  ResetGate gate;
  EXPECT_FALSE(gate.received(packet({init(100)})));
  EXPECT_FALSE(gate.received(packet({request(99)}))) << "no data was ever sent";
  gate.sent(packet({sack(105)}));
  EXPECT_FALSE(gate.received(packet({request(105)})));
  EXPECT_FALSE(gate.received(packet({response()})));
  EXPECT_FALSE(gate.due());
}

TEST(ResetGate, AnEarlyOneWaitsAndTheRestOfItsPacketDoesNot) {
  ResetGate gate;
  EXPECT_FALSE(gate.received(packet({init(100)})));
  const std::optional<Bytes> rest = gate.received(packet({sack(1), request(101), data()}));
  ASSERT_TRUE(rest);
  EXPECT_EQ(*rest, packet({sack(1), data()}));
  EXPECT_FALSE(gate.due());
  gate.sent(packet({data()}));
  gate.sent(packet({sack(100)}));
  EXPECT_FALSE(gate.due());
  gate.sent(packet({sack(101)}));
  EXPECT_EQ(*gate.due(), packet({request(101)}));
  EXPECT_FALSE(gate.due()) << "once";
}

// A delayed SACK would keep the peer waiting whose data is all here: a duplicate has it sent at once.
TEST(ResetGate, PromptsASackWhileOneWaits) {
  ResetGate gate;
  EXPECT_FALSE(gate.received(packet({init(100)})));
  EXPECT_FALSE(gate.prompt());
  gate.sent(packet({sack(105)}));
  ASSERT_TRUE(gate.received(packet({request(106)})));
  const std::optional<Bytes> prompt = gate.prompt();
  ASSERT_TRUE(prompt);
  ASSERT_EQ(prompt->size(), kHeader.size() + 20);
  EXPECT_EQ(Bytes(prompt->begin(), prompt->begin() + 8), Bytes(kHeader.begin(), kHeader.begin() + 8))
      << "ports and tag";
  EXPECT_EQ((*prompt)[12], 0) << "DATA";
  EXPECT_EQ(loadBe16(prompt->data() + 14), 17);
  EXPECT_EQ(loadBe32(prompt->data() + 16), 105u) << "acknowledged before: nobody gets it";
  gate.sent(packet({sack(106)}));
  EXPECT_TRUE(gate.due());
  EXPECT_FALSE(gate.prompt());
}

TEST(ResetGate, TsnsWrap) {
  ResetGate gate;
  EXPECT_FALSE(gate.received(packet({init(0xffffffff)})));
  gate.sent(packet({sack(0xffffffff)}));
  EXPECT_TRUE(gate.received(packet({request(3)})));
  gate.sent(packet({sack(3)}));
  EXPECT_TRUE(gate.due());
}

TEST(ResetGate, WhatIsCutOrBentPassesToWhoeverJudgesIt) {
  const Bytes whole = packet({sack(1), request(0x7000), data()});
  for (size_t size = 0; size <= whole.size(); ++size) {
    ResetGate gate;
    (void)gate.received(packet({init(100)}));
    (void)gate.received(ByteView(whole).first(size));
    gate.sent(ByteView(whole).first(size));
  }
  SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    ResetGate gate;
    (void)gate.received(packet({init(100)}));
    Bytes bent = whole;
    for (int n = 0; n < 4; ++n) bent[random.below(bent.size())] = static_cast<uint8_t>(random.below(256));
    const std::optional<Bytes> rest = gate.received(bent);
    EXPECT_TRUE(!rest || rest->size() < bent.size());
    gate.sent(bent);
    (void)gate.due();
  }
}

}  // namespace
}  // namespace tincan::sctp
