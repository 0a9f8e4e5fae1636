#include <map>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/sim/rewritten_call.h"

// Descriptions as peers of the field write them: between two of ours somebody rewrites what they say, and the call comes
// up all the same, or it is said why not.
namespace tincan::inline v0::sim {
namespace {

// Every codec of a section becomes one that nobody has any more; RTX stays.
const Rewrite kOtherPictures = replace("a=rtpmap:(\\d+) (?!rtx)[^/\r]+/90000\r", "a=rtpmap:$1 VP7/90000\r");
const Rewrite kOtherSound = replace("a=rtpmap:(\\d+) [^/\r]+/(8000|16000|48000)(/2)?\r", "a=rtpmap:$1 speex/16000\r");

/// Other numbers for the codecs: in m= lines, rtpmap, fmtp (also behind apt=) and rtcp-fb.
std::string renumbered(std::string sdp) {
  static const std::map<std::string, std::string> kTypes{{"96", "105"}, {"97", "106"}, {"111", "120"}};
  for (const auto& [from, to] : kTypes) {
    sdp = std::regex_replace(sdp, std::regex("(a=(?:rtpmap|fmtp|rtcp-fb):|apt=)" + from + "(?=[ \r])"), "$01" + to);
    sdp = std::regex_replace(sdp, std::regex("(m=[^\r]*SAVPF[^\r]* )" + from + "(?=[ \r])"), "$01" + to);
  }
  return sdp;
}
/// Extension ids 1 to 14, counted from the other end.
std::string otherIds(const std::string& sdp) {
  static const std::regex kExtmap("a=extmap:([0-9]+)");
  std::string out;
  auto rest = sdp.cbegin();
  for (std::smatch match; std::regex_search(rest, sdp.cend(), match, kExtmap); rest = match[0].second) {
    out.append(rest, match[0].first);
    out += "a=extmap:" + std::to_string(15 - std::stoi(match[1]));
  }
  return out.append(rest, sdp.cend());
}

void expectCall(Two& two, bool back = true) {
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
  EXPECT_GE(two.b.pictures, 30u);
  EXPECT_GE(two.b.loudSounds, 50u);
  if (!back) return;
  EXPECT_GE(two.a.pictures, 30u);
  EXPECT_GE(two.a.loudSounds, 50u);
}

// RFC 3264 §6.1: each side has its own numbers for one codec. Here the far end sends by its own, and takes no others.
TEST(FieldAnswers, WithPayloadTypesOfTheirOwnForBothWays) {
  Two two(200);
  two.a.addCameraMic();
  two.b.addCameraMic();
  ASSERT_EQ(two.exchange(renumbered, nullptr), "");
  EXPECT_NE(two.a.pc->remoteDescription()->sdp.find("a=rtpmap:105 VP8"), std::string::npos);
  expectCall(two);
  EXPECT_EQ(two.a.pc->negotiationFailure(), "");
}

// And here its answer has numbers that it takes, while it sends by ours.
// RFC 3264 §6.1.
TEST(FieldAnswers, WithPayloadTypesOfTheirOwnAndMediaByOurs) {
  Two two(201);
  two.b.addCameraMic();
  for (const auto kind : {stack::MediaKind::kAudio, stack::MediaKind::kVideo}) {
    ASSERT_TRUE(two.a.pc->addTransceiver(kind, {}).ok());
  }
  ASSERT_EQ(two.exchange(nullptr, renumbered), "");
  two.world.runFor(Duration::seconds(2));
  EXPECT_GE(two.a.pictures, 30u);
  EXPECT_GE(two.a.loudSounds, 50u);
}

TEST(FieldAnswers, WithExtensionIdsOfTheirOwn) {
  Two two(202);
  two.a.addCameraMic();
  two.b.addCameraMic();
  ASSERT_EQ(two.exchange(otherIds, nullptr), "");
  EXPECT_NE(two.a.pc->remoteDescription()->sdp.find("a=extmap:11 "), std::string::npos);
  expectCall(two);
}

// A second round in the numbers that were agreed on.
// RFC 3264 §8.3.2.
TEST(FieldAnswers, NumbersStayWhatTheyWereAgreedToBe) {
  Two two(203);
  two.a.addCameraMic();
  two.b.addCameraMic();
  ASSERT_EQ(two.exchange(chain({renumbered, otherIds}), nullptr), "");
  two.world.runFor(Duration::seconds(1));
  ASSERT_EQ(two.exchange(nullptr, nullptr), "");
  expectCall(two);
  EXPECT_NE(two.a.pc->localDescription()->sdp.find("a=rtpmap:105 VP8"), std::string::npos);
  EXPECT_EQ(two.a.pc->localDescription()->sdp.find("a=rtpmap:96 "), std::string::npos);
}

/// All of one section under this number, and its RTX under the next one.
Rewrite under(const std::string& kind, const std::string& number, const std::string& repair) {
  return [=](const std::string& sdp) {
    std::string out;
    std::istringstream lines(sdp);
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("m=")) inside = line.starts_with("m=" + kind);
      if (inside && line.starts_with("m="))
        line = "m=" + kind + " 9 UDP/TLS/RTP/SAVPF " + number + (repair.empty() ? "" : " " + repair) + "\r";
      static const std::regex kNumbered("^a=(rtpmap|fmtp|rtcp-fb):(96|97|111)(?= )");
      std::smatch match;
      if (inside && std::regex_search(line, match, kNumbered)) {
        const std::string to = match[2] == "97" ? repair : number;
        line = std::regex_replace(match.prefix().str() + "a=" + match[1].str() + ":" + to + match.suffix().str(),
                                  std::regex("apt=96"), "apt=" + number);
      }
      out += line + "\n";
    }
    return out;
  };
}

