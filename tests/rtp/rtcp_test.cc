#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

Bytes bytesOf(const std::vector<Packet>& packets) {
  Bytes out(65536);
  ByteWriter writer(out);
  for (const Packet& packet : packets) EXPECT_TRUE(write(writer, packet)) << packet.index();
  out.resize(writer.size());
  return out;
}

template <class T>
T roundTrip(const T& packet) {
  const Bytes bytes = bytesOf({packet});
  const auto parsed = parseCompound(bytes);
  EXPECT_TRUE(parsed.ok());
  if (!parsed.ok() || parsed->size() != 1 || !std::holds_alternative<T>(parsed->front())) {
    ADD_FAILURE();
    return {};
  }
  return std::get<T>(parsed->front());
}

ErrorCode failure(const Bytes& bytes) {
  const auto parsed = parseCompound(bytes);
  return parsed.ok() ? ErrorCode::kIo : parsed.error().code();
}

ReportBlock report(uint32_t ssrc) {
  return {Ssrc(ssrc), 12, -3, 0x0001fffe, 77, 0x11223344, 0x00010000};
}

std::vector<Packet> oneOfEach() {
  SenderReport sr{Ssrc(1), NtpTime::fromRaw(0x1122334455667788), 3, 4, 5, {report(6), report(7)}};
  ReceiverReport rr{Ssrc(8), {report(9)}};
  Sdes sdes{{{Ssrc(1), {{SdesType::kCname, "tincan"}, {SdesType::kMid, "0"}}}, {Ssrc(2), {}}}};
  Bye bye{{Ssrc(1), Ssrc(2)}, "enough"};
  Nack nack{Ssrc(1), Ssrc(2), {10, 11, 26, 27, 65535, 3}};
  Pli pli{Ssrc(1), Ssrc(2)};
  Fir fir{Ssrc(1), {{Ssrc(2), 3}, {Ssrc(4), 255}}};
  TransportFeedback feedback{Ssrc(1), Ssrc(2), 65530,
                             -5,      9,       {{true, 4}, {}, {true, -300}, {true, 255}, {}, {true, 256}}};
  Remb remb{Ssrc(1), 0x3ffff, {Ssrc(2), Ssrc(3)}};
  App app{5, Ssrc(1), {'t', 'i', 'n', 'c'}, Bytes{1, 2, 3, 4}};
  XrRunLengths losses{false, 0, Ssrc(2), 65530, 20, XrRunLengths::compress(std::vector<bool>(26, true))};
  XrRunLengths duplicates{true, 2, Ssrc(2), 1, 90, {0x4003, 0x8001, 0x0005}};
  XrStatistics statistics{true, true, false, XrStatistics::Ttl::kIpv6HopLimit, Ssrc(2), 1, 9, 3, 4, 5, 6, 7, 8, 1,
                          2,    3,    4};
  XrVoipMetrics voip;
  voip.source = Ssrc(3);
  voip.lossRate = 12;
  voip.signalLevel = -20;
  voip.jitterBufferMaximum = 200;
  ExtendedReport xr{
      Ssrc(1),
      {losses, duplicates, XrReferenceTime{NtpTime::fromRaw(0x1122334455667788)},
       XrDelays{{{Ssrc(2), 3, 4}, {Ssrc(5), 6, 7}}}, statistics, voip, XrUnknown{99, 3, Bytes{1, 2, 3, 4}}}};
  CongestionFeedback congestion{
      Ssrc(1), {{Ssrc(2), 65535, {{true, 3, 0x1fff}, {}, {true, 0, 5}}}, {Ssrc(3), 7, {}}}, 0x01020304};
  Tmmbr tmmbr{Ssrc(1), {{Ssrc(2), 0x1ffffu << 3, 40}, {Ssrc(3), 5, 511}}};
  Tmmbn tmmbn{Ssrc(1), {{Ssrc(2), 1000, 1}}};
  Sli sli{Ssrc(1), Ssrc(2), {{0x1fff, 1, 63}, {2, 0x1fff, 0}}};
  Rpsi rpsi{Ssrc(1), Ssrc(2), 96, 3, Bytes{1, 2, 8}};
  Unknown unknown{209, 3, Bytes{1, 2, 3, 4, 5, 6, 7, 8}};
  return {sr, rr, sdes, bye, nack, pli, fir, feedback, remb, app, xr, congestion, tmmbr, tmmbn, sli, rpsi, unknown};
}

