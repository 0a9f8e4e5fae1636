// Which codecs descriptions have, under which payload types, and which one is sent.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"
#include "stack/negotiation.h"
#include "tests/stack/fake_codecs.h"
#include "tests/stack/local_transport.h"

namespace tincan::inline v0::stack {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

media::CodecFormat h264(const char* profileLevel, const char* mode, bool asymmetry = true) {
  Parameters parameters{{"packetization-mode", mode}, {"profile-level-id", profileLevel}};
  if (asymmetry) parameters.insert(parameters.begin(), {"level-asymmetry-allowed", "1"});
  return videoFormat("H264", parameters);
}

struct Side {
  Side(uint64_t seed, const media::CodecFactory& codecs)
      : random(seed), negotiation(random, seed, RTCRtpHeaderEncryptionPolicy::kNegotiate, false, false, codecs) {}
  std::shared_ptr<RtpTransceiver> add(MediaKind kind,
                                      RTCRtpTransceiverDirection way = RTCRtpTransceiverDirection::kSendrecv) {
    return negotiation.addTransceiver(kind, nullptr, way, {});
  }
  std::string offer() { return negotiation.createOffer(localTransport(), false)->sdp; }

  SeededRandom random;
  Negotiation negotiation;
};

void exchange(Side& offerer, Side& answerer) {
  const auto check = [](const Result<void>& done) { ASSERT_TRUE(done.ok()) << done.error().toString(); };
  const auto offer = offerer.negotiation.createOffer(localTransport(), false);
  check(offerer.negotiation.setLocal(*offer));
  check(answerer.negotiation.setRemote(*offer));
  const auto answer = answerer.negotiation.createAnswer(localTransport());
  ASSERT_TRUE(answer.ok());
  check(answerer.negotiation.setLocal(*answer));
  check(offerer.negotiation.setRemote(*answer));
}

/// "VP8@96+97 H264@102", of the first section of its kind.
std::string listed(const std::string& sdp, MediaKind kind = MediaKind::kVideo) {
  const auto remote = interpret(*sdp::parse(sdp));
  if (!remote) return remote.error().toString();
  for (const RemoteSection& section : remote->sections) {
    if (section.kind != kind) continue;
    std::string out;
    for (const CodecSpec& codec : section.codecs) {
      out += (out.empty() ? "" : " ") + codec.name + "@" + std::to_string(codec.payloadType);
      if (codec.rtxPayloadType) out += "+" + std::to_string(*codec.rtxPayloadType);
    }
    return out;
  }
  return "none";
}

std::string sent(const Side& side, size_t section = 0) {
  const auto sections = side.negotiation.sections();
  if (section >= sections.size()) return "nothing";
  const CodecSpec& codec = sections[section].sendingCodec();
  return codec.name + "@" + std::to_string(codec.payloadType);
}

TEST(CodecNegotiation, OffersWhatTheFactoryHasUnderChromiumsNumbers) {
  const ListedCodecs codecs(
      {both(audioFormat("opus", 48'000, 2)), both(audioFormat("G722", 8'000)), both(audioFormat("PCMU", 8'000)),
       both(audioFormat("PCMA", 8'000)), both(audioFormat("L16", 8'000)), both(audioFormat("L16", 16'000)),
       both(audioFormat("CN", 8'000)), both(audioFormat("telephone-event", 48'000)),
       both(audioFormat("telephone-event", 8'000))},
      {both(videoFormat("VP8")), both(videoFormat("VP9", {{"profile-id", "0"}})),
       both(videoFormat("VP9", {{"profile-id", "2"}})), both(h264("42001f", "1")), both(h264("42001f", "0")),
       both(h264("42e01f", "1")), both(h264("42e01f", "0")), both(h264("4d001f", "1")), both(h264("4d001f", "0")),
       both(videoFormat("AV1")), both(videoFormat("X-OWN")), both(videoFormat("H265"))});
  Side a(1, codecs);
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  const std::string sdp = a.offer();
  EXPECT_EQ(listed(sdp, MediaKind::kAudio),
            "opus@111 G722@9 PCMU@0 PCMA@8 L16@115 L16@114 CN@13 telephone-event@110 telephone-event@126");
  EXPECT_EQ(listed(sdp),
            "VP8@96+97 VP9@98+99 VP9@100+101 H264@102+103 H264@104+105 H264@106+107 H264@108+109 H264@127+125 "
            "H264@39+40 AV1@45+46 X-OWN@116+117 H265@49+50");
}

// Many more formats than there are numbers: none has two meanings, and what finds none is left out.
// RFC 9429 §5.2.2.
TEST(CodecNegotiation, NoNumberMeansTwoThings) {
  std::vector<media::SupportedFormat> audio, video;
  for (int i = 0; i < 25; ++i) {
    audio.push_back(both(audioFormat("X-SOUND-" + std::to_string(i), 8'000)));
    video.push_back(both(videoFormat("X-PICTURE-" + std::to_string(i))));
  }
  const ListedCodecs codecs(audio, video);
  Side a(1, codecs);
  for (const MediaKind kind : {MediaKind::kVideo, MediaKind::kAudio, MediaKind::kVideo}) a.add(kind);
  const auto session = sdp::parse(a.offer());
  ASSERT_TRUE(session.ok());
  std::map<std::string, std::string> meanings;
  size_t numbers = 0;
  for (const sdp::Media& media : session->media)
    for (const sdp::RtpMap& map : media.rtpmaps) {
      const std::string format = std::to_string(map.payloadType);
      const auto fmtp = std::find_if(media.fmtps.begin(), media.fmtps.end(),
                                     [&](const sdp::Fmtp& each) { return each.format == format; });
      const std::string meaning = map.encoding + (fmtp != media.fmtps.end() ? fmtp->parameters : "");
      const auto [known, fresh] = meanings.emplace(format, meaning);
      EXPECT_EQ(known->second, meaning) << format;
      numbers += fresh;
      EXPECT_TRUE(map.payloadType < 64 || map.payloadType >= 96) << "RFC 5761 §4: RTCP's";
    }
  EXPECT_GT(numbers, 50u);
}

// RFC 9429 §5.3.1.
TEST(CodecNegotiation, AnswersWithTheOffersNumbersInItsOrder) {
  const ListedCodecs first({}, {both(videoFormat("AV1")), both(videoFormat("VP8")), both(videoFormat("X-A"))});
  const ListedCodecs second({}, {both(videoFormat("X-B")), both(videoFormat("VP8")), both(videoFormat("AV1"))});
  Side a(1, first), b(2, second);
  a.add(MediaKind::kVideo);
  exchange(a, b);
  EXPECT_EQ(listed(b.negotiation.localDescription({})->sdp), "AV1@45+46 VP8@96+97");
  EXPECT_EQ(sent(a), "AV1@45");
  EXPECT_EQ(sent(b), "AV1@45");
  // What the answer left out is offered again, and what was agreed on stays first and keeps its numbers.
  EXPECT_EQ(listed(b.offer()), "AV1@45+46 VP8@96+97 X-B@114+115") << "a has shown 116 and 117 for another";
  EXPECT_EQ(listed(a.offer()), "AV1@45+46 VP8@96+97 X-A@116+117");
}

// The peer's numbers are taken for what it means by them, for ever: ours evade them.
// RFC 3264 §8.3.2.
TEST(CodecNegotiation, EvadesEveryNumberThatThePeerHasUsed) {
  const ListedCodecs ours({both(audioFormat("opus", 48'000, 2))}, {both(videoFormat("VP8")), both(videoFormat("AV1"))});
  Side a(1, ours);
  const std::string offer =
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
      "m=video 9 UDP/TLS/RTP/SAVPF 111 45 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n"
      "a=fingerprint:sha-256 "
      "AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA\r\n"
      "a=rtpmap:111 VP8/90000\r\na=rtpmap:45 X-THEIRS/90000\r\na=rtpmap:96 X-OTHER/90000\r\na=rtpmap:97 rtx/90000\r\n"
      "a=fmtp:97 apt=111\r\n";
  ASSERT_TRUE(a.negotiation.setRemote({RTCSdpType::kOffer, offer}).ok());
  const auto answer = a.negotiation.createAnswer(localTransport());
  ASSERT_TRUE(answer.ok());
  ASSERT_TRUE(a.negotiation.setLocal(*answer).ok());
  EXPECT_EQ(listed(answer->sdp), "VP8@111+97");
  a.add(MediaKind::kAudio);
  a.add(MediaKind::kVideo);
  const std::string next = a.offer();
  EXPECT_EQ(listed(next).substr(0, 14), "VP8@111+97 AV1") << listed(next);
  const auto session = sdp::parse(next);
  for (const sdp::Media& media : session->media)
    for (const sdp::RtpMap& map : media.rtpmaps) {
      EXPECT_NE(map.payloadType, 45) << map.encoding;
      EXPECT_NE(map.payloadType, 96) << map.encoding;
      EXPECT_EQ(map.payloadType == 111, map.encoding == "VP8");
      EXPECT_TRUE(map.payloadType != 97 || map.encoding == "rtx");
    }
}

// Each mode is a codec of its own (RFC 6184 §8.2.2), in whatever order they come.
TEST(CodecNegotiation, H264OfEveryModeInEveryOrder) {
  std::vector<media::SupportedFormat> formats{both(h264("42e01f", "1")), both(h264("42e01f", "0")),
                                              both(h264("42001f", "1")), both(h264("42001f", "0"))};
  const ListedCodecs ours({}, formats);
  std::vector<size_t> order{0, 1, 2, 3};
  do {
    for (size_t count = 1; count <= order.size(); ++count) {
      std::vector<media::SupportedFormat> offered;
      for (size_t i = 0; i < count; ++i) offered.push_back(formats[order[i]]);
      const ListedCodecs theirs({}, offered);
      Side a(1, theirs), b(2, ours);
      a.add(MediaKind::kVideo);
      exchange(a, b);
      const std::string offer = a.negotiation.localDescription({})->sdp;
      EXPECT_EQ(listed(b.negotiation.localDescription({})->sdp), listed(offer));
      for (const Side* side : {&a, &b}) {
        const CodecSpec sending = side->negotiation.sections().at(0).sendingCodec();
        EXPECT_TRUE(media::sameCodec({media::CodecKind::kVideo, sending.name, 90'000, 1, sending.parameters},
                                     offered.front().format));
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  // One side without a mode that the other has.
  const ListedCodecs whole({}, {both(h264("42e01f", "0"))}), cut({}, {both(h264("42e01f", "1"))});
  Side a(1, whole), b(2, cut);
  a.add(MediaKind::kVideo);
  const auto offer = a.negotiation.createOffer(localTransport(), false);
  ASSERT_TRUE(b.negotiation.setRemote(*offer).ok());
  EXPECT_NE(b.negotiation.createAnswer(localTransport())->sdp.find("m=video 0 "), std::string::npos);
}

std::string levelOf(const CodecSpec& codec) {
  return std::string(codec.parameter("profile-level-id"));
}

// RFC 6184 §8.2.2: a level for each direction where both allow it, else the lower one for both.
TEST(CodecNegotiation, H264LevelsFollowTheLowerOneUnlessBothAllowTwo) {
  struct Case {
    media::CodecFormat offered, ours;
    const char *answer, *sentByOfferer, *sentByAnswerer;
  };
  const Case cases[] = {
      {h264("42e034", "1"), h264("42e01f", "1"), "42e01f", "42e01f", "42e034"},
      {h264("42e00b", "1"), h264("42e01f", "1"), "42e01f", "42e01f", "42e00b"},
      {h264("42e034", "1", false), h264("42e01f", "1"), "42e01f", "42e01f", "42e01f"},
      {h264("42e00b", "1"), h264("42e01f", "1", false), "42e00b", "42e00b", "42e00b"},
      {h264("42e00b", "1", false), h264("42e01f", "1", false), "42e00b", "42e00b", "42e00b"},
      // 1b, above 1 and below 1.1, is level_idc 11 with constraint_set3 in these profiles.
      {h264("42f00b", "1", false), h264("42e00b", "1", false), "42f00b", "42f00b", "42f00b"},
      {h264("42e00a", "1", false), h264("42f00b", "1", false), "42e00a", "42e00a", "42e00a"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.answer);
    const ListedCodecs theirs({}, {both(each.offered)}), ours({}, {both(each.ours)});
    Side a(1, theirs), b(2, ours);
    a.add(MediaKind::kVideo);
    exchange(a, b);
    const auto answer = interpret(*sdp::parse(b.negotiation.localDescription({})->sdp));
    EXPECT_EQ(levelOf(answer->sections[0].codecs.at(0)), each.answer);
    EXPECT_EQ(levelOf(a.negotiation.sections().at(0).sendingCodec()), each.sentByOfferer);
    EXPECT_EQ(levelOf(b.negotiation.sections().at(0).sendingCodec()), each.sentByAnswerer);
  }
}

// What we receive says our fmtp; what we send keeps to theirs, with the section's packet times.
TEST(CodecNegotiation, AnEncoderObeysThePeersParameters) {
  const ListedCodecs ours({both(audioFormat("opus", 48'000, 2, {{"useinbandfec", "1"}}))}, {});
  const ListedCodecs theirs({both(audioFormat("opus", 48'000, 2, {{"stereo", "1"}, {"usedtx", "1"}, {"cbr", "1"}}))},
                            {});
  Side a(1, theirs), b(2, ours);
  a.add(MediaKind::kAudio);
  auto offer = *a.negotiation.createOffer(localTransport(), false);
  ASSERT_TRUE(a.negotiation.setLocal(offer).ok());
  offer.sdp += "a=ptime:40\r\na=maxptime:60\r\n";  // as a gateway in between might
  ASSERT_TRUE(b.negotiation.setRemote(offer).ok());
  const auto answer = *b.negotiation.createAnswer(localTransport());
  ASSERT_TRUE(b.negotiation.setLocal(answer).ok());
  ASSERT_TRUE(a.negotiation.setRemote(answer).ok());
  EXPECT_EQ(b.negotiation.sections().at(0).sendingCodec().parameters,
            (Parameters{{"stereo", "1"}, {"usedtx", "1"}, {"cbr", "1"}, {"ptime", "40"}, {"maxptime", "60"}}));
  EXPECT_EQ(b.negotiation.sections().at(0).codecs.at(0).parameters, (Parameters{{"useinbandfec", "1"}}));
  EXPECT_EQ(a.negotiation.sections().at(0).sendingCodec().parameters, (Parameters{{"useinbandfec", "1"}}));
}

// RFC 3264 §5.1.
TEST(CodecNegotiation, WhatIsListedDependsOnTheWay) {
  const ListedCodecs codecs({}, {{videoFormat("X-DECODED"), false, true, true},
                                 {videoFormat("X-ENCODED"), true, false, true},
                                 both(videoFormat("X-BOTH")),
                                 {videoFormat("X-SELDOM"), true, true, false},
                                 {videoFormat("X-FORWARDED"), false, false, false}});
  using Way = RTCRtpTransceiverDirection;
  const auto offered = [&](Way way) {
    Side a(1, codecs);
    a.add(MediaKind::kVideo, way);
    std::string out;
    const auto said = interpret(*sdp::parse(a.offer()));
    for (const CodecSpec& codec : said->sections[0].codecs) out += codec.name.substr(2) + " ";
    return out;
  };
  EXPECT_EQ(offered(Way::kSendrecv), "DECODED BOTH ");
  EXPECT_EQ(offered(Way::kRecvonly), "DECODED BOTH ");
  EXPECT_EQ(offered(Way::kSendonly), "ENCODED BOTH ");
  EXPECT_EQ(offered(Way::kInactive), "DECODED ENCODED BOTH ");
  // Taken up when a peer has it, but for what could only be forwarded; and sent is the first that can be encoded.
  const ListedCodecs peer({}, {both(videoFormat("X-FORWARDED")), both(videoFormat("X-DECODED")),
                               both(videoFormat("X-SELDOM")), both(videoFormat("X-BOTH"))});
  Side a(1, peer), b(2, codecs);
  a.add(MediaKind::kVideo);
  exchange(a, b);
  const std::string answer = listed(b.negotiation.localDescription({})->sdp);
  EXPECT_EQ(answer.find("FORWARDED"), std::string::npos) << answer;
  EXPECT_TRUE(answer.starts_with("X-DECODED")) << answer;
}

// ---- setCodecPreferences and getCapabilities (W3C §5.2, §5.3, §5.4) ----

TEST(CodecPreferences, OrderAndNarrowOffersAndAnswers) {
  const ListedCodecs codecs({}, {both(videoFormat("VP8")),
                                 both(h264("42e01f", "1")),
                                 both(h264("42e01f", "0")),
                                 both(videoFormat("AV1")),
                                 {videoFormat("H265"), false, false, false}});
  const auto all = RtpSender::getCapabilities(MediaKind::kVideo, codecs).codecs;
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[1],
            (RTCRtpCodec{
                "video/H264", 90'000, {}, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"}));
  EXPECT_EQ(all[4].mimeType, "video/rtx");
  Side a(1, codecs), b(2, codecs);
  const auto transceiver = a.add(MediaKind::kVideo);
  ASSERT_TRUE(transceiver->setCodecPreferences({all[3], all[1], all[3], all[4]}).ok());
  EXPECT_EQ(listed(a.offer()), "AV1@45+46 H264@106+107");
  ASSERT_TRUE(transceiver->setCodecPreferences({all[2]}).ok());
  EXPECT_EQ(listed(a.offer()), "H264@108") << "no rtx was named";
  // A forwarder may name what can neither be encoded nor decoded here.
  ASSERT_TRUE(transceiver->setCodecPreferences({{"VIDEO/h265", 90'000, {}, {}}}).ok());
  EXPECT_EQ(listed(a.offer()), "H265@49");
  ASSERT_TRUE(transceiver->setCodecPreferences({}).ok());
  EXPECT_EQ(listed(a.offer()), "VP8@96+97 H264@106+107 H264@108+109 AV1@45+46");
  // An answerer's count, too.
  const auto answering = b.add(MediaKind::kVideo);
  EXPECT_TRUE(answering->setCodecPreferences({all[3], all[0], all[4]}).ok());
  const auto offer = *a.negotiation.createOffer(localTransport(), false);
  ASSERT_TRUE(b.negotiation.setRemote(offer).ok());
  ASSERT_EQ(b.negotiation.transceivers().size(), 2u) << "one that addTransceiver made is not matched";
  EXPECT_TRUE(b.negotiation.transceivers()[1]->setCodecPreferences({all[3], all[0], all[4]}).ok());
  EXPECT_EQ(listed(b.negotiation.createAnswer(localTransport())->sdp), "AV1@45+46 VP8@96+97");
  EXPECT_TRUE(b.negotiation.transceivers()[1]->setCodecPreferences({{"video/H265", 90'000, {}, {}}}).ok());
  EXPECT_NE(b.negotiation.createAnswer(localTransport())->sdp.find("m=video 0 "), std::string::npos);
}

// Numbers stay through a call that goes from one codec to the other and back.
TEST(CodecPreferences, ChangeWithoutChangingNumbers) {
  const ListedCodecs codecs({}, {both(videoFormat("VP8")), both(videoFormat("AV1")), both(videoFormat("X-OWN"))});
  const auto all = RtpSender::getCapabilities(MediaKind::kVideo, codecs).codecs;
  Side a(1, codecs), b(2, codecs);
  const auto transceiver = a.add(MediaKind::kVideo);
  const char* expected[] = {"VP8@96", "AV1@45", "X-OWN@116", "AV1@45", "VP8@96"};
  const size_t order[] = {0, 1, 2, 1, 0};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(transceiver->setCodecPreferences({all[order[i]], all[3]}).ok());
    exchange(a, b);
    EXPECT_EQ(sent(a), expected[i]);
    EXPECT_EQ(sent(b), expected[i]);
  }
  // Without RTX for a while, and with it again, under its number.
  EXPECT_TRUE(transceiver->setCodecPreferences({all[0]}).ok());
  exchange(a, b);
  EXPECT_EQ(listed(a.negotiation.localDescription({})->sdp), "VP8@96");
  EXPECT_TRUE(transceiver->setCodecPreferences({}).ok());
  EXPECT_EQ(listed(a.offer()), "VP8@96+97 AV1@45+46 X-OWN@116+117");
}

TEST(CodecPreferences, RefuseWhatIsNoCapability) {
  const ListedCodecs codecs({both(audioFormat("opus", 48'000, 2, {{"useinbandfec", "1"}, {"minptime", "10"}})),
                             both(audioFormat("telephone-event", 8'000)), both(audioFormat("CN", 8'000))},
                            {both(videoFormat("VP8"))});
  Side a(1, codecs);
  const auto audio = a.add(MediaKind::kAudio), video = a.add(MediaKind::kVideo);
  const auto isRefused = [](const std::shared_ptr<RtpTransceiver>& transceiver, const RTCRtpCodec& codec) {
    const auto done = transceiver->setCodecPreferences({codec});
    return !done && done.error().code() == ErrorCode::kInvalidModificationError;
  };
  EXPECT_FALSE(isRefused(video, {"video/vp8", 90'000, {}, {}}));
  EXPECT_TRUE(isRefused(video, {"video/VP9", 90'000, {}, {}}));
  EXPECT_TRUE(isRefused(video, {"video/VP8", 48'000, {}, {}}));
  EXPECT_TRUE(isRefused(video, {"video/VP8", 90'000, {}, "a=b"}));
  EXPECT_TRUE(isRefused(video, {"audio/opus", 48'000, 2, "minptime=10;useinbandfec=1"}));
  EXPECT_TRUE(isRefused(video, {"video/rtx", 90'000, {}, {}})) << "repairs alone";
  EXPECT_FALSE(isRefused(audio, {"audio/OPUS", 48'000, 2, "minptime=10;useinbandfec=1"})) << "in another order";
  EXPECT_TRUE(isRefused(audio, {"audio/opus", 48'000, 2, {}}));
  EXPECT_TRUE(isRefused(audio, {"audio/opus", 48'000, {}, "useinbandfec=1;minptime=10"}));
  EXPECT_TRUE(isRefused(audio, {"audio/telephone-event", 8'000, 1, {}})) << "tones alone";
  EXPECT_TRUE(isRefused(audio, {"audio/CN", 8'000, {}, {}}));
  EXPECT_TRUE(isRefused(audio, {"audio/rtx", 48'000, 2, {}}));
  EXPECT_TRUE(audio
                  ->setCodecPreferences({{"audio/opus", 48'000, 2, "useinbandfec=1;minptime=10"},
                                         {"audio/telephone-event", 8'000, {}, {}}})
                  .ok());
  EXPECT_TRUE(RtpReceiver::getCapabilities(MediaKind::kApplication, codecs).codecs.empty());
}

// ---- hostile fmtp ----

TEST(CodecNegotiation, TakesNoHarmFromParametersThatAreNone) {
  const ListedCodecs codecs({}, {both(h264("42e01f", "1")), both(videoFormat("VP9", {{"profile-id", "0"}})),
                                 both(videoFormat("AV1", {{"profile", "0"}}))});
  for (const char* value :
       {"", "-1", "99999999999999999999", "42", "42e01", "42e01fff", "zzzzzz", "0x42e01f", "=", "\xff"})
    for (const char* key :
         {"profile-level-id", "packetization-mode", "level-asymmetry-allowed", "profile-id", "profile"})
      for (const char* name : {"H264", "VP9", "AV1", "H265"}) {
        RemoteSection section;
        section.kind = MediaKind::kVideo;
        section.codecs = {{name, 100, 90'000, 1, {{key, value}, {key, value}}, {}, {}}};
        for (const CodecSpec& codec : negotiateCodecs(capabilities(MediaKind::kVideo, codecs), section)) {
          EXPECT_EQ(codec.payloadType, 100);
          EXPECT_LE(codec.parameters.size(), 4u);
        }
      }
}

}  // namespace
}  // namespace tincan::inline v0::stack
