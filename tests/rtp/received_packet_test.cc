// A packet is parsed once and travels whole: header, extension values, and what RTX changes of them.
#include "rtp/received_packet.h"

#include <string>

#include <gtest/gtest.h>

#include "rtp/extension_values.h"
#include "rtp/repair/rtx.h"

namespace tincan::inline v0::rtp {
namespace {

ExtensionMap mapOf(uint8_t mid, uint8_t sequence) {
  ExtensionMap map;
  map.add(ExtensionKind::kMid, mid);
  map.add(ExtensionKind::kTransportSequence, sequence);
  return map;
}

Bytes packetOf(const ExtensionMap& map, std::string_view mid, uint16_t transportSequence, ByteView payload) {
  ExtensionWriter writer(map);
  writer.add(ExtensionKind::kMid, asBytes(mid));
  writer.add(ExtensionKind::kTransportSequence, TransportSequence{transportSequence}.bytes());
  Header header;
  header.payloadType = PayloadType(96);
  header.sequenceNumber = 1000;
  header.timestamp = 90'000;
  header.ssrc = Ssrc(7);
  Bytes out(200);
  out.resize(writeHeader(out, header, {}, writer.block()));
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

const Bytes kPayload{1, 2, 3, 4, 5};

TEST(ReceivedPacket, HoldsTheExtensionsOfAllSections) {
  PacketPool pool;
  ExtensionIds ids;
  ids.add(mapOf(4, 3));
  ids.add(mapOf(9, 3));  // the other section's mid has another id
  for (const ExtensionMap& map : {mapOf(4, 3), mapOf(9, 3)}) {
    ReceivedPacket packet;
    const TimePoint at = TimePoint::fromMicros(5);
    ASSERT_TRUE(
        ReceivedPacket::parse(at, Ecn::kCongested, pool.copy(packetOf(map, "video", 77, kPayload)), ids, packet));
    EXPECT_EQ(packet.at, at);
    EXPECT_EQ(packet.ecn, Ecn::kCongested);
    EXPECT_EQ(packet.header.sequenceNumber, 1000);
    EXPECT_EQ(packet.text(ExtensionKind::kMid), "video");
    EXPECT_EQ(TransportSequence::read(*packet.extension(ExtensionKind::kTransportSequence))->value, 77);
    EXPECT_FALSE(packet.extension(ExtensionKind::kRtpStreamId));
    EXPECT_EQ(packet.text(ExtensionKind::kRtpStreamId), "");
    EXPECT_EQ(toBytes(packet.payload()), kPayload);
  }
}

TEST(ReceivedPacket, AnIdThatIsBoundStaysWhatItIs) {
  ExtensionIds ids;
  ids.add(mapOf(4, 3));
  ids.add(mapOf(3, 4));
  EXPECT_EQ(ids.kind(4), ExtensionKind::kMid);
  EXPECT_EQ(ids.kind(3), ExtensionKind::kTransportSequence);
  EXPECT_FALSE(ids.kind(0));
  EXPECT_FALSE(ids.kind(255));
  ids.clear();
  EXPECT_FALSE(ids.kind(4));
}

// The values of one packet are not those of the next, which lands in the same object.
TEST(ReceivedPacket, NothingIsLeftOfThePacketBefore) {
  PacketPool pool;
  ExtensionIds ids;
  ids.add(mapOf(4, 3));
  ReceivedPacket packet;
  ASSERT_TRUE(ReceivedPacket::parse({}, {}, pool.copy(packetOf(mapOf(4, 3), "a", 1, kPayload)), ids, packet));
  packet.recovered = true;
  ASSERT_TRUE(ReceivedPacket::parse({}, {}, pool.copy(packetOf({}, "a", 1, kPayload)), ids, packet));
  EXPECT_FALSE(packet.extension(ExtensionKind::kMid));
  EXPECT_FALSE(packet.recovered);
}

TEST(ReceivedPacket, TruncatedAtEachByteItIsRefusedOrReadsWithinItself) {
  PacketPool pool;
  ExtensionIds ids;
  ids.add(mapOf(4, 3));
  const Bytes whole = packetOf(mapOf(4, 3), "video", 77, {});
  for (size_t size = 0; size < whole.size(); ++size) {
    ReceivedPacket packet;
    EXPECT_FALSE(ReceivedPacket::parse({}, {}, pool.copy(ByteView(whole).first(size)), ids, packet)) << size;
  }
  // Each length within the extension off by one: the values that are read lie in the packet.
  for (size_t at = kFixedHeaderSize + 2; at < whole.size(); ++at) {
    for (const int change : {-1, 1}) {
      Bytes bytes = whole;
      bytes[at] = static_cast<uint8_t>(bytes[at] + change);
      ReceivedPacket packet;
      if (!ReceivedPacket::parse({}, {}, pool.copy(bytes), ids, packet)) continue;
      for (size_t kind = 0; kind < kExtensionKinds; ++kind) {
        const auto value = packet.extension(static_cast<ExtensionKind>(kind));
        if (!value || value->empty()) continue;
        EXPECT_GE(value->data(), packet.buffer.data() + kFixedHeaderSize);
        EXPECT_LE(value->data() + value->size(), packet.buffer.data() + packet.buffer.size());
      }
    }
  }
}

TEST(ReceivedPacket, RtxLeavesItParsed) {
  PacketPool pool;
  ExtensionIds ids;
  ids.add(mapOf(4, 3));
  RtxPayloadTypes types;
  types.add(PayloadType(96), PayloadType(97));
  RtxSender sender(Ssrc(8), 500, types);
  RtxReceiver receiver(Ssrc(7), types);
  const Bytes original = packetOf(mapOf(4, 3), "video", 77, kPayload);
  PacketBuffer repair = pool.allocate();
  ASSERT_TRUE(sender.build(original, repair));
  ReceivedPacket packet;
  ASSERT_TRUE(ReceivedPacket::parse({}, {}, std::move(repair), ids, packet));
  EXPECT_EQ(packet.header.ssrc, Ssrc(8));
  ASSERT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kRestored);
  EXPECT_TRUE(packet.recovered);
  EXPECT_EQ(packet.header.ssrc, Ssrc(7));
  EXPECT_EQ(packet.header.sequenceNumber, 1000);
  EXPECT_EQ(packet.header.payloadType, PayloadType(96));
  EXPECT_EQ(packet.text(ExtensionKind::kMid), "video");
  EXPECT_EQ(toBytes(packet.buffer.view()), original);
  EXPECT_EQ(toBytes(packet.payload()), kPayload);
  // Once more it is no repair.
  EXPECT_EQ(receiver.restore(packet), RtxReceiver::Outcome::kMalformed);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