// Both browsers take one number for two codecs in a BUNDLE, as long as MID or SSRC says whose a packet is.
TEST(FieldBundle, OneNumberForSoundAndPictures) {
  Two two(204);
  two.a.addCameraMic();
  two.b.addCameraMic();
  ASSERT_EQ(two.exchange(chain({under("audio", "100", ""), under("video", "100", "101")}), nullptr), "");
  const std::string answer = two.a.pc->remoteDescription()->sdp;
  EXPECT_NE(answer.find("a=rtpmap:100 opus"), std::string::npos) << answer;
  EXPECT_NE(answer.find("a=rtpmap:100 VP8"), std::string::npos) << answer;
  expectCall(two);
  for (const Peer* peer : {&two.a, &two.b})
    EXPECT_NE(two.notes(*peer).find("MID and SSRC say which"), std::string::npos);
  // A later offer of ours keeps to the letter: one of the two gets a number of its own, and all goes on.
  ASSERT_EQ(two.exchange(nullptr, nullptr), "");
  EXPECT_EQ(two.notes(two.b), "");
  const uint64_t pictures = two.b.pictures, sounds = two.b.loudSounds;
  two.world.runFor(Duration::seconds(2));
  EXPECT_GE(two.b.pictures, pictures + 30);
  EXPECT_GE(two.b.loudSounds, sounds + 50);
}

// RFC 4733: both browsers take a section of tones and nothing else; they can be sent, and are heard.
TEST(FieldBundle, TonesAlone) {
  Two two(205);
  two.a.addCameraMic();
  const Rewrite tones =
      chain({under("audio", "126", ""), replace("a=rtpmap:126 [^\r]*", "a=rtpmap:126 telephone-event/8000"),
             drop("a=fmtp:126 [^\r]*")});
  ASSERT_EQ(two.exchange(tones, nullptr), "");
  EXPECT_EQ(two.b.pc->localDescription()->sdp.find("m=audio 0"), std::string::npos);
  EXPECT_NE(two.notes(two.b).find("telephone tones and no codec"), std::string::npos) << two.notes(two.b);
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
  EXPECT_GE(two.b.pictures, 30u) << "the other section is none the worse";
  for (const auto& sender : two.a.pc->getSenders()) {
    if (!sender->dtmf()) continue;
    EXPECT_TRUE(sender->dtmf()->canInsertDTMF());
    EXPECT_TRUE(sender->dtmf()->insertDTMF("19").ok());
  }
  two.world.runFor(Duration::seconds(2));
  EXPECT_GE(two.b.loudSounds, 10u);
}

