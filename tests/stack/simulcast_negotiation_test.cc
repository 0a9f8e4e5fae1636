// Simulcast in descriptions: RFC 8851, RFC 8853, RFC 9429 §5.2.1 and §5.3.1, and what the W3C makes of it.
#include <gtest/gtest.h>

#include "stack/negotiation.h"
#include "tests/stack/local_transport.h"

namespace tincan::inline v0::stack {
namespace {

using Way = RTCRtpTransceiverDirection;

struct Side {
  explicit Side(uint64_t seed) : random(seed), negotiation(random, seed), name("peer" + std::to_string(seed)) {}

  std::shared_ptr<RtpTransceiver> simulcast(const std::vector<std::string>& rids, Way way = Way::kSendonly) {
    auto made = negotiation.addTransceiver(MediaKind::kVideo, nullptr, way, {});
    std::vector<RTCRtpEncodingParameters> encodings;
    for (const std::string& rid : rids) encodings.emplace_back().rid = rid;
    made->sender()->setEncodings(std::move(encodings), random);
    return made;
  }
  RTCSessionDescription offer() {
    auto made = negotiation.createOffer(localTransport(name), false);
    EXPECT_TRUE(made.ok() && negotiation.setLocal(*made).ok());
    return *made;
  }
  RTCSessionDescription answer(const RTCSessionDescription& offer) {
    const auto taken = negotiation.setRemote(offer);
    EXPECT_TRUE(taken.ok()) << (taken ? "" : taken.error().message());
    auto made = negotiation.createAnswer(localTransport(name));
    EXPECT_TRUE(made.ok() && negotiation.setLocal(*made).ok());
    return *made;
  }

  SeededRandom random;
  Negotiation negotiation;
  std::string name;
};

void replace(RTCSessionDescription& description, const std::string& from, const std::string& to) {
  const size_t at = description.sdp.find(from);
  ASSERT_NE(at, std::string::npos) << from << " is not in\n" << description.sdp;
  description.sdp.replace(at, from.size(), to);
}

bool has(const RTCSessionDescription& description, const std::string& line) {
  return description.sdp.find(line + "\r\n") != std::string::npos;
}

std::vector<std::string> ridsOf(const RtpTransceiver& transceiver) {
  std::vector<std::string> out;
  for (const auto& encoding : transceiver.sender()->encodings()) out.push_back(encoding.rid);
  return out;
}

using Rids = std::vector<std::string>;

// RFC 8853 §5.3.1, §5.3.2; W3C §5.4.1.
TEST(SimulcastNegotiation, IsOfferedAcceptedAndKnownToBoth) {
  Side a(1), b(2);
  const auto sending = a.simulcast({"q", "h", "f"});
  const auto offer = a.offer();
  for (const char* line : {"a=rid:q send", "a=rid:h send", "a=rid:f send", "a=simulcast:send q;h;f",
                           "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
                           "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"})
    EXPECT_TRUE(has(offer, line)) << line << "\n" << offer.sdp;
  EXPECT_EQ(offer.sdp.find("a=ssrc"), std::string::npos) << "rids say what is what";
  const auto answer = b.answer(offer);
  EXPECT_TRUE(has(answer, "a=rid:h recv"));
  EXPECT_TRUE(has(answer, "a=simulcast:recv q;h;f")) << answer.sdp;
  ASSERT_TRUE(a.negotiation.setRemote(answer).ok());
  EXPECT_EQ(a.negotiation.sections().at(0).sendRids, (Rids{"q", "h", "f"}));
  EXPECT_EQ(b.negotiation.sections().at(0).receiveRids, (Rids{"q", "h", "f"}));
  EXPECT_TRUE(b.negotiation.sections().at(0).sendRids.empty());
  const auto& layers = b.negotiation.transceivers().at(0)->receiver()->layers();
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[1].rid, "h");
  EXPECT_EQ(layers[1].track->kind(), "video");
  EXPECT_EQ(ridsOf(*sending), (Rids{"q", "h", "f"}));