TEST(Rtcp, EveryTypeRoundTripsInOneCompound) {
  const std::vector<Packet> packets = oneOfEach();
  const auto parsed = parseCompound(bytesOf(packets));
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), packets.size());
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ((*parsed)[i], packets[i]) << i;
}

TEST(Rtcp, RefusesEveryTruncationOfEveryType) {
  for (const Packet& packet : oneOfEach()) {
    const Bytes whole = bytesOf({packet});
    for (size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
      EXPECT_EQ(failure(cut), ErrorCode::kMalformed) << packet.index() << " at " << size;
    }
  }
}

TEST(Rtcp, LengthsThatLieNeverReadPastTheEnd) {
  for (const Packet& packet : oneOfEach()) {
    const Bytes whole = bytesOf({packet});
    const uint16_t words = loadBe16(whole.data() + 2);
    // One more than there is: refused, whatever the type.
    Bytes longer = whole;
    storeBe16(longer.data() + 2, static_cast<uint16_t>(words + 1));
    EXPECT_EQ(failure(longer), ErrorCode::kMalformed) << packet.index();
    // One less: what is left over is no packet, or the body is too short; only noise in a foreign type may pass.
    Bytes shorter = whole;
    storeBe16(shorter.data() + 2, static_cast<uint16_t>(words - 1));
    EXPECT_EQ(failure(shorter), ErrorCode::kMalformed) << packet.index();
    // A body cut short whose header says so truly: the counts inside must not be believed.
    for (uint16_t keep = 0; keep < words; ++keep) {
      Bytes cut(whole.begin(), whole.begin() + 4 * (keep + 1));
      storeBe16(cut.data() + 2, keep);
      const auto parsed = parseCompound(cut);
      if (parsed.ok() && !std::holds_alternative<Unknown>(packet)) {
        EXPECT_FALSE(parsed->front() == packet) << packet.index() << " with " << keep;
      }
    }
  }
}

TEST(Rtcp, CountsAreChecked) {
  // Report counts, sources and chunks one above what the body holds.
  for (size_t index : {0u, 1u, 2u}) {
    Bytes bytes = bytesOf({oneOfEach()[index]});
    bytes[0] = static_cast<uint8_t>(bytes[0] + 1);
    EXPECT_EQ(failure(bytes), ErrorCode::kMalformed) << index;
  }
  EXPECT_EQ(failure({0x9f, 203, 0, 1, 0, 0, 0, 1}), ErrorCode::kMalformed);  // BYE of 31 with one
}

TEST(Rtcp, RefusesEmptyAndForeignVersions) {
  EXPECT_EQ(failure({}), ErrorCode::kMalformed);
  for (uint8_t version : {0x00, 0x40, 0xc0}) EXPECT_EQ(failure({version, 203, 0, 0}), ErrorCode::kMalformed);
}

TEST(Rtcp, PaddingIsBounded) {
  const Bytes good = {0xa0, 209, 0, 2, 1, 2, 3, 4, 0, 0, 0, 4};
  const auto parsed = parseCompound(good);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<Unknown>(parsed->front()).body, (Bytes{1, 2, 3, 4}));
  for (uint8_t size : {0, 9, 255}) {
    Bytes bad = good;
    bad.back() = size;
    EXPECT_EQ(failure(bad), ErrorCode::kMalformed) << int{size};
  }
  EXPECT_EQ(failure({0xa0, 203, 0, 0}), ErrorCode::kMalformed);  // padding in a packet without a body
  Bytes all = good;
  all.back() = 8;
  EXPECT_TRUE(parseCompound(all).ok());
}

// What padding cuts is that packet with less in it, or none; never one that it was not.
TEST(Rtcp, PaddingThatCutsABodyMakesNoOtherPacket) {
  std::vector<Packet> all = oneOfEach();
  all.push_back(Remb{Ssrc(1), 1, {}});
  for (const Packet& packet : all) {
    Bytes bytes = bytesOf({packet});
    bytes[0] |= 0x20;
    for (size_t padding = 1; padding <= bytes.size() - 4; ++padding) {
      bytes.back() = static_cast<uint8_t>(padding);
      const auto parsed = parseCompound(bytes);
      if (!parsed) continue;
      const auto again = parseCompound(bytesOf(*parsed));
      ASSERT_TRUE(again.ok()) << packet.index() << ", " << padding;
      EXPECT_TRUE(*again == *parsed) << packet.index() << ", " << padding;
      if (const auto* nack = std::get_if<Nack>(&parsed->front())) {
        EXPECT_EQ(padding % 4, 0u) << nack->sequenceNumbers.size() << " packets are missed by padding";
      }
    }
  }
}

