#include "tests/sim/rewritten_call.h"

// Descriptions that leave nothing to connect for, in many forms: both ends say so at once.
namespace tincan::inline v0::sim {
namespace {

class FieldFailureKinds : public ::testing::TestWithParam<Form> {};

// Said by the end that reads it, in its state and in one sentence; and by the offerer, who hears of it by the answer.
TEST_P(FieldFailureKinds, IsSaidAtOnceAndInOneSentence) {
  const Form& form = GetParam();
  Two two(401);
  if (form.pictures) {
    two.a.addCameraMic();
  } else {
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    two.a.stream = media::getUserMedia(constraints, two.world.newRandom()).value();
    ASSERT_TRUE(two.a.pc->addTrack(two.a.stream->getTracks().front(), two.a.stream).ok());
  }
  ASSERT_EQ(two.exchange(form.offer, form.answer), "");
  two.world.runFor(Duration::millis(100));
  for (Peer* peer : {&two.a, &two.b}) {
    if (peer == &two.b && !form.offer) continue;  // its answer was rewritten behind its back
    EXPECT_EQ(peer->pc->connectionState(), stack::RTCPeerConnectionState::kFailed);
    const std::string why = peer->pc->negotiationFailure();
    EXPECT_NE(why, "");
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
    EXPECT_EQ(why.find("reachable"), std::string::npos) << why;
    EXPECT_LE(why.size(), 300u) << why;
  }
}

Rewrite allCodecs(const std::string& name) {
  return replace("a=rtpmap:(\\d+) [^\r]+", "a=rtpmap:$1 " + name);
}

// Numbers that mean nothing by themselves (RFC 3551 §6).
const Rewrite kNoMeaning = chain({drop("a=rtpmap:[^\r]*"), replace("(m=audio \\d+ \\S+) [^\r]*", "$1 111 63")});

INSTANTIATE_TEST_SUITE_P(
    Offers, FieldFailureKinds,
    ::testing::Values(
        Form{"NoCodecThatAnybodyHas", chain({allCodecs("AMR-WB/16000"), drop("a=fmtp[^\r]*")}), {}},
        Form{"NoCodecInEitherSection", chain({allCodecs("X/90000"), drop("a=fmtp[^\r]*")}), {}, true},
        Form{"TheClockIsAnother", allCodecs("opus/44100/2"), {}},
        Form{"RepairsAlone", chain({allCodecs("rtx/48000"), replace("a=fmtp:111 [^\r]*", "a=fmtp:111 apt=111")}), {}},
        Form{"NoiseAlone", allCodecs("CN/8000"), {}}, Form{"NoRtpmaps", kNoMeaning, {}},
        Form{"AKindThatNobodyHas", replace("m=audio", "m=text"), {}},
        Form{"AnImage", replace("m=audio (\\d+) [^\r]*", "m=image $1 udptl t38"), {}},
        Form{"AProtocolThatNobodyHas", replace("m=audio (\\d+) [^\r]*", "m=application $1 TCP/WS/BFCP *"), {}},
        Form{"PlainRtp", chain({replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), drop("a=(fingerprint|setup)[^\r]*")}), {}},
        Form{"EverySectionRejected", chain({replace("m=(audio|video) 9", "m=$1 0"), drop("a=group[^\r]*")}), {}, true},
        Form{"EverySectionRejectedAndInAGroup", replace("m=(audio|video) 9", "m=$1 0"), {}, true}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Answers, FieldFailureKinds,
    ::testing::Values(
        Form{"NoCodecOfOurs", {}, allCodecs("G7221/16000")},
        Form{"CodecsOfAnotherClock", {}, allCodecs("opus/44100/2")}, Form{"NoRtpmaps", {}, kNoMeaning},
        Form{"RejectsAll", {}, chain({replace("m=audio 9", "m=audio 0"), drop("a=group[^\r]*")})},
        Form{"RejectsAllAndGroupsThem", {}, replace("m=audio 9", "m=audio 0")},
        Form{"RejectsAllInAFewWords",
             {},
             chain({replace("m=audio [^\r]*", "m=audio 0 UDP/TLS/RTP/SAVPF 0"), drop("a=(?!mid)[^\r]*")})},
        Form{"RejectsBoth", {}, replace("m=(audio|video) 9", "m=$1 0"), true},
        Form{"RejectsOneAndHasNoCodecForTheOther",
             {},
             chain({replace("m=audio 9", "m=audio 0"), replace("BUNDLE 0 1", "BUNDLE 1"), allCodecs("X/90000")}),
             true}),
    nameOf);

}  // namespace
}  // namespace tincan::inline v0::sim