  // A new offer, of either side, says the same again, and tracks stay.
  const auto track = layers[2].track;
  const auto again = b.offer();
  EXPECT_TRUE(has(again, "a=simulcast:recv q;h;f")) << again.sdp;
  const auto answeredAgain = a.answer(again);
  EXPECT_TRUE(has(answeredAgain, "a=simulcast:send q;h;f")) << answeredAgain.sdp;
  ASSERT_TRUE(b.negotiation.setRemote(answeredAgain).ok());
  EXPECT_EQ(b.negotiation.sections().at(0).receiveRids, (Rids{"q", "h", "f"}));
  EXPECT_EQ(b.negotiation.transceivers().at(0)->receiver()->layers().at(2).track, track);
}

// RFC 8853 §5.3.2.
TEST(SimulcastNegotiation, AnAnswerLeavesOutAndPauses) {
  Side a(1), b(2);
  const auto sending = a.simulcast({"q", "h", "f"});
  auto answer = b.answer(a.offer());
  replace(answer, "a=rid:h recv\r\n", "");
  replace(answer, "recv q;h;f", "recv f;~q");  // in another order, which is not ours to follow
  ASSERT_TRUE(a.negotiation.setRemote(answer).ok());
  EXPECT_EQ(a.negotiation.sections().at(0).sendRids, (Rids{"q", "f"}));
  EXPECT_EQ(ridsOf(*sending), (Rids{"q", "f"}));
  EXPECT_FALSE(sending->sender()->encodings()[0].active);
  EXPECT_TRUE(sending->sender()->encodings()[1].active);
  const auto again = a.offer();
  EXPECT_TRUE(has(again, "a=simulcast:send ~q;f")) << again.sdp;
}

// W3C §4.4.1.5.
TEST(SimulcastNegotiation, AnAnswerWithoutItLeavesTheFirst) {
  Side a(1), b(2);
  const auto sending = a.simulcast({"q", "h", "f"});
  auto answer = b.answer(a.offer());
  for (const char* rid : {"q", "h", "f"}) replace(answer, std::string("a=rid:") + rid + " recv\r\n", "");
  replace(answer, "a=simulcast:recv q;h;f\r\n", "");
  ASSERT_TRUE(a.negotiation.setRemote(answer).ok());
  EXPECT_TRUE(a.negotiation.sections().at(0).sendRids.empty());
  EXPECT_EQ(ridsOf(*sending), Rids{""});
  EXPECT_EQ(a.offer().sdp.find("a=rid"), std::string::npos);
}

// RFC 9429 §5.7.
TEST(SimulcastNegotiation, RollbackBringsBackWhatAProvisionalAnswerLeftOut) {
  Side a(1), b(2);
  const auto sending = a.simulcast({"q", "h", "f"});
  auto answer = b.answer(a.offer());
  replace(answer, "a=rid:h recv\r\n", "");
  replace(answer, "recv q;h;f", "recv q;f");
  answer.type = RTCSdpType::kPranswer;
  ASSERT_TRUE(a.negotiation.setRemote(answer).ok());
  EXPECT_EQ(ridsOf(*sending), (Rids{"q", "f"}));
  ASSERT_TRUE(a.negotiation.rollback().ok());
  EXPECT_EQ(ridsOf(*sending), (Rids{"q", "h", "f"}));
}

TEST(SimulcastNegotiation, AtMostThreeAreTakenAndOnlyOfPictures) {
  Side a(1), b(2);
  a.simulcast({"a", "b", "c"});
  auto offer = a.offer();
  replace(offer, "a=rid:a send\r\n", "a=rid:a send\r\na=rid:d send\r\na=rid:e send\r\n");
  replace(offer, "send a;b;c", "send a;d,b;e;c");
  const auto answer = b.answer(offer);
  EXPECT_TRUE(has(answer, "a=simulcast:recv a;d;e")) << answer.sdp;
  EXPECT_EQ(b.negotiation.sections().at(0).receiveRids, (Rids{"a", "d", "e"}));
}

// What an SFU offers: it asks for encodings that nobody has thought of yet.
// W3C §5.4.1.
TEST(SimulcastNegotiation, AnOfferMayAskForEncodings) {
  Side a(1), b(2);
  const auto receiving = a.negotiation.addTransceiver(MediaKind::kVideo, nullptr, Way::kRecvonly, {});
  const auto sending = b.simulcast({""}, Way::kSendonly);
  sending->sender()->keepEncodings({});
  auto offer = a.offer();
  replace(offer, "a=recvonly\r\n", "a=recvonly\r\na=rid:l recv\r\na=rid:m recv\r\na=simulcast:recv l;~m\r\n");
  auto added = b.negotiation.setRemote(offer);
  ASSERT_TRUE(added.ok());
  const auto transceiver = b.negotiation.transceivers().back();
  EXPECT_EQ(ridsOf(*transceiver), (Rids{"l", "m"}));
  EXPECT_EQ(transceiver->sender()->encodings()[0].scaleResolutionDownBy, 2.0);
  EXPECT_EQ(transceiver->sender()->encodings()[1].scaleResolutionDownBy, 1.0);
  EXPECT_FALSE(transceiver->sender()->encodings()[1].active);
  ASSERT_TRUE(transceiver->setDirection(Way::kSendonly).ok());
  const auto answer = b.negotiation.createAnswer(localTransport(b.name));
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(has(*answer, "a=simulcast:send l;~m")) << answer->sdp;
}

// Rids that nobody declared, that stand twice, or that come without a=simulcast: an error or none of them, never a crash.
// RFC 8853 §5.1.
TEST(SimulcastNegotiation, DescriptionsThatLie) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"send q;h;f", "send q;h;x"},
           {"a=rid:h send", "a=rid:q send"},
           {"a=simulcast:send q;h;f\r\n", ""},
           {"send q;h;f", "send ;;"},
           {"send q;h;f", "send q;h;f recv q"},
       }) {
    SCOPED_TRACE(to);
    Side a(1), b(2);
    a.simulcast({"q", "h", "f"});
    auto offer = a.offer();
    replace(offer, from, to);
    if (!b.negotiation.setRemote(offer).ok()) continue;
    ASSERT_TRUE(b.negotiation.createAnswer(localTransport(b.name)).ok());
    EXPECT_LE(b.negotiation.transceivers().at(0)->receiver()->layers().size(), 3u);
  }
}

}  // namespace
}  // namespace tincan::inline v0::stack
