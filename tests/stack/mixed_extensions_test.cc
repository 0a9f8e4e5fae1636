// RFC 8285 §4.1.2, §6: extension ids above 14, and values of more than 16 bytes, once a=extmap-allow-mixed is agreed.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/peer_connection.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr const char* kMidUri = "urn:ietf:params:rtp-hdrext:sdes:mid";

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

class MixedExtensions : public ::testing::Test {
 protected:
  MixedExtensions() {
    for (auto& pc : {&ours_, &peer_}) *pc = PeerConnection::create({}, {random_, pool_, 1'700'000'000'000'000}).value();
  }
  /// Of a peer with a number of its own for the mid.
  RTCSessionDescription offer(int midId, bool allowMixed) {
    EXPECT_TRUE(peer_->addTransceiver(MediaKind::kAudio).ok());
    EXPECT_TRUE(peer_->addTransceiver(MediaKind::kVideo).ok());
    RTCSessionDescription out = peer_->createOffer().value();
    replaceAll(out.sdp, std::string("a=extmap:4 ") + kMidUri, "a=extmap:" + std::to_string(midId) + " " + kMidUri);
    if (!allowMixed) replaceAll(out.sdp, "a=extmap-allow-mixed\r\n", "");
    return out;
  }
  std::string answerTo(const RTCSessionDescription& offer) {
    EXPECT_TRUE(ours_->setRemoteDescription(offer).ok());
    const auto answer = ours_->createAnswer();
    return answer ? answer->sdp : answer.error().toString();
  }
  /// Of ours, about extensions.
  std::vector<sdp::Note> notes() const {
    auto all = ours_->descriptionNotes();
    std::erase_if(all, [](const sdp::Note& note) { return note.rule.find("RFC 8285") == std::string::npos; });
    return all;
  }

  SeededRandom random_{7};
  PacketPool pool_;
  std::unique_ptr<PeerConnection> ours_, peer_;
};

// RFC 8285 §4.3, §6.
TEST_F(MixedExtensions, AnIdAbove14IsTakenFromWhoAllowsIt) {
  const std::string answer = answerTo(offer(20, true));
  EXPECT_NE(answer.find(std::string("a=extmap:20 ") + kMidUri), std::string::npos) << answer;
  EXPECT_NE(answer.find("a=extmap-allow-mixed\r\n"), std::string::npos);
  EXPECT_TRUE(notes().empty());
}

// RFC 8285 §6.
TEST_F(MixedExtensions, AnIdAbove14IsLeftOutOfTheCallOfWhoDoesNot) {
  const auto offered = offer(20, false);
  const std::string answer = answerTo(offered);
  EXPECT_EQ(answer.find(kMidUri), std::string::npos) << answer;
  EXPECT_EQ(answer.find("a=extmap-allow-mixed"), std::string::npos) << "an answer allows it to who allows it";
  EXPECT_NE(answer.find("m=audio 9 "), std::string::npos) << "the call is had without it";
  ASSERT_EQ(notes().size(), 2u) << "one a section";
  EXPECT_EQ(notes()[0].what,
            std::string("a=extmap:20 ") + kMidUri + " is left out: ids above 14 need a=extmap-allow-mixed");
  EXPECT_NE(notes()[0].line, notes()[1].line);
}

TEST_F(MixedExtensions, AnIdOf14NeedsNothing) {
  EXPECT_NE(answerTo(offer(14, false)).find(std::string("a=extmap:14 ") + kMidUri), std::string::npos);
  EXPECT_TRUE(notes().empty());
}

// RFC 8285 §4.2.
TEST_F(MixedExtensions, TheReservedIdIsLeftOut) {
  EXPECT_EQ(answerTo(offer(15, true)).find(kMidUri), std::string::npos);
  EXPECT_EQ(notes().size(), 2u);
}

// RFC 8285 §6.
TEST_F(MixedExtensions, OneSectionMayAllowItAlone) {
  auto offered = offer(20, false);
  replaceAll(offered.sdp, "a=mid:1\r\n", "a=mid:1\r\na=extmap-allow-mixed\r\n");
  const auto answer = sdp::parse(answerTo(offered)).value();
  EXPECT_FALSE(answer.extmapAllowMixed);
  EXPECT_FALSE(answer.media.at(0).extmapAllowMixed);
  EXPECT_TRUE(answer.media.at(1).extmapAllowMixed);
  const auto hasMid = [](const sdp::Media& media) {
    return std::any_of(media.extmaps.begin(), media.extmaps.end(),
                       [](const auto& each) { return each.uri == kMidUri; });
  };
  EXPECT_FALSE(hasMid(answer.media[0]));
  EXPECT_TRUE(hasMid(answer.media[1]));
}

TEST_F(MixedExtensions, AMidTooLongForTheFormIsNoted) {
  auto offered = offer(4, false);
  replaceAll(offered.sdp, "a=mid:1\r\n", "a=mid:a-mid-of-17-bytes\r\n");
  replaceAll(offered.sdp, "a=group:BUNDLE 0 1", "a=group:BUNDLE 0 a-mid-of-17-bytes");
  answerTo(offered);
  ASSERT_EQ(notes().size(), 1u);
  EXPECT_NE(notes()[0].what.find("the mid is not told in packets"), std::string::npos);
}

/// What the video packets of a session say of their mid, in which form.
struct Told {
  std::set<uint16_t> profiles;
  std::set<std::string> mids;
  size_t packets = 0, largest = 0;
};

Told pictures(const std::string& mid, uint8_t id, bool allowMixed) {
  SessionOnWire on({}, /*camera=*/true);
  NegotiatedSection& section = on.sections[1];
  section.mid = mid;
  section.extmapAllowMixed = allowMixed;
  section.extensions = {{id, kMidUri}, {2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"}};
  section.codecs[0].rtxPayloadType = 97;
  Told told;
  on.onRtp = [&](const PacketBuffer& packet) {
    rtp::Header header;
    ASSERT_TRUE(rtp::Header::parse(packet.view(), header));
    if (header.payloadType != PayloadType(SessionOnWire::kVp8Type)) return;
    ++told.packets;
    told.largest = std::max(told.largest, packet.size());
    told.profiles.insert(header.extensionProfile);
    if (const auto value = rtp::findExtension(packet.view(), header, id)) told.mids.emplace(asText(*value));
    EXPECT_TRUE(rtp::findExtension(packet.view(), header, 2)) << "the others are told in any form";
  };
  EXPECT_TRUE(on.wire.connect());
  on.session.apply(on.sections);
  on.run(Duration::seconds(1));
  EXPECT_GT(told.packets, 20u);
  EXPECT_LE(told.largest, 1200u - 16u - 2u) << "room for the tag and for RTX stays";
  EXPECT_GT(told.largest, 1000u) << "and is not wasted";
  return told;
}

// RFC 8285 §4.3.
TEST(MixedExtensionsSent, AnIdAbove14GoesInTheTwoByteForm) {
  const Told told = pictures("v", 20, true);
  EXPECT_EQ(told.profiles, std::set<uint16_t>{rtp::kTwoByteProfile});
  EXPECT_EQ(told.mids, std::set<std::string>{"v"});
  EXPECT_EQ(pictures("v", 20, false).profiles, std::set<uint16_t>{rtp::kOneByteProfile}) << "and never unasked";
}

// RFC 8285 §4.3.
TEST(MixedExtensionsSent, ALongValueGoesInTheTwoByteForm) {
  const std::string sixteen(16, 'm'), seventeen(17, 'm'), longest(64, 'm'), tooLong(65, 'm');
  EXPECT_EQ(pictures(sixteen, 4, true).profiles, std::set<uint16_t>{rtp::kOneByteProfile});
  for (const std::string& mid : {seventeen, longest}) {
    const Told told = pictures(mid, 4, true);
    EXPECT_EQ(told.profiles, std::set<uint16_t>{rtp::kTwoByteProfile});
    EXPECT_EQ(told.mids, std::set<std::string>{mid});
  }
  const Told plain = pictures(seventeen, 4, false);
  EXPECT_EQ(plain.profiles, std::set<uint16_t>{rtp::kOneByteProfile});
  EXPECT_TRUE(plain.mids.empty());
  EXPECT_TRUE(pictures(tooLong, 4, true).mids.empty()) << "the header has a bound";
}

}  // namespace
}  // namespace tincan::inline v0::stack