// LIMITS A34
TEST(Rtcp, ByeReasonPastTheEndIsRefused) {
  EXPECT_EQ(roundTrip(Bye{{Ssrc(5)}, ""}), (Bye{{Ssrc(5)}, ""}));
  Bytes bytes = bytesOf({Bye{{Ssrc(5)}, "abc"}});  // exactly one word
  bytes[8] = 4;
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
  EXPECT_EQ(roundTrip(Bye{{}, std::string(255, 'x')}).reason.size(), 255u);
}

TEST(Rtcp, SdesItemsKeepInside) {
  Bytes bytes = bytesOf({Sdes{{{Ssrc(1), {{SdesType::kCname, "ab"}}}}}});  // 1 2 a b | 0 0 0 0
  ASSERT_EQ(bytes.size(), 16u);
  EXPECT_TRUE(parseCompound(bytes).ok());
  bytes[9] = 6;  // the text takes the terminator too
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
  bytes[9] = 7;
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
}

TEST(Rtcp, LossIsSignedAndClamped) {
  for (int32_t lost : {0, 1, -1, 0x7fffff, -0x800000}) {
    ReceiverReport rr{Ssrc(1), {report(2)}};
    rr.reports[0].cumulativeLost = lost;
    EXPECT_EQ(roundTrip(rr).reports[0].cumulativeLost, lost);
  }
  ReceiverReport rr{Ssrc(1), {report(2)}};
  rr.reports[0].cumulativeLost = 0x900000;
  EXPECT_EQ(roundTrip(rr).reports[0].cumulativeLost, 0x7fffff);
}

TEST(Rtcp, NackPacksRunsAndKeepsItsBound) {
  Nack nack{Ssrc(1), Ssrc(2), {}};
  for (uint16_t i = 0; i < 17; ++i) nack.sequenceNumbers.push_back(static_cast<uint16_t>(65530 + i));
  EXPECT_EQ(bytesOf({nack}).size(), 16u);
  EXPECT_EQ(roundTrip(nack), nack);
  nack.sequenceNumbers = {5, 4, 4, 21, 22, 5};  // neither ascending nor distinct
  EXPECT_EQ(roundTrip(nack), nack);
  // RFC 4585 §6.2.1: PID 10 and BLP with bits 0 and 15: 10, 11, 26.
  const auto parsed = parseCompound(Bytes{0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0x80, 0x01});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<Nack>(parsed->front()).sequenceNumbers, (std::vector<uint16_t>{10, 11, 26}));

  Bytes flood = {0x81, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2};
  for (int i = 0; i < 58; ++i) flood.insert(flood.end(), {0, 0, 0xff, 0xff});  // 58 × 17 = 986
  for (int i = 0; i < 14; ++i) flood.insert(flood.end(), {0, 0, 0, 0});        // 1,000
  storeBe16(flood.data() + 2, static_cast<uint16_t>(flood.size() / 4 - 1));
  EXPECT_TRUE(parseCompound(flood).ok());
  flood.insert(flood.end(), {0, 0, 0, 0});
  storeBe16(flood.data() + 2, static_cast<uint16_t>(flood.size() / 4 - 1));
  EXPECT_EQ(failure(flood), ErrorCode::kLimit);
  Bytes out(8192);
  ByteWriter writer(out);
  EXPECT_FALSE(write(writer, Nack{Ssrc(1), Ssrc(2), std::vector<uint16_t>(1001)}));
  EXPECT_FALSE(write(writer, Nack{Ssrc(1), Ssrc(2), {}}));
}

// LIMITS A34
TEST(Rtcp, RembTakes255SsrcsAndCountsThem) {
  Remb remb{Ssrc(1), 0, {}};
  for (uint32_t i = 0; i < 255; ++i) remb.ssrcs.push_back(Ssrc(i));
  EXPECT_EQ(roundTrip(remb), remb);
  for (int change : {-1, 1}) {
    Bytes bytes = bytesOf({Remb{Ssrc(1), 5, {Ssrc(2), Ssrc(3)}}});
    bytes[16] = static_cast<uint8_t>(bytes[16] + change);
    EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
  }
  remb.ssrcs.push_back(Ssrc(0));
  Bytes out(4096);
  ByteWriter writer(out);
  EXPECT_FALSE(write(writer, remb));
}