// ---- streams ----

// RFC 5576 §4.1.
TEST(FieldStreams, ToldByTheSsrcLinesAlone) {
  Two two(210);
  two.a.addCameraMic();
  const std::string stream = two.a.stream->id();
  const auto bySsrc = [&](std::string sdp) {
    sdp = std::regex_replace(sdp, std::regex("a=ssrc:([0-9]+) cname:([^\r]*)\r\n"),
                             "a=ssrc:$1 cname:$2\r\na=ssrc:$1 msid:" + stream + " track\r\n");
    return std::regex_replace(sdp, std::regex("a=msid:[^\r]*\r\n"), "");
  };
  ASSERT_EQ(two.exchange(bySsrc, nullptr), "");
  expectCall(two, false);
  ASSERT_EQ(two.streams[0].size(), 1u);
  ASSERT_EQ(two.streams[1].size(), 1u);
  EXPECT_EQ(two.streams[0][0]->id(), stream);
  EXPECT_EQ(two.streams[0][0], two.streams[1][0]) << "one stream with two tracks";
}

TEST(FieldStreams, OneForAllWhereNoneIsNamed) {
  Two two(211);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(chain({drop("a=msid:[^\r]*"), drop("a=msid-semantic[^\r]*")}), nullptr), "");
  expectCall(two, false);
  ASSERT_EQ(two.streams[0].size(), 1u);
  ASSERT_EQ(two.streams[1].size(), 1u);
  EXPECT_EQ(two.streams[0][0], two.streams[1][0]);
  EXPECT_EQ(two.streams[0][0]->getTracks().size(), 2u);
}

// RFC 8830 §2.
TEST(FieldStreams, NoneWhereThePeerSaysNone) {
  Two two(212);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(replace("a=msid:[^ ]+ ", "a=msid:- "), nullptr), "");
  expectCall(two, false);
  EXPECT_TRUE(two.streams[0].empty());
  EXPECT_TRUE(two.streams[1].empty());
}

// ---- nothing to connect for ----

void expectFailed(const Two& two, const Peer& peer, const std::string& words) {
  EXPECT_EQ(peer.pc->connectionState(), stack::RTCPeerConnectionState::kFailed);
  const auto& states = two.states[&peer == &two.b];
  ASSERT_EQ(states.size(), 1u) << "told once, and nothing before it";
  EXPECT_EQ(states[0], stack::RTCPeerConnectionState::kFailed);
  const std::string why = peer.pc->negotiationFailure();
  EXPECT_NE(why.find(words), std::string::npos) << why;
  EXPECT_EQ(why.find('\n'), std::string::npos) << "one sentence";
}

TEST(FieldFailures, NoCodecInCommon) {
  Two two(220);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(chain({kOtherPictures, kOtherSound}), nullptr), "");
  two.world.runFor(Duration::seconds(1));
  expectFailed(two, two.b, "no codec in common (theirs: VP7");
  expectFailed(two, two.a, "the far end rejects every section");
  EXPECT_NE(two.notes(two.b).find("m=video is rejected"), std::string::npos) << two.notes(two.b);
}

// The answer says that it takes a section, and has no codec that was offered.
TEST(FieldFailures, AnAnswerWithoutACodecOfOurs) {
  Two two(221);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(nullptr, chain({kOtherPictures, kOtherSound})), "");
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(two.a.pc->connectionState(), stack::RTCPeerConnectionState::kFailed);
  EXPECT_NE(two.a.pc->negotiationFailure(), "");
  EXPECT_NE(two.notes(two.a).find("no codec in common"), std::string::npos) << two.notes(two.a);
}

