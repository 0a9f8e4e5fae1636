#include "sctp/stream_ledger.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::sctp {
namespace {

constexpr uint8_t kWhole = 3, kFirst = 2, kMiddle = 0, kLast = 1;

Bytes packet(std::initializer_list<Bytes> chunks) {
  Bytes out(12);
  for (const Bytes& chunk : chunks) out.insert(out.end(), chunk.begin(), chunk.end());
  return out;
}
Bytes data(uint32_t tsn, uint16_t stream, uint8_t flags = kWhole) {
  ByteBuilder out;
  out.u8(0).u8(flags).u16(17).u32(tsn).u16(stream).u16(0).u32(51).u8('x').u8(0).u8(0).u8(0);
  return out.take();
}
Bytes sack(uint32_t tsn) {
  ByteBuilder out;
  out.u8(3).u8(0).u16(16).u32(tsn).u32(100'000).u16(0).u16(0);
  return out.take();
}

TEST(StreamLedger, BusyFromTheMessageToItsAcknowledgement) {
  StreamLedger ledger;
  EXPECT_FALSE(ledger.isBusy(7));
  ledger.taken(7);
  EXPECT_TRUE(ledger.isBusy(7)) << "not left yet";
  EXPECT_FALSE(ledger.isInFlight(7));
  ledger.sent(packet({sack(5), data(0xffffffff, 7)}));
  EXPECT_TRUE(ledger.isBusy(7)) << "on its way";
  EXPECT_TRUE(ledger.isInFlight(7));
  EXPECT_FALSE(ledger.isBusy(8));
  ledger.received(packet({sack(0xfffffffe)}));
  EXPECT_TRUE(ledger.isBusy(7));
  ledger.received(packet({data(1, 7), sack(0xffffffff)}));
  EXPECT_FALSE(ledger.isBusy(7));
  ledger.received(packet({sack(0xfffffff0)}));
  EXPECT_FALSE(ledger.isBusy(7)) << "an old SACK takes nothing back";
}

TEST(StreamLedger, EachStreamByItself) {
  StreamLedger ledger;
  for (const uint16_t stream : {1, 2, 1}) ledger.taken(stream);
  ledger.sent(packet({data(10, 1), data(11, 2), data(12, 1)}));
  ledger.received(packet({sack(11)}));
  EXPECT_TRUE(ledger.isBusy(1));
  EXPECT_FALSE(ledger.isBusy(2));
  ledger.sent(packet({data(10, 1)}));  // once more: nobody's newest
  ledger.received(packet({sack(12)}));
  EXPECT_FALSE(ledger.isBusy(1));
}

TEST(StreamLedger, APieceIsNotAMessage) {
  StreamLedger ledger;
  ledger.taken(3);
  ledger.sent(packet({data(1, 3, kFirst)}));
  ledger.sent(packet({data(2, 3, kMiddle)}));
  ledger.received(packet({sack(2)}));
  EXPECT_TRUE(ledger.isBusy(3)) << "the last piece waits inside";
  ledger.sent(packet({data(3, 3, kLast)}));
  ledger.sent(packet({data(3, 3, kLast)}));  // sent twice, counted once
  ledger.taken(3);
  ledger.received(packet({sack(3)}));
  EXPECT_TRUE(ledger.isBusy(3));
  ledger.sent(packet({data(4, 3)}));
  ledger.received(packet({sack(4)}));
  EXPECT_FALSE(ledger.isBusy(3));
}

TEST(StreamLedger, RefusedAndGivenUpMessagesAreForgotten) {
  StreamLedger ledger;
  ledger.taken(1);
  ledger.refused(1);
  EXPECT_FALSE(ledger.isBusy(1));
  ledger.taken(2);
  ledger.allAcknowledged();
  EXPECT_FALSE(ledger.isBusy(2));
}

TEST(StreamLedger, LiesAndHalvesAreHarmless) {
  StreamLedger ledger;
  const Bytes whole = packet({data(1, 1), sack(1), data(2, 2)});
  for (size_t size = 0; size <= whole.size(); ++size) {
    ledger.sent(ByteView(whole).first(size));
    ledger.received(ByteView(whole).first(size));
  }
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    Bytes noise = whole;
    random.fill(MutableByteView(noise).subspan(12));
    ledger.sent(noise);
    ledger.received(noise);
  }
}

}  // namespace
}  // namespace tincan::sctp