TEST(Rtcp, RembRatesRoundDownAndDoNotOverflow) {
  for (uint64_t rate : {uint64_t{0}, uint64_t{1}, uint64_t{0x3ffff}, uint64_t{0x3ffff} << 46}) {
    EXPECT_EQ(roundTrip(Remb{Ssrc(1), rate, {}}).bitrate, rate);
  }
  EXPECT_EQ(roundTrip(Remb{Ssrc(1), 0x40001, {}}).bitrate, 0x40000u);
  EXPECT_EQ(roundTrip(Remb{Ssrc(1), UINT64_MAX, {}}).bitrate, uint64_t{0x3ffff} << 46);
  Bytes bytes = bytesOf({Remb{Ssrc(1), 0x3ffff, {}}});
  bytes[17] = static_cast<uint8_t>((63 << 2) | 3);  // mantissa of 18 ones, exponent 63
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
  bytes[17] = static_cast<uint8_t>((46 << 2) | 3);
  EXPECT_TRUE(parseCompound(bytes).ok());
  bytes[17] = static_cast<uint8_t>((47 << 2) | 3);
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
}

TEST(Rtcp, ForeignApplicationFeedbackIsKeptRaw) {
  Bytes bytes = bytesOf({Remb{Ssrc(1), 5, {}}});
  bytes[12] = 'X';
  const auto parsed = parseCompound(bytes);
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(std::holds_alternative<Unknown>(parsed->front()));
  EXPECT_EQ(bytesOf(*parsed), bytes);
}

TEST(Rtcp, PliHasNoMoreThanTwoSsrcs) {
  EXPECT_EQ(failure({0x81, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0}), ErrorCode::kMalformed);
  EXPECT_EQ(failure({0x84, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0}), ErrorCode::kMalformed);  // half a FIR
}

TEST(RtcpTransportFeedback, ReadsTheThreeChunkForms) {
  // Run of 3 small, a one-bit vector 1010…, a two-bit vector small, large, none…; count 3 + 14 + 3.
  Bytes bytes = {0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 100, 0, 20, 0xff, 0xff, 0xfe, 7};
  const Bytes chunks = {0x20, 3, 0xaa, 0xaa, 0xd8, 0x00};
  bytes.insert(bytes.end(), chunks.begin(), chunks.end());
  for (uint8_t i = 0; i < 11; ++i) bytes.push_back(i);  // 3 + 7 + 1 small deltas
  bytes.insert(bytes.end(), {0xff, 0xfe});              // one large: -2
  while (bytes.size() % 4 != 0) bytes.push_back(0);
  storeBe16(bytes.data() + 2, static_cast<uint16_t>(bytes.size() / 4 - 1));
  const auto parsed = parseCompound(bytes);
  ASSERT_TRUE(parsed.ok());
  const auto& feedback = std::get<TransportFeedback>(parsed->front());
  EXPECT_EQ(feedback.baseSequence, 100);
  EXPECT_EQ(feedback.referenceTime, -2);
  EXPECT_EQ(feedback.feedbackCount, 7);
  ASSERT_EQ(feedback.statuses.size(), 20u);
  EXPECT_EQ(feedback.statuses[2], (TransportFeedback::Status{true, 2}));
  EXPECT_EQ(feedback.statuses[3], (TransportFeedback::Status{true, 3}));
  EXPECT_EQ(feedback.statuses[4], (TransportFeedback::Status{}));
  EXPECT_EQ(feedback.statuses[17], (TransportFeedback::Status{true, 10}));
  EXPECT_EQ(feedback.statuses[18], (TransportFeedback::Status{true, -2}));
  EXPECT_EQ(feedback.statuses[19], (TransportFeedback::Status{}));
}

