#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/header.h"
#include "rtp/payload/red.h"
#include "rtp/repair/fec_decoder.h"
#include "rtp/repair/fec_encoder.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr Ssrc kMedia(0x11111111);

Bytes mediaPacket(SeededRandom& random, uint16_t sequence, size_t payload) {
  Bytes bytes(kFixedHeaderSize + payload);
  random.fill(bytes);
  Header header;
  header.marker = random.below(2) == 0;
  header.payloadType = PayloadType(96);
  header.sequenceNumber = sequence;
  header.timestamp = random.u32();
  header.ssrc = kMedia;
  EXPECT_EQ(writeHeader(bytes, header), kFixedHeaderSize);
  return bytes;
}

class Fec : public testing::TestWithParam<FecScheme> {
 protected:
  /// A group of `count` packets from `first` on, and its parity.
  void make(uint16_t first, size_t count, uint8_t protection, size_t step = 1) {
    media_.clear();
    parity_.clear();
    for (size_t i = 0; i < count; ++i) {
      media_.push_back(mediaPacket(random_, static_cast<uint16_t>(first + i * step), random_.below(1100)));
    }
    const std::vector<ByteView> views(media_.begin(), media_.end());
    FecEncoder encoder(GetParam());
    ASSERT_TRUE(encoder.protect(views, protection));
    PacketBuffer packet = pool_.allocate();
    while (encoder.next(packet)) {
      parity_.push_back(toBytes(packet.view()));
      packet = pool_.allocate();
    }
    ASSERT_EQ(parity_.size(), FecEncoder::parityCount(count, protection));
  }
  /// What the decoder repairs when `lost` are missing, by index.
  std::set<size_t> repaired(FecDecoder& decoder, const std::set<size_t>& lost) {
    for (size_t i = 0; i < media_.size(); ++i) {
      if (!lost.count(i)) decoder.receiveMedia(media_[i]);
    }
    for (const Bytes& parity : parity_) decoder.receiveParity(parity);
    std::set<size_t> out;
    PacketBuffer packet;
    while (decoder.poll(packet)) {
      for (size_t i = 0; i < media_.size(); ++i) {
        if (equalBytes(packet.view(), media_[i])) out.insert(i);
      }
    }
    return out;
  }
  std::set<size_t> repaired(const std::set<size_t>& lost) {
    FecDecoder decoder(GetParam(), kMedia, pool_);
    return repaired(decoder, lost);
  }

  PacketPool pool_;
  SeededRandom random_{1};
  std::vector<Bytes> media_;
  std::vector<Bytes> parity_;
};

TEST_P(Fec, EverySingleLossIsRepaired) {
  for (const size_t count : {1u, 2u, 7u, 15u, 16u, 17u, 46u, 47u, 48u}) {
    for (const uint8_t protection : {1, 64, 128, 255}) {
      make(65530, count, protection);
      for (size_t lost = 0; lost < count; ++lost) {
        ASSERT_EQ(repaired({lost}), std::set<size_t>{lost}) << count << " by " << int{protection};
      }
    }
  }
}

TEST_P(Fec, EveryBurstAsLongAsTheParityIsRepaired) {
  for (const uint8_t protection : {40, 90, 128, 200}) {
    make(100, 20, protection);
    const size_t burst = parity_.size();
    for (size_t first = 0; first + burst <= media_.size(); ++first) {
      std::set<size_t> lost;
      for (size_t i = 0; i < burst; ++i) lost.insert(first + i);
      ASSERT_EQ(repaired(lost), lost);
    }
  }
}

TEST_P(Fec, MoreLossThanParityRepairsWhatItCanAndNothingWrong) {
  for (int round = 0; round < 200; ++round) {
    make(static_cast<uint16_t>(random_.u32()), 1 + random_.below(48), static_cast<uint8_t>(random_.u32()));
    std::set<size_t> lost;
    for (size_t i = 0; i < media_.size(); ++i) {
      if (random_.below(4) == 0) lost.insert(i);
    }
    FecDecoder decoder(GetParam(), kMedia, pool_);
    const auto out = repaired(decoder, lost);
    for (const size_t i : out) EXPECT_TRUE(lost.count(i));
    EXPECT_EQ(out.size(), decoder.stats().recovered) << "every repaired packet is one that was sent";
  }
}