TEST(FieldFailures, AllSectionsRejectedByTheAnswer) {
  Two two(222);
  two.a.addCameraMic();
  ASSERT_TRUE(two.a.pc->createDataChannel("x").ok());
  ASSERT_EQ(two.exchange(nullptr, chain({replace("m=(audio|video|application) 9", "m=$1 0"), drop("a=group:[^\r]*")})),
            "");
  two.world.runFor(Duration::seconds(1));
  expectFailed(two, two.a, "the far end rejects every section of our offer");
  EXPECT_TRUE(two.a.pc->getTransceivers().empty());
}

TEST(FieldFailures, AllSectionsRejectedByTheOffer) {
  Two two(223);
  two.a.addCameraMic();
  const auto nothing = chain({replace("m=(audio|video) 9", "m=$1 0"), drop("a=group:[^\r]*")});
  ASSERT_EQ(two.exchange(nothing, nullptr), "");
  two.world.runFor(Duration::seconds(1));
  expectFailed(two, two.b, "every section of the offer is rejected");
}

// A call that is up and loses all its sections stays connected: what failed is not the transport.
TEST(FieldFailures, ACallThatIsUpIsNotFailedByAnEmptyRound) {
  Two two(224);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(nullptr, nullptr), "");
  expectCall(two, false);
  for (const auto& each : two.a.pc->getTransceivers())
    ASSERT_TRUE(two.a.pc->setDirection(each, stack::RTCRtpTransceiverDirection::kStopped).ok());
  ASSERT_EQ(two.exchange(nullptr, nullptr), "");
  EXPECT_NE(two.a.pc->negotiationFailure(), "");
  EXPECT_TRUE(connected(two.a));
  // A new section on the way does not yet change what was agreed, and asking for it while it is open is no crash.
  two.a.addCameraMic();
  ASSERT_TRUE(two.a.pc->createDataChannel("x").ok());
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  EXPECT_NE(two.a.pc->negotiationFailure(), "");
  EXPECT_NE(two.b.pc->negotiationFailure(), "");
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_EQ(two.a.pc->negotiationFailure(), "");
}

// ---- a peer that cannot bundle ----

// RFC 9143 §7.3.
TEST(FieldBundle, AnOfferWithoutItGetsATransportForEachSection) {
  Two two(230);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(drop("a=group:BUNDLE[^\r]*"), nullptr), "");
  two.world.runFor(Duration::seconds(3));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
  EXPECT_GE(two.b.loudSounds, 50u);
  EXPECT_GE(two.b.pictures, 20u);
  EXPECT_EQ(two.b.pc->getStats().otherTransports.size(), 1u);
}

// RFC 9143 §7.3.3.
TEST(FieldBundle, AnAnswerWithoutItGetsATransportForEachSection) {
  Two two(231);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchange(nullptr, drop("a=group:BUNDLE[^\r]*")), "");
  EXPECT_EQ(two.a.pc->getStats().otherTransports.size(), 1u);
}

// ---- by the letter ----

struct Kind {
  const char* name;
  Rewrite offer, answer;
  const char* words;  // of the strict refusal
};
class ByTheLetter : public ::testing::TestWithParam<Kind> {};