TEST(RtcpTransportFeedback, RefusesTheReservedSymbolAndEmptyOrVastCounts) {
  Bytes bytes = {0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 1, 0, 0};
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);  // run of the symbol 3
  bytes[20] = 0xf0;
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);  // vector that starts with it
  bytes[20] = 0;
  EXPECT_TRUE(parseCompound(bytes).ok());
  bytes[15] = 0;
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);  // no status at all
  storeBe16(bytes.data() + 14, 2048);
  storeBe16(bytes.data() + 20, 0x1fff);
  EXPECT_TRUE(parseCompound(bytes).ok());
  storeBe16(bytes.data() + 14, 2049);
  EXPECT_EQ(failure(bytes), ErrorCode::kLimit);
  storeBe16(bytes.data() + 14, 2048);
  storeBe16(bytes.data() + 20, 0);  // runs of nothing, to the end
  EXPECT_EQ(failure(bytes), ErrorCode::kMalformed);
}

TEST(RtcpTransportFeedback, AcceptsLibwebrtcsOddPaddingInsideACompound) {
  Bytes bytes = {0xaf, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 1, 9, 1};
  const Bytes pli = bytesOf({Pli{Ssrc(1), Ssrc(2)}});
  bytes.insert(bytes.end(), pli.begin(), pli.end());
  const auto parsed = parseCompound(bytes);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ(std::get<TransportFeedback>(parsed->front()).statuses[0].delta, 9);
}

TEST(RtcpTransportFeedback, RandomStatusesRoundTrip) {
  SeededRandom random(3);
  for (int i = 0; i < 500; ++i) {
    TransportFeedback feedback{Ssrc(1), Ssrc(2), static_cast<uint16_t>(random.u32()), 0x7fffff, 1, {}};
    const uint64_t count = 1 + random.below(i % 50 == 0 ? 2048 : 120);
    const uint64_t lossy = random.below(10);
    const uint64_t wild = random.below(10);
    while (feedback.statuses.size() < count) {
      const bool received = random.below(10) >= lossy;
      const auto delta = static_cast<int16_t>(random.below(10) < wild ? random.u32() : random.below(256));
      for (uint64_t run = random.below(20); run > 0 && feedback.statuses.size() < count; --run) {
        feedback.statuses.push_back({received, received ? delta : int16_t{0}});
      }
    }
    EXPECT_EQ(roundTrip(feedback), feedback);
  }
}

TEST(Rtcp, WritersFailWhenThereIsNoRoom) {
  for (const Packet& packet : oneOfEach()) {
    const size_t size = bytesOf({packet}).size();
    for (size_t room = 0; room < size; ++room) {
      Bytes out(room);
      ByteWriter writer(out);
      EXPECT_FALSE(write(writer, packet)) << packet.index() << " in " << room;
    }
  }
}

TEST(Rtcp, WritersRefuseWhatCannotBeSaid) {
  Bytes out(65536);
  ByteWriter writer(out);
  EXPECT_FALSE(write(writer, SenderReport{{}, {}, 0, 0, 0, std::vector<ReportBlock>(32)}));
  EXPECT_FALSE(write(writer, ReceiverReport{{}, std::vector<ReportBlock>(32)}));
  EXPECT_FALSE(write(writer, Sdes{std::vector<Sdes::Chunk>(32)}));
  EXPECT_FALSE(write(writer, Bye{std::vector<Ssrc>(32), ""}));
  EXPECT_FALSE(write(writer, Bye{{}, std::string(256, 'x')}));
  EXPECT_FALSE(write(writer, Unknown{207, 32, {}}));
  ByteWriter second(out);
  EXPECT_FALSE(write(second, Unknown{207, 0, Bytes(3)}));
  ByteWriter third(out);
  EXPECT_FALSE(write(third, Sdes{{{Ssrc(1), {{SdesType::kCname, std::string(256, 'x')}}}}}));
}

TEST(Rtcp, SurvivesNoise) {
  SeededRandom random(4);
  constexpr uint8_t kTypes[] = {200, 201, 202, 203, 204, 205, 206, 207};
  for (int i = 0; i < 15'000; ++i) {
    Bytes bytes(4 + 4 * random.below(24));
    random.fill(bytes);
    bytes[0] = static_cast<uint8_t>((bytes[0] & 0x1f) | 0x80);
    bytes[1] = kTypes[random.below(8)];
    storeBe16(bytes.data() + 2, static_cast<uint16_t>(bytes.size() / 4 - 1));
    const auto parsed = parseCompound(bytes);
    if (parsed.ok()) {
      EXPECT_EQ(*parseCompound(bytesOf(*parsed)), *parsed);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp::rtcp