TEST_P(Fec, ParityMayComeFirstAndRepairsMayLeadToRepairs) {
  make(1, 12, 128);  // six parity packets of two each
  FecDecoder decoder(GetParam(), kMedia, pool_);
  for (const Bytes& parity : parity_) decoder.receiveParity(parity);
  for (size_t i = 0; i < 6; ++i) decoder.receiveMedia(media_[i]);
  EXPECT_EQ(decoder.stats().recovered, 6u);

  // A chain: {0,1}, {1,2}, {2,3} …; only packet 0 came.
  std::vector<Bytes> chain;
  for (size_t i = 0; i + 1 < media_.size(); ++i) {
    const std::vector<ByteView> pair = {media_[i], media_[i + 1]};
    FecEncoder encoder(GetParam());
    ASSERT_TRUE(encoder.protect(pair, 1));
    PacketBuffer packet = pool_.allocate();
    ASSERT_TRUE(encoder.next(packet));
    chain.push_back(toBytes(packet.view()));
  }
  FecDecoder other(GetParam(), kMedia, pool_);
  for (auto it = chain.rbegin(); it != chain.rend(); ++it) other.receiveParity(*it);
  other.receiveMedia(media_[0]);
  EXPECT_EQ(other.stats().recovered, 11u);
}

TEST_P(Fec, HeadersWithExtensionsAndPaddingComeBackWhole) {
  media_.clear();
  for (uint16_t i = 0; i < 4; ++i) {
    PacketBuffer packet = pool_.copy(Bytes(50 + i, static_cast<uint8_t>(i)));
    Header header;
    header.payloadType = PayloadType(96);
    header.sequenceNumber = i;
    header.ssrc = kMedia;
    const Ssrc csrcs[] = {Ssrc(7), Ssrc(8)};
    const uint8_t block[] = {0xbe, 0xde, 0, 1, 0x10, 0x7f, 0, 0};
    ASSERT_TRUE(prependHeader(packet, header, std::span(csrcs).first(i % 3), i % 2 ? ByteView(block) : ByteView()));
    if (i == 2) {
      ASSERT_TRUE(appendPadding(packet, 9));
    }
    media_.push_back(toBytes(packet.view()));
  }
  const std::vector<ByteView> views(media_.begin(), media_.end());
  FecEncoder encoder(GetParam());
  ASSERT_TRUE(encoder.protect(views, 64));
  PacketBuffer packet = pool_.allocate();
  ASSERT_TRUE(encoder.next(packet));
  parity_ = {toBytes(packet.view())};
  for (size_t lost = 0; lost < 4; ++lost) EXPECT_EQ(repaired({lost}), std::set<size_t>{lost});
}

TEST_P(Fec, TheEncoderRefusesWhatItsMaskCannotSay) {
  SeededRandom random(2);
  FecEncoder encoder(GetParam());
  const size_t span = GetParam() == FecScheme::kUlpfec ? 48 : 109;
  const Bytes a = mediaPacket(random, 0, 10), b = mediaPacket(random, static_cast<uint16_t>(span - 1), 10),
              c = mediaPacket(random, static_cast<uint16_t>(span), 10);
  EXPECT_TRUE(encoder.protect(std::vector<ByteView>{a, b}, 1));
  EXPECT_FALSE(encoder.protect(std::vector<ByteView>{a, c}, 1));
  EXPECT_FALSE(encoder.protect(std::vector<ByteView>{b, a}, 1)) << "not ascending";
  EXPECT_FALSE(encoder.protect(std::vector<ByteView>{a, a}, 1));
  Bytes foreign = b;
  foreign[8] ^= 1;
  EXPECT_FALSE(encoder.protect(std::vector<ByteView>{a, foreign}, 1));
  EXPECT_FALSE(encoder.protect(std::vector<ByteView>{a, ByteView(b).first(11)}, 1));
  EXPECT_EQ(encoder.parityLeft(), 0u);
  EXPECT_TRUE(encoder.protect(std::vector<ByteView>{a, b}, 0));
  EXPECT_EQ(encoder.parityLeft(), 0u) << "no protection, no parity";
}

