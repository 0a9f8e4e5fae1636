#include <array>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"
#include "tests/stack/fake_codecs.h"

namespace tincan::inline v0::stack {
namespace {

constexpr std::array kDirections = {Direction::kSendRecv, Direction::kSendOnly, Direction::kRecvOnly,
                                    Direction::kInactive};

CodecSpec codec(const char* codecName, uint8_t payloadType, uint32_t clockRate = 90'000, uint8_t channels = 1) {
  CodecSpec spec;
  spec.name = codecName;
  spec.payloadType = payloadType;
  spec.clockRate = clockRate;
  spec.channels = channels;
  return spec;
}

RemoteSection remote(MediaKind kind, const char* mid) {
  RemoteSection section;
  section.kind = kind;
  section.mid = mid;
  section.offeredKind = name(kind);
  section.offeredProtocol = kind == MediaKind::kApplication ? "UDP/DTLS/SCTP" : "UDP/TLS/RTP/SAVPF";
  section.offeredFormats = {"96"};
  section.rtcpMux = true;
  section.bundled = true;
  section.sctpPort = 5000;
  if (kind == MediaKind::kAudio) section.codecs = {codec("OPUS", 109, 48'000, 2)};
  if (kind == MediaKind::kVideo) section.codecs = {codec("VP8", 120)};
  return section;
}

RemoteDescription remoteOffer() {
  RemoteDescription offer;
  offer.sections = {remote(MediaKind::kAudio, "a"), remote(MediaKind::kVideo, "v"),
                    remote(MediaKind::kApplication, "d")};
  offer.bundle = {"a", "v", "d"};
  return offer;
}

SessionPlan answerTo(const RemoteDescription& offer) {
  return planAnswer(offer, capabilities(MediaKind::kAudio, vp8AndOpus()),
                    capabilities(MediaKind::kVideo, vp8AndOpus()));
}

// RFC 3264 §6.1.
TEST(JsepDirection, FollowsTheTableOfRfc3264) {
  for (Direction a : kDirections) {
    EXPECT_EQ(reversed(reversed(a)), a);
    EXPECT_EQ(sends(reversed(a)), receives(a));
    EXPECT_EQ(intersect(a, Direction::kSendRecv), a);
    EXPECT_EQ(intersect(a, Direction::kInactive), Direction::kInactive);
    for (Direction b : kDirections) {
      EXPECT_EQ(intersect(a, b), intersect(b, a));
      EXPECT_EQ(sends(intersect(a, b)), sends(a) && sends(b));
      EXPECT_EQ(receives(intersect(a, b)), receives(a) && receives(b));
    }
  }
  EXPECT_EQ(reversed(Direction::kSendOnly), Direction::kRecvOnly);
}

// RFC 8842 §5.3.
TEST(JsepSetup, TakesTheOtherSide) {
  EXPECT_EQ(answerSetup(sdp::Setup::kActpass), sdp::Setup::kActive);
  EXPECT_EQ(answerSetup(sdp::Setup::kActive), sdp::Setup::kPassive);
  EXPECT_EQ(answerSetup(sdp::Setup::kPassive), sdp::Setup::kActive);
  for (sdp::Setup setup : {sdp::Setup::kActive, sdp::Setup::kPassive, sdp::Setup::kActpass}) {
    RemoteDescription offer = remoteOffer();
    offer.sections[0].transport.setup = setup;
    EXPECT_EQ(answerTo(offer).transport.setup, answerSetup(setup));
  }
}

// RFC 9429 §5.3.1.
TEST(JsepCodecs, TakesTheOffersOrderAndPayloadTypes) {
  RemoteSection offer = remote(MediaKind::kVideo, "v");
  offer.codecs = {codec("H264", 100), codec("vp8", 101), codec("VP8", 102)};
  offer.codecs[1].rtxPayloadType = 103;
  offer.codecs[1].feedback = {"nack pli", "nack", "nack", "ack ccfb", "transport-cc"};
  offer.codecs[1].parameters = {{"max-fs", "1"}};
  const auto codecs = negotiateCodecs(capabilities(MediaKind::kVideo, vp8AndOpus()), offer);
  ASSERT_EQ(codecs.size(), 2u);
  EXPECT_EQ(codecs[0].payloadType, 101);
  EXPECT_EQ(codecs[0].rtxPayloadType, 103);
  EXPECT_EQ(codecs[0].feedback, (std::vector<std::string>{"nack pli", "nack", "ack ccfb"}))
      << "of two kinds of feedback one: the newer";
  EXPECT_TRUE(codecs[0].parameters.empty()) << "parameters say what we want to receive, not what they do";
  EXPECT_EQ(codecs[1].payloadType, 102);
  EXPECT_FALSE(codecs[1].rtxPayloadType) << "no rtx was offered for it";
}

// RFC 6184 §8.2.2.
TEST(JsepCodecs, MatchesWhatMakesACodec) {
  const auto common = [](CodecSpec ours, CodecSpec theirs) {
    RemoteSection offer = remote(MediaKind::kVideo, "v");
    offer.codecs = {std::move(theirs)};
    return !negotiateCodecs({{std::move(ours)}, {}}, offer).empty();
  };
  EXPECT_TRUE(common(codec("opus", 111, 48'000, 2), codec("OPUS", 1, 48'000, 2)));
  EXPECT_FALSE(common(codec("opus", 111, 48'000, 2), codec("opus", 111, 48'000, 1)));
  EXPECT_FALSE(common(codec("opus", 111, 48'000, 2), codec("opus", 111, 16'000, 2)));
  EXPECT_FALSE(common(codec("VP8", 96), codec("VP9", 96)));
  const auto with = [](const char* codecName, std::vector<std::pair<std::string, std::string>> parameters) {
    CodecSpec spec = codec(codecName, 96);
    spec.parameters = std::move(parameters);
    return spec;
  };
  EXPECT_TRUE(common(with("VP9", {}), with("VP9", {{"profile-id", "0"}})));
  EXPECT_FALSE(common(with("VP9", {{"profile-id", "2"}}), with("VP9", {})));
  EXPECT_TRUE(common(with("AV1", {}), with("AV1", {{"profile", "0"}, {"tier", "1"}})));
  EXPECT_FALSE(common(with("AV1", {}), with("AV1", {{"profile", "1"}})));
  const auto h264 = [&](const char* profile, const char* mode) {
    return with("H264", {{"profile-level-id", profile}, {"packetization-mode", mode}});
  };
  EXPECT_TRUE(common(h264("42e01f", "1"), h264("42E034", "1"))) << "levels may differ";
  EXPECT_FALSE(common(h264("42e01f", "1"), h264("42e01f", "0")));
  EXPECT_FALSE(common(h264("42e01f", "1"), h264("42001f", "1")));
}

// RFC 8285 §6.
TEST(JsepExtensions, TakesTheOffersIds) {
  const MediaCapabilities ours{{}, {{1, "urn:a"}, {2, "urn:b"}, {3, "urn:c"}, {4, "urn:d"}}};
  RemoteSection offer = remote(MediaKind::kVideo, "v");
  offer.extensions = {{9, "urn:b", Direction::kSendOnly}, {5, "urn:a"}, {20, "urn:c"}, {6, "urn:other"},
                      {7, "urn:d", Direction::kInactive}, {8, "urn:a"}};
  EXPECT_EQ(negotiateExtensions(ours, offer),
            (std::vector<ExtensionSpec>{{5, "urn:a"}, {9, "urn:b", Direction::kRecvOnly}}));
  offer.extmapAllowMixed = true;
  EXPECT_EQ(negotiateExtensions(ours, offer).back(), (ExtensionSpec{20, "urn:c"}));
  offer.extensions = {{15, "urn:a"}};
  EXPECT_TRUE(negotiateExtensions(ours, offer).empty()) << "RFC 8285 §4.2: reserved";
}

// RFC 3264 §6.
TEST(JsepAnswer, KeepsOrderAndRejectsInPlace) {
  RemoteDescription offer = remoteOffer();
  offer.sections[0].direction = Direction::kSendOnly;
  offer.sections[1].codecs = {codec("H264", 102)};
  RemoteSection text;
  text.kind = MediaKind::kApplication;
  text.supported = false;
  text.mid = "t";
  text.bundled = true;
  text.offeredKind = "text";
  text.offeredProtocol = "UDP/TLS/RTP/SAVPF";
  text.offeredFormats = {"98"};
  offer.sections.push_back(text);
  offer.bundle.push_back("t");
  RemoteSection gone;  // a recycled one without a mid
  gone.rejected = true;
  gone.offeredKind = "audio";
  gone.offeredProtocol = "UDP/TLS/RTP/SAVPF";
  gone.offeredFormats = {"0"};
  offer.sections.push_back(gone);

  const SessionPlan plan = answerTo(offer);
  ASSERT_EQ(plan.sections.size(), 5u);
  EXPECT_FALSE(plan.sections[0].rejected);
  EXPECT_EQ(plan.sections[0].direction, Direction::kRecvOnly);
  EXPECT_TRUE(plan.sections[1].rejected);
  EXPECT_FALSE(plan.sections[2].rejected);
  EXPECT_TRUE(plan.sections[3].rejected);
  EXPECT_TRUE(plan.sections[4].rejected);
  EXPECT_EQ(plan.bundle, (std::vector<std::string>{"a", "d"}));

  SessionPlan complete = plan;
  complete.transport.iceUfrag = "abcd";
  complete.transport.icePwd = "abcdefghijklmnopqrstuvwx";
  complete.transport.fingerprints = {"sha-256 AB:CD"};
  const std::string written = *sdp::write(describe(complete));
  EXPECT_NE(written.find("m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"), std::string::npos) << written;
  EXPECT_NE(written.find("m=text 0 UDP/TLS/RTP/SAVPF 98\r\n"), std::string::npos) << written;
  EXPECT_NE(written.find("m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n"), std::string::npos) << written;
}

// RFC 9143 §7.3.1.
TEST(JsepAnswer, HasATransportForEachGroupAndEachSectionOutsideOfThem) {
  RemoteDescription offer = remoteOffer();
  for (RemoteSection& section : offer.sections) section.bundled = false;
  offer.bundle.clear();
  offer.sections[2].transport.setup = sdp::Setup::kActive;
  SessionPlan plan = answerTo(offer);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(plan.sections[i].rejected);
    EXPECT_EQ(agreedTransport(plan, offer, i), &offer.sections[i]);
  }
  EXPECT_TRUE(plan.bundle.empty());
  EXPECT_EQ(plan.transport.setup, sdp::Setup::kActive);
  EXPECT_FALSE(plan.sections[1].setup);
  EXPECT_EQ(plan.sections[2].setup, sdp::Setup::kPassive) << "each transport takes its own side";
  offer.sections[1].bundled = offer.sections[2].bundled = true;
  offer.bundle = {"d", "v"};
  plan = answerTo(offer);
  EXPECT_EQ(plan.bundle, offer.bundle);
  EXPECT_EQ(agreedTransport(plan, offer), &offer.sections[2]) << "the tagged one";
  EXPECT_EQ(agreedTransport(plan, offer, 1), &offer.sections[2]);
  EXPECT_EQ(agreedTransport(plan, offer, 0), &offer.sections[0]);
  offer.sections[0].bundled = true;
  offer.otherBundles = {{"a"}};
  EXPECT_EQ(answerTo(offer).otherBundles, offer.otherBundles);
}

// RFC 9143 §7.3.1.
TEST(JsepAnswer, TheTaggedSectionMayBeRejected) {
  RemoteDescription offer = remoteOffer();
  offer.sections[0].codecs.clear();
  offer.sections[1].transport.setup = sdp::Setup::kActive;
  const SessionPlan plan = answerTo(offer);
  EXPECT_EQ(agreedTransport(plan, offer), &offer.sections[1]) << "RFC 9143 §7.3.1: then the next one's transport";
  EXPECT_EQ(plan.transport.setup, sdp::Setup::kPassive);
  offer.sections[1].rejected = offer.sections[2].rejected = true;
  offer.bundle.clear();
  EXPECT_EQ(agreedTransport(answerTo(offer), offer), nullptr);
}

// RFC 9429 §5.3.1.
// RFC 9429 §5.2.1: there is one section of data channels. Chromium rejects more, too.
TEST(JsepAnswer, TakesOneDataSection) {
  RemoteDescription offer = remoteOffer();
  offer.sections.push_back(remote(MediaKind::kApplication, "e"));
  offer.bundle.push_back("e");
  SessionPlan plan = answerTo(offer);
  EXPECT_FALSE(plan.sections[2].rejected);
  EXPECT_TRUE(plan.sections[3].rejected);
  EXPECT_NE(plan.sections[3].whyRejected.find("one is enough"), std::string::npos);
  EXPECT_EQ(plan.bundle, (BundleGroup{"a", "v", "d"}));
  // The first has been given up: the second is the one.
  offer.sections[2].rejected = true;
  offer.bundle = {"a", "v", "e"};
  plan = answerTo(offer);
  EXPECT_FALSE(plan.sections[3].rejected);
}

// Both have H.264, and not the same: the sentence says so.
TEST(JsepAnswer, NamesTheProfileThatIsNotShared) {
  RemoteDescription offer = remoteOffer();
  offer.sections[0].codecs = {codec("opus", 111, 48'000, 1)};
  offer.sections[1].codecs = {codec("H264", 99)};
  const SessionPlan plan = answerTo(offer);
  EXPECT_NE(plan.sections[0].whyRejected.find("theirs: opus of another kind; ours: opus"), std::string::npos)
      << plan.sections[0].whyRejected;
  EXPECT_NE(plan.sections[1].whyRejected.find("theirs: H264; ours: VP8"), std::string::npos);
}

// RFC 5761 §5.1.1: no a=rtcp-mux in an answer to an offer without it.
TEST(JsepAnswer, SaysRtcpMuxToWhoOffersIt) {
  RemoteDescription offer = remoteOffer();
  EXPECT_TRUE(answerTo(offer).sections[0].rtcpMux);
  EXPECT_FALSE(answerTo(offer).sections[0].ownRtcp);
  offer.sections[0].rtcpMux = false;
  const SessionPlan answer = answerTo(offer);
  EXPECT_FALSE(answer.sections[0].rtcpMux);
  EXPECT_TRUE(answer.sections[0].ownRtcp);
  EXPECT_FALSE(answer.sections[1].ownRtcp);
}

class JsepCheckAnswer : public testing::Test {
 protected:
  JsepCheckAnswer() {
    for (const RemoteSection& section : answer.sections) {
      SectionPlan& own = offer.sections.emplace_back();
      own.kind = section.kind;
      own.mid = section.mid;
      own.codecs = section.codecs;
    }
    offer.bundle = answer.bundle;
    for (RemoteSection& section : answer.sections) section.transport.setup = sdp::Setup::kActive;
  }
  bool refused() {
    auto checked = checkAnswer(offer, answer);
    EXPECT_TRUE(checked || checked.error().code() == ErrorCode::kInvalidAccessError);
    return !checked;
  }

  SessionPlan offer;
  RemoteDescription answer = remoteOffer();
};

TEST_F(JsepCheckAnswer, AcceptsAGoodOne) {
  EXPECT_FALSE(refused());
}
// RFC 3264 §6.
TEST_F(JsepCheckAnswer, SectionCount) {
  answer.sections.pop_back();
  EXPECT_TRUE(refused());
}
// RFC 5888 §4.
TEST_F(JsepCheckAnswer, Mid) {
  answer.sections[1].mid = "x";
  EXPECT_TRUE(refused());
}
// RFC 3264 §6.
TEST_F(JsepCheckAnswer, Kind) {
  answer.sections[1].kind = MediaKind::kAudio;
  EXPECT_TRUE(refused());
}
// RFC 3264 §6.
TEST_F(JsepCheckAnswer, AcceptsWhatWasRejected) {
  offer.sections[1].rejected = true;
  EXPECT_TRUE(refused());
}
// RFC 8842 §5.3.
TEST_F(JsepCheckAnswer, TakesASide) {
  answer.sections[2].transport.setup = sdp::Setup::kActpass;
  EXPECT_TRUE(refused());
}
// RFC 9143 §7.3.1.
TEST_F(JsepCheckAnswer, BundleGrows) {
  offer.bundle.pop_back();
  EXPECT_TRUE(refused());
}
// RFC 9143 §7.3.2, §7.3.3.
TEST_F(JsepCheckAnswer, LeavesTheBundle) {
  answer.sections[1].bundled = false;
  answer.bundle = {"a", "d"};
  EXPECT_FALSE(refused());
  offer.sections[1].bundleOnly = true;
  EXPECT_TRUE(refused()) << "without the bundle it has no transport";
  sdp::Notes notes;
  rejectUnusable(offer, answer, notes);
  EXPECT_TRUE(answer.sections[1].rejected);
  EXPECT_FALSE(refused());
}
// RFC 9143 §7.3.2.
TEST_F(JsepCheckAnswer, NoBundleAtAll) {
  for (RemoteSection& section : answer.sections) section.bundled = false;
  answer.bundle.clear();
  EXPECT_FALSE(refused());
}
// RFC 9143 §7.3.1.
TEST_F(JsepCheckAnswer, GroupsThatWereNotOfferedTogether) {
  offer.bundle = {"a", "d"};
  offer.otherBundles = {{"v"}};
  EXPECT_TRUE(refused());
  answer.bundle = {"a"};
  answer.otherBundles = {{"v"}, {"d"}};
  EXPECT_FALSE(refused());
}
TEST_F(JsepCheckAnswer, AsManyTransportsAsThereMayBe) {
  const SectionPlan own = offer.sections[0];
  const RemoteSection theirs = answer.sections[0];
  offer = {};
  answer = {};
  for (size_t i = 0; i <= kMaxTransports; ++i) {
    offer.sections.push_back(own);
    answer.sections.push_back(theirs);
    answer.sections.back().bundled = false;
  }
  EXPECT_TRUE(refused());
  sdp::Notes notes;
  rejectUnusable(offer, answer, notes);
  EXPECT_TRUE(answer.sections.back().rejected);
  EXPECT_FALSE(answer.sections[kMaxTransports - 1].rejected);
  EXPECT_FALSE(refused());
}
// RFC 5761 §5.1.1.
TEST_F(JsepCheckAnswer, RtcpMux) {
  offer.sections[0].ownRtcp = true;
  EXPECT_FALSE(refused());
  answer.sections[0].rtcpMux = false;
  EXPECT_FALSE(refused()) << "the offer has a port for it ready";
  offer.sections[0].ownRtcp = false;
  EXPECT_TRUE(refused());
  answer.sections[0].rtcpMux = true;
  offer.sections[0].rtcpMux = false;
  EXPECT_TRUE(refused()) << "it was not offered";
}
// RFC 3264 §6.1: an answer may number codecs in its own way, but has to take one of ours.
TEST_F(JsepCheckAnswer, CodecsUnderWhateverPayloadType) {
  answer.sections[1].codecs = {codec("H264", 120), codec("VP8", 99)};
  EXPECT_FALSE(refused());
  answer.sections[1].codecs.pop_back();
  EXPECT_TRUE(refused());
}

// RFC 3264 §8.
TEST(JsepContinuity, SectionsStay) {
  const RemoteDescription before = remoteOffer();
  RemoteDescription after = before;
  after.sections.push_back(remote(MediaKind::kVideo, "w"));
  EXPECT_TRUE(checkContinuity(before, after).ok());
  EXPECT_FALSE(checkContinuity(after, before).ok()) << "a section is gone";
  after.sections[1].mid = "x";
  EXPECT_FALSE(checkContinuity(before, after).ok());
  RemoteDescription freed = before;
  freed.sections[1].rejected = true;
  EXPECT_TRUE(checkContinuity(freed, after).ok()) << "recycled";
  std::vector<SectionPlan> ours(before.sections.size());
  EXPECT_FALSE(checkContinuity(before, after, ours).ok());
  ours[1].rejected = true;
  EXPECT_TRUE(checkContinuity(before, after, ours).ok()) << "recycled, since our answer had rejected it";
  after = before;
  after.sections[1].offeredKind = "audio";
  EXPECT_FALSE(checkContinuity(before, after).ok());
}

// RFC 8839 §4.4.1.1.
TEST(JsepIceRestart, IsSeenByEitherCredential) {
  TransportDescription before, after;
  before.iceUfrag = after.iceUfrag = "abcd";
  before.icePwd = after.icePwd = "pwd";
  after.candidates = {"x"};
  EXPECT_FALSE(isIceRestart(before, after));
  after.iceUfrag = "efgh";
  EXPECT_TRUE(isIceRestart(before, after));
  after = before;
  after.icePwd = "other";
  EXPECT_TRUE(isIceRestart(before, after));
}

}  // namespace
}  // namespace tincan::inline v0::stack
