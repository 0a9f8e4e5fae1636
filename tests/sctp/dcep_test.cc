#include "sctp/dcep.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/sctp_dcep.h"

namespace tincan::inline v0::sctp::dcep {
namespace {

const Open kOpen{.ordered = false,
                 .reliability = Reliability::kPartialTimed,
                 .priority = 512,
                 .reliabilityParameter = 1500,
                 .label = "label",
                 .protocol = "proto"};

TEST(Dcep, OpenOnTheWire) {
  EXPECT_EQ(write(kOpen), (Bytes{0x03, 0x82, 0x02, 0x00, 0,   0,   0x05, 0xdc, 0,   5,  0, 5,  //
                                 'l',  'a',  'b',  'e',  'l', 'p', 'r',  'o',  't', 'o'}));
  EXPECT_EQ(write(Ack{}), Bytes{0x02});
}

TEST(Dcep, AllChannelTypesComeBack) {
  for (const bool ordered : {true, false}) {
    for (const auto reliability :
         {Reliability::kReliable, Reliability::kPartialRetransmits, Reliability::kPartialTimed}) {
      Open open = kOpen;
      open.ordered = ordered;
      open.reliability = reliability;
      if (reliability == Reliability::kReliable) open.reliabilityParameter = 0;
      const Result<Message> parsed = parse(write(open));
      ASSERT_TRUE(parsed.ok());
      EXPECT_EQ(std::get<Open>(*parsed), open);
    }
  }
}

TEST(Dcep, TheLongestNamesComeBack) {
  Open open = kOpen;
  open.label.assign(65'535, 'l');
  open.protocol.assign(65'535, 'p');
  const Result<Message> parsed = parse(write(open));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(std::get<Open>(*parsed), open);
}

TEST(Dcep, CutAnywhereItIsRefused) {
  const Bytes bytes = write(kOpen);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(parse(ByteView(bytes).first(size)).ok()) << size;
}

TEST(Dcep, LengthsThatLieAreRefused) {
  for (const size_t at : {size_t{9}, size_t{11}}) {
    for (const int delta : {-1, 1, 100}) {
      Bytes bytes = write(kOpen);
      bytes[at] = static_cast<uint8_t>(bytes[at] + delta);
      EXPECT_EQ(parse(bytes).error().code(), ErrorCode::kMalformed) << at << " " << delta;
    }
  }
  Bytes bytes = write(kOpen);
  bytes.push_back(0);
  EXPECT_FALSE(parse(bytes).ok());
}

TEST(Dcep, UnknownTypesAreUnsupported) {
  for (int type = 0; type < 256; ++type) {
    Bytes bytes = write(kOpen);
    bytes[0] = static_cast<uint8_t>(type);
    EXPECT_EQ(parse(bytes).ok(), type == 2 || type == 3) << type;
    bytes = write(kOpen);
    bytes[1] = static_cast<uint8_t>(type);
    EXPECT_EQ(parse(bytes).ok(), (type & 0x7f) <= 2) << type;
  }
}

TEST(Dcep, TheParameterOfAReliableChannelIsIgnored) {
  Bytes bytes = write(kOpen);
  bytes[1] = 0x00;
  EXPECT_EQ(std::get<Open>(*parse(bytes)).reliabilityParameter, 0u);
}

TEST(Dcep, RandomBytesRoundTripOrAreRefused) {
  SeededRandom random(1);
  for (int i = 0; i < 5000; ++i) {
    Bytes bytes = write(kOpen);
    for (int n = 0; n < 3; ++n) bytes[random.below(bytes.size())] = static_cast<uint8_t>(random.below(256));
    fuzz::fuzzSctpDcep(bytes);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sctp::dcep