// A36: parity cut at every byte, and each byte of its header a lie.
TEST_P(Fec, LiesAreBoundedAndRepairNothingWrongThatDoesNotParse) {
  make(10, 8, 30);
  ASSERT_EQ(parity_.size(), 1u);
  const Bytes good = parity_[0];
  for (size_t size = 0; size < good.size(); size += size < 40 ? 1 : 37) {
    FecPacket fec;
    const bool parsed = FecPacket::parse(GetParam(), ByteView(good).first(size), fec);
    if (GetParam() == FecScheme::kUlpfec) {
      EXPECT_FALSE(parsed) << "the protection length says more: " << size;
    }
    FecDecoder decoder(GetParam(), kMedia, pool_);
    for (size_t i = 1; i < 8; ++i) decoder.receiveMedia(media_[i]);
    decoder.receiveParity(ByteView(good).first(size));
    PacketBuffer packet;
    Header header;
    while (decoder.poll(packet)) EXPECT_TRUE(Header::parse(packet.view(), header));
  }
  for (size_t at = 0; at < 20; ++at) {
    for (const uint8_t flip : {0x01, 0x80, 0xff}) {
      Bytes bad = good;
      bad[at] ^= flip;
      FecDecoder decoder(GetParam(), kMedia, pool_);
      for (size_t i = 1; i < 8; ++i) decoder.receiveMedia(media_[i]);
      decoder.receiveParity(bad);
      PacketBuffer packet;
      Header header;
      while (decoder.poll(packet)) EXPECT_TRUE(Header::parse(packet.view(), header));
    }
  }
  // A length that is not covered.
  Bytes lying = good;
  const size_t lengthAt = GetParam() == FecScheme::kUlpfec ? 8 : 2;
  lying[lengthAt] ^= 0x80;
  FecDecoder decoder(GetParam(), kMedia, pool_);
  for (size_t i = 1; i < 8; ++i) decoder.receiveMedia(media_[i]);
  decoder.receiveParity(lying);
  EXPECT_EQ(decoder.stats().recovered, 0u);
  EXPECT_EQ(decoder.stats().malformed, 1u);
}

TEST_P(Fec, ItsMemoryIsBounded) {
  FecDecoder decoder(GetParam(), kMedia, pool_);
  for (int round = 0; round < 300; ++round) {
    make(static_cast<uint16_t>(round * 48), 48, 255);
    for (size_t i = 0; i < media_.size(); i += 3) decoder.receiveMedia(media_[i]);
    // Parity for what never comes.
    for (Bytes& parity : parity_) {
      parity[GetParam() == FecScheme::kUlpfec ? 2 : 16] ^= 0x10;
      decoder.receiveParity(parity);
    }
    PacketBuffer packet;
    while (decoder.poll(packet)) packet.reset();
    ASSERT_LE(pool_.outstanding(), FecDecoder::kMediaPackets + FecDecoder::kParityPackets + 8);
  }
}

