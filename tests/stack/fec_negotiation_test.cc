// RED, ULPFEC and FlexFEC in descriptions, and what a session is told of them.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"
#include "stack/negotiation.h"
#include "stack/section_fec.h"
#include "tests/stack/fake_codecs.h"
#include "tests/stack/local_transport.h"

namespace tincan::inline v0::stack {
namespace {

media::SupportedFormat beside(media::CodecFormat format, bool offered = true) {
  return {std::move(format), false, false, offered};
}

const ListedCodecs& codecs() {
  static const ListedCodecs all(
      {both(audioFormat("opus", 48'000, 2)), beside(audioFormat("red", 48'000, 2)), both(audioFormat("PCMU", 8'000))},
      {both(videoFormat("VP8")), both(videoFormat("AV1")), beside(videoFormat("red")), beside(videoFormat("ulpfec")),
       beside(videoFormat("flexfec-03", {{"repair-window", "10000000"}}), false)});
  return all;
}

struct Side {
  explicit Side(uint64_t seed, FecSettings fec = {})
      : random(seed),
        negotiation(random, seed, RTCRtpHeaderEncryptionPolicy::kNegotiate, false, false, codecs(), fec) {}
  std::string offer() { return negotiation.createOffer(localTransport(), false)->sdp; }
  std::shared_ptr<RtpTransceiver> add(MediaKind kind) {
    return negotiation.addTransceiver(kind, nullptr, RTCRtpTransceiverDirection::kSendrecv, {});
  }
  SeededRandom random;
  Negotiation negotiation;
};

std::string answerOf(Side& answerer, const std::string& offer) {
  EXPECT_TRUE(answerer.negotiation.setRemote({RTCSdpType::kOffer, offer}).ok());
  const auto answer = answerer.negotiation.createAnswer(localTransport());
  EXPECT_TRUE(answer.ok());
  EXPECT_TRUE(answerer.negotiation.setLocal(*answer).ok());
  return answer->sdp;
}

bool has(const std::string& sdp, const std::string& what) {
  return sdp.find(what) != std::string::npos;
}

// "111/111": the number that the codec has in this very description.
// RFC 2198 §5.
TEST(FecNegotiation, RedNamesTheCodecUnderTheNumbersOfItsDescription) {
  Side a(1);
  a.add(MediaKind::kAudio);
  const std::string offer = a.offer();
  EXPECT_TRUE(has(offer, "a=rtpmap:63 red/48000/2\r\n")) << offer;
  EXPECT_TRUE(has(offer, "a=fmtp:63 111/111\r\n"));
  std::string renumbered = offer;
  for (const auto& [from, to] : {std::pair{" 111 63 ", " 35 36 "}, std::pair{":111 ", ":35 "},
                                 std::pair{":63 ", ":36 "}, std::pair{"111/111", "35/35"}})
    for (size_t at; (at = renumbered.find(from)) != std::string::npos;)
      renumbered.replace(at, std::string(from).size(), to);
  Side b(2);
  const std::string answer = answerOf(b, renumbered);
  EXPECT_TRUE(has(answer, "a=fmtp:36 35/35\r\n")) << answer;
  EXPECT_TRUE(has(b.offer(), "a=fmtp:36 35/35\r\n")) << "and goes on so";
}

TEST(FecNegotiation, RedWithoutItsCodecGoes) {
  Side a(1);
  const auto transceiver = a.add(MediaKind::kAudio);
  ASSERT_TRUE(transceiver->setCodecPreferences({{"audio/red", 48'000, 2, {}}, {"audio/PCMU", 8'000, 1, {}}}).ok());
  const std::string offer = a.offer();
  EXPECT_FALSE(has(offer, "red/48000"));
  EXPECT_TRUE(has(offer, "PCMU/8000"));
}

TEST(FecNegotiation, AreListedAsTheSettingsSay) {
  using Video = FecSettings::Video;
  using Audio = FecSettings::Audio;
  for (const Video video : {Video::kNone, Video::kUlpfec, Video::kFlexfec})
    for (const Audio audio : {Audio::kNone, Audio::kByLoss}) {
      Side a(1, {video, audio}), b(2);
      a.add(MediaKind::kAudio);
      a.add(MediaKind::kVideo);
      const std::string offer = a.offer();
      EXPECT_EQ(has(offer, "red/48000/2"), audio != Audio::kNone);
      EXPECT_EQ(has(offer, "red/90000"), video != Video::kNone);
      EXPECT_EQ(has(offer, "ulpfec/90000"), video != Video::kNone);
      EXPECT_EQ(has(offer, "flexfec-03/90000"), video == Video::kFlexfec);
      EXPECT_EQ(has(offer, "a=ssrc-group:FEC-FR "), video == Video::kFlexfec);
      const std::string answer = answerOf(b, offer);
      for (const char* each : {"red/48000/2", "red/90000", "ulpfec/90000", "flexfec-03/90000"})
        EXPECT_EQ(has(answer, each), has(offer, each)) << each;
      // And the other way: who wants none takes up none.
      Side c(3), d(4, {video, audio});
      c.add(MediaKind::kVideo);
      EXPECT_EQ(has(answerOf(d, c.offer()), "ulpfec/90000"), video != Video::kNone);
    }
}

TEST(FecNegotiation, TheSessionIsToldWhatProtectsWhat) {
  NegotiatedSection section;
  Side a(1);
  section.transceiver = a.add(MediaKind::kVideo);
  const auto codec = [](const char* name, uint8_t type, std::optional<uint8_t> rtx = {}) {
    CodecSpec out;
    out.name = name;
    out.payloadType = type;
    out.clockRate = 90'000;
    out.rtxPayloadType = rtx;
    return out;
  };
  section.codecs = {codec("VP8", 96, 97), codec("AV1", 45, 46), codec("red", 118, 119), codec("ulpfec", 120)};
  session::OutboundStream::Config stream;
  stream.ssrc = Ssrc(1);
  stream.rtxSsrc = Ssrc(0x20000);
  protect(stream, section, section.codecs[0], {});
  ASSERT_TRUE(stream.fec.has_value());
  EXPECT_EQ(stream.fec->red, PayloadType(118));
  EXPECT_EQ(stream.fec->redRtx, PayloadType(119));
  EXPECT_EQ(stream.fec->type, PayloadType(120));
  // A codec without picture numbers would wait for each parity packet that is lost.
  session::OutboundStream::Config other;
  protect(other, section, section.codecs[1], {});
  EXPECT_FALSE(other.fec.has_value());
  section.codecs.push_back(codec("flexfec-03", 35));
  protect(stream, section, section.codecs[1], {});
  ASSERT_TRUE(stream.sendsFlexfec());
  EXPECT_EQ(stream.fec->ssrc, Ssrc(flexfecSsrc(1, 0x20000)));
  const session::FecTypes types = fecTypes(section);
  EXPECT_EQ(types.red, PayloadType(118));
  EXPECT_EQ(types.ulpfec, PayloadType(120));
  EXPECT_EQ(types.flexfec, PayloadType(35));
  EXPECT_FALSE(types.redundant.has_value());
  session::OutboundStream::Config none;
  protect(none, section, section.codecs[0], {FecSettings::Video::kNone, FecSettings::Audio::kNone});
  EXPECT_FALSE(none.fec.has_value());
}

// Chromium's rule: RED in front of its codec is always used.
TEST(FecNegotiation, RedInFrontIsAlwaysUsed) {
  NegotiatedSection section;
  Side a(1);
  section.transceiver = a.add(MediaKind::kAudio);
  CodecSpec opus, red;
  opus.name = "opus";
  opus.payloadType = 111;
  opus.clockRate = red.clockRate = 48'000;
  opus.channels = red.channels = 2;
  red.name = "red";
  red.payloadType = 63;
  for (const bool first : {true, false}) {
    section.codecs = first ? std::vector{red, opus} : std::vector{opus, red};
    session::OutboundStream::Config stream;
    stream.payloadType = PayloadType(111);
    protect(stream, section, opus, {});
    ASSERT_TRUE(stream.red.has_value());
    EXPECT_EQ(stream.red->red, PayloadType(63));
    EXPECT_EQ(stream.red->media, PayloadType(111));
    EXPECT_EQ(stream.red->always, first);
  }
  session::OutboundStream::Config mono;
  CodecSpec pcmu = opus;
  pcmu.clockRate = 8'000;
  protect(mono, section, pcmu, {});
  EXPECT_FALSE(mono.red.has_value()) << "it is of another clock";
}

}  // namespace
}  // namespace tincan::inline v0::stack