// What the lenient reader takes, tells and comes up with, the strict one refuses, each with its reason.
TEST_P(ByTheLetter, StrictRefusesWhatIsOtherwiseMended) {
  for (const bool strict : {false, true}) {
    Two two(240, strict);
    two.a.addCameraMic();
    ASSERT_TRUE(two.a.pc->createDataChannel("x").ok());
    const std::string refusal = two.exchange(GetParam().offer, GetParam().answer);
    if (strict) {
      EXPECT_NE(refusal.find(GetParam().words), std::string::npos) << refusal;
      EXPECT_EQ(refusal.find(GetParam().offer ? "offer" : "answer"), 0u) << refusal;
      const Peer& reader = GetParam().offer ? two.b : two.a;
      EXPECT_NE(reader.pc->signalingState(), stack::RTCSignalingState::kHaveRemoteOffer) << "nothing was taken";
      continue;
    }
    EXPECT_EQ(refusal, "");
    EXPECT_NE(two.notes(GetParam().offer ? two.b : two.a), "") << "what is mended is told";
    two.world.runFor(Duration::seconds(2));
    EXPECT_TRUE(connected(two.a) && connected(two.b));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ByTheLetter,
    ::testing::Values(Kind{"BlankAtTheEndOfALine", replace("(a=rtcp-fb:96 nack)\r", "$1 \r"), nullptr, "line"},
                      Kind{"EmptyLine", replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\n\r\n"), nullptr, "line"},
                      Kind{"OptionalValueThatIsNone", replace("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=maxptime:soon\r\n"),
                           nullptr, "maxptime"},
                      Kind{"SetupInUpperCase", replace("a=setup:actpass", "a=setup:ACTPASS"), nullptr, "setup"},
                      Kind{"SameLineTwice", replace("(a=mid:[0-9])\r\n", "$1\r\n$1\r\n"), nullptr, "mid"},
                      Kind{"OfferWithoutMids", chain({drop("a=mid:[0-9]"), drop("a=group:BUNDLE[^\r]*")}), nullptr,
                           "mid"},
                      Kind{"DataWithoutAPort", drop("a=sctp-port:5000"), nullptr, "sctp-port"},
                      Kind{"AnswerWithoutSetup", nullptr, drop("a=setup:[a-z]+"), "setup"},
                      Kind{"AnswerWithoutMids", nullptr, drop("a=mid:[0-9]"), "mid"},
                      Kind{"AnswerWithAnotherCodec", nullptr, kOtherPictures, "codec"}),
    [](const auto& each) { return each.param.name; });

// ---- candidates ----

// RFC 8839 §5.1.
TEST(FieldCandidates, EachThatIsPassedOverIsTold) {
  Two two(250);
  two.a.addCameraMic();
  const auto withBad = replace("(a=ice-ufrag:)",
                               "a=candidate:1 1 udp x 192.0.2.1 5000 typ host\r\n"
                               "a=candidate:1 1 udp 1 0.0.0.0 5000 typ host\r\n$1");
  ASSERT_EQ(two.exchange(withBad, nullptr), "");
  two.world.runFor(Duration::seconds(1));
  const auto told = [&] {
    std::string out;
    for (const std::string& note : two.b.pc->candidateNotes()) out += note + "\n";
    return out;
  };
  EXPECT_NE(told().find("passed over"), std::string::npos) << told();
  EXPECT_NE(told().find("0.0.0.0"), std::string::npos) << told();
  const size_t before = two.b.pc->candidateNotes().size();
  ASSERT_TRUE(two.b.pc->addIceCandidate({"candidate:2 1 udp 1 224.0.0.1 5000 typ host", "0", {}, {}}).ok());
  two.world.runFor(Duration::millis(10));
  EXPECT_EQ(two.b.pc->candidateNotes().size(), before + 1);
  EXPECT_NE(told().find("224.0.0.1"), std::string::npos) << told();
  for (int i = 0; i < 1000; ++i) {
    const std::string line =
        "candidate:" + std::to_string(i) + " 1 udp 1 0.0.0.0 " + std::to_string(i + 1) + " typ host";
    ASSERT_TRUE(two.b.pc->addIceCandidate({line, "0", {}, {}}).ok());
  }
  two.world.runFor(Duration::millis(10));
  EXPECT_LE(two.b.pc->candidateNotes().size(), 128u) << "a flood is not kept";
  expectCall(two, false);
}

}  // namespace
}  // namespace tincan::inline v0::sim