TEST_P(Fec, SurvivesNoise) {
  FecDecoder decoder(GetParam(), kMedia, pool_);
  for (int i = 0; i < 3000; ++i) {
    Bytes noise(random_.below(100));
    random_.fill(noise);
    if (random_.below(3) == 0) {
      decoder.receiveMedia(mediaPacket(random_, static_cast<uint16_t>(random_.u32()), random_.below(80)));
    } else {
      if (GetParam() == FecScheme::kFlexfec03 && noise.size() >= 16) {
        noise[0] &= 0x3f;
        noise[8] = 1;
        storeBe32(noise.data() + 12, kMedia.value());
      }
      decoder.receiveParity(noise);
    }
    PacketBuffer packet;
    Header header;
    while (decoder.poll(packet)) ASSERT_TRUE(Header::parse(packet.view(), header));
    ASSERT_LE(pool_.outstanding(), FecDecoder::kMediaPackets + FecDecoder::kParityPackets + 8);
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, Fec, testing::Values(FecScheme::kUlpfec, FecScheme::kFlexfec03),
                         [](const auto& param) { return param.param == FecScheme::kUlpfec ? "Ulpfec" : "Flexfec03"; });

TEST(FecHeader, AllMaskWidthsRoundTripOnTheWire) {
  struct Case {
    FecScheme scheme;
    size_t bit, size;
  };
  for (const Case& one :
       {Case{FecScheme::kUlpfec, 15, 14}, Case{FecScheme::kUlpfec, 16, 18}, Case{FecScheme::kUlpfec, 47, 18},
        Case{FecScheme::kFlexfec03, 14, 20}, Case{FecScheme::kFlexfec03, 15, 24}, Case{FecScheme::kFlexfec03, 45, 24},
        Case{FecScheme::kFlexfec03, 46, 32}, Case{FecScheme::kFlexfec03, 108, 32}}) {
    FecPacket in;
    in.base = 0xfffe;
    in.first = 0x15;
    in.second = 0xe1;
    in.timestamp = 0x01020304;
    in.length = 0x0506;
    in.protectedSsrc = Ssrc(one.scheme == FecScheme::kFlexfec03 ? 9 : 0);
    in.mask.set(0);
    in.mask.set(one.bit);
    ASSERT_EQ(in.headerSize(one.scheme), one.size);
    Bytes wire(one.size + 2, 0xaa);
    ASSERT_TRUE(in.writeHeader(one.scheme, 2, wire));
    FecPacket out;
    ASSERT_TRUE(FecPacket::parse(one.scheme, wire, out));
    EXPECT_EQ(out.mask, in.mask);
    EXPECT_EQ(out.base, in.base);
    EXPECT_EQ(out.first, in.first);
    EXPECT_EQ(out.second, in.second);
    EXPECT_EQ(out.timestamp, in.timestamp);
    EXPECT_EQ(out.length, in.length);
    EXPECT_EQ(out.protectedSsrc, in.protectedSsrc);
    EXPECT_EQ(out.body.size(), 2u);
    for (size_t size = 0; size < one.size; ++size) {
      EXPECT_FALSE(FecPacket::parse(one.scheme, ByteView(wire).first(size), out));
      EXPECT_FALSE(in.writeHeader(one.scheme, 2, MutableByteView(wire).first(size)));
    }
  }
}

TEST(FecHeader, FlexfecOfOtherKindsIsRefused) {
  FecPacket in;
  in.mask.set(3);
  Bytes good(24);
  ASSERT_TRUE(in.writeHeader(FecScheme::kFlexfec03, 4, good));
  FecPacket out;
  ASSERT_TRUE(FecPacket::parse(FecScheme::kFlexfec03, good, out));
  for (const auto& [at, value] : {std::pair<size_t, uint8_t>{0, 0x80}, {0, 0x40}, {8, 0}, {8, 2}}) {
    Bytes bad = good;
    bad[at] = value;
    EXPECT_FALSE(FecPacket::parse(FecScheme::kFlexfec03, bad, out));
  }
  Bytes empty = good;
  storeBe16(empty.data() + 18, 0x8000);
  EXPECT_FALSE(FecPacket::parse(FecScheme::kFlexfec03, empty, out)) << "covers nothing";
}

// As WebRTC sends it: media and parity in RED, one numbering.
TEST(UlpfecInRed, RepairsALostPacket) {
  constexpr PayloadType kRed(116);
  constexpr PayloadType kUlpfec(117);
  SeededRandom random(5);
  PacketPool pool;
  std::vector<Bytes> media;
  for (uint16_t i = 0; i < 5; ++i) media.push_back(mediaPacket(random, i, 300));
  FecEncoder encoder(FecScheme::kUlpfec);
  const std::vector<ByteView> views(media.begin(), media.end());
  ASSERT_TRUE(encoder.protect(views, 50));
  PacketBuffer payload = pool.allocate();
  ASSERT_TRUE(encoder.next(payload));

  const auto inRed = [&](const Header& from, PayloadType inner, ByteView bytes) {
    PacketBuffer packet = pool.allocate();
    const RedBlock block{inner, 0, bytes};
    EXPECT_TRUE(writeRed({&block, 1}, packet));
    Header header = from;
    header.payloadType = kRed;
    EXPECT_TRUE(prependHeader(packet, header));
    return packet;
  };
  FecDecoder decoder(FecScheme::kUlpfec, kMedia, pool);
  for (const Bytes& one : media) {
    Header header;
    ASSERT_TRUE(Header::parse(one, header));
    PacketBuffer packet = inRed(header, header.payloadType, header.payload(one));
    if (header.sequenceNumber == 3) continue;
    ASSERT_TRUE(unwrapRed(packet, kRed));
    EXPECT_TRUE(equalBytes(packet.view(), one));
    decoder.receiveMedia(packet.view());
  }
  Header header;
  header.ssrc = kMedia;
  header.sequenceNumber = 5;
  PacketBuffer parity = inRed(header, kUlpfec, payload.view());
  ASSERT_TRUE(unwrapRed(parity, kRed));
  ASSERT_TRUE(Header::parse(parity.view(), header));
  EXPECT_EQ(header.payloadType, kUlpfec);
  decoder.receiveParity(header.payload(parity.view()));
  PacketBuffer out;
  ASSERT_TRUE(decoder.poll(out));
  EXPECT_TRUE(equalBytes(out.view(), media[3]));
  EXPECT_FALSE(decoder.poll(out));

  PacketBuffer twice = inRed(header, kRed, Bytes{96, 1, 2});
  EXPECT_FALSE(unwrapRed(twice, kRed)) << "RED in RED";
  PacketBuffer more = inRed(header, PayloadType(96), Bytes{1});
  more.data()[kFixedHeaderSize] |= 0x80;
  EXPECT_FALSE(unwrapRed(more, kRed));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
