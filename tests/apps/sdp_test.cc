// `tincan sdp`: what it says of browsers' descriptions, of broken ones, and of two beside each other.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/sdp/diff.h"
#include "apps/sdp/input.h"
#include "apps/sdp/json.h"
#include "apps/sdp/overview.h"
#include "apps/sdp/text.h"
#include "apps/sdp/words.h"
#include "sdp/parser.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0::apps {
namespace {

using test::sdpCorpusFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

SdpOverview read(std::string text, const std::string& type = {}) {
  return overview({"a.sdp", {}, std::move(text)}, type);
}
SdpOverview chromium(const std::string& what) {
  return read(sdpCorpusFile("chromium-156-" + what + ".sdp"));
}
std::string text(const SdpOverview& overview) {
  return toText(overview, {});
}
std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(SdpCommand, ExplainsAnOffer) {
  const std::string said = text(chromium("audio-video-data-offer"));
  for (const char* words :
       {"An offer of audio, video and data, by libwebrtc", "One transport for all 3 m-lines (BUNDLE)",
        "\"UWGM\", trickles candidates", "host 10.88.0.1:50225", "host [fd88::1]:37076", "8 more at the other m-lines",
        "sha-256 A7:35:2C:9B…5E:37", "(actpass)", "m-line 0: audio, mid \"0\", sends and receives",
        "opus 48 kHz stereo (111): in-band FEC", "VP8 (96, repairs 97)",
        "H264 constrained baseline 3.1 (108, repairs 109)", "lost packets asked for again (NACK)", "audio level (1)",
        "takes opus 48 kHz stereo (111)", "SCTP port 5000"})
    EXPECT_THAT(said, HasSubstr(words));
  for (size_t from = 0; from < said.size();) {
    const size_t end = said.find('\n', from);
    EXPECT_LE(end - from, 106u) << said.substr(from, end - from);  // bytes of 100 columns
    from = end + 1;
  }
}

TEST(SdpCommand, TellsAnAnswerFromAnOffer) {
  for (const auto& file : test::sdpCorpus()) {
    const SdpOverview seen = read(file.text);
    ASSERT_TRUE(seen.readable) << file.name;
    EXPECT_FALSE(seen.refused()) << file.name << "\n" << toComplaints(seen, {});
    const bool answer = file.name.find("answer.sdp") != std::string::npos;
    if (answer) {
      EXPECT_EQ(seen.type, "answer") << file.name;
    }
    if (!file.isOffer() && seen.type != "offer") continue;
    EXPECT_FALSE(seen.answer.empty()) << file.name << ": " << seen.noAnswer;
    // The answer is one that can be read to the letter, and has as many m-lines.
    const auto answered = sdp::parse(seen.answer);
    ASSERT_TRUE(answered) << file.name;
    EXPECT_EQ(answered->media.size(), seen.sections.size()) << file.name;
  }
}

TEST(SdpCommand, FindsNothingWrongWithWhatBrowsersWrite) {
  for (const auto& file : test::sdpCorpus()) {
    if (!file.name.starts_with("chromium-156") && !file.name.starts_with("firefox-153")) continue;
    if (file.name.find("munged") != std::string::npos) continue;
    EXPECT_EQ(toComplaints(read(file.text), {}), "") << file.name;
  }
}

TEST(SdpCommand, SaysWhyASectionIsRejected) {
  std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  for (const char* codec : {"opus/48000/2", "red/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000",
                            "telephone-event/48000", "telephone-event/8000"})
    offer = with(offer, codec, "nonesuch/8000");
  const SdpOverview seen = read(offer);
  ASSERT_EQ(seen.sections.size(), 1u);
  ASSERT_TRUE(seen.sections[0].answered);
  EXPECT_FALSE(seen.sections[0].answered->accepted);
  EXPECT_THAT(seen.sections[0].answered->why, HasSubstr("no codec in common"));
  EXPECT_THAT(text(seen), HasSubstr("rejects it: no codec in common"));
}

// Both browsers take it, and nobody hears anybody.
TEST(SdpCommand, SaysThatTonesAloneAreNoSound) {
  std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  EXPECT_THAT(text(read(offer)), Not(HasSubstr("no codec for sound")));
  for (const char* codec : {"opus/48000/2", "red/48000/2", "G722/8000", "PCMU/8000", "PCMA/8000"})
    offer = with(offer, codec, "nonesuch/8000");
  EXPECT_THAT(text(read(offer)), HasSubstr("no codec for sound in common"));
}

TEST(SdpCommand, PointsAtWhatIsWrong) {
  std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  offer = with(offer, "a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:nine");
  const SdpOverview seen = read(offer);
  ASSERT_FALSE(seen.findings.empty());
  const auto found = std::find_if(seen.findings.begin(), seen.findings.end(),
                                  [](const SdpFinding& each) { return each.kind == SdpFinding::Kind::kForgiven; });
  ASSERT_NE(found, seen.findings.end());
  EXPECT_EQ(lineOf(offer, found->line), "a=rtcp:nine");
  EXPECT_EQ(found->column, 8u);
  EXPECT_THAT(toComplaints(seen, {}), AllOf(HasSubstr("a.sdp:" + std::to_string(found->line) + ":8: forgiven: "),
                                            HasSubstr("\n    a=rtcp:nine\n           ^\n")));
  EXPECT_FALSE(seen.refused());
}

TEST(SdpCommand, RefusesWhatNoCallCanComeOf) {
  const std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  for (const std::string& broken :
       {std::string(), std::string("garbage"), std::string("{\"sdp\": 1}"),
        with(offer, "a=ice-ufrag:", "a=ice-ufrag:!"), with(offer, "a=fingerprint:sha-256 ", "a=fingerprint:sha-256 Z"),
        with(offer, "m=audio ", "m=audio x ")}) {
    const SdpOverview seen = read(broken);
    EXPECT_TRUE(seen.refused()) << broken;
    EXPECT_EQ(seen.answer, "");
    EXPECT_THAT(toComplaints(seen, {}), HasSubstr(": refused: ")) << broken;
    EXPECT_FALSE(text(seen).empty());
    EXPECT_FALSE(toJson(seen).empty());
  }
}

TEST(SdpCommand, SurvivesEveryTruncation) {
  const std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  for (size_t size = 0; size < offer.size(); size += 3) {
    const SdpOverview seen = read(offer.substr(0, size), "answer");  // an answer is read, and not answered
    EXPECT_FALSE(text(seen).empty());
    EXPECT_FALSE(findingsToJson(seen).empty());
  }
}

TEST(SdpCommand, NotesWhatIsUnusual) {
  const std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  const auto unusual = [](const std::string& offered) { return text(read(offered, "offer")); };
  EXPECT_THAT(unusual(with(offer, "a=setup:actpass", "a=setup:active")), HasSubstr("should leave the DTLS roles open"));
  EXPECT_THAT(unusual(with(offer, "m=audio", "a=ice-lite\r\nm=audio")), HasSubstr("ICE-lite"));
  EXPECT_THAT(unusual(with(offer, "a=rtcp-mux", "b=AS:30\r\na=rtcp-mux")), HasSubstr("at most 30 kbit/s (b=AS)"));
  EXPECT_THAT(unusual(with(offer, "a=rtcp-mux", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=rtcp-mux")),
              HasSubstr("in the clear (SDES)"));
  EXPECT_THAT(text(chromium("bundle-balanced-offer")), Not(HasSubstr("no BUNDLE")));
}

TEST(SdpCommand, ShowsNoEscapesOfThePeer) {
  std::string offer = sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  offer = with(offer, "a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp:\033[31mred");
  const SdpOverview seen = read(offer);
  EXPECT_THAT(text(seen) + toComplaints(seen, {}), Not(HasSubstr("\033")));
}

TEST(SdpCommand, TakesADescriptionOutOfJson) {
  EXPECT_EQ(unwrapSdp("", R"({"type":"answer","sdp":"v=0\r\n"})").text, "v=0\r\n");
  EXPECT_EQ(unwrapSdp("", R"({"type":"answer","sdp":"v=0\r\n"})").type, "answer");
  EXPECT_EQ(unwrapSdp("", R"( {"description":{"type":"offer","sdp":"v=0\r\n"}})").type, "offer");
  EXPECT_EQ(unwrapSdp("", R"("v=0\r\ns=-\r\n")").text, "v=0\r\ns=-\r\n");
  for (const char* other : {"", "v=0\r\n", "{", "{}", "[1]", "\"", R"({"sdp":7})", R"({"a":{"sdp":7}})"})
    EXPECT_EQ(unwrapSdp("", other).text, other);
}

TEST(SdpCommand, ComparesAnOfferWithItsAnswer) {
  const auto changes = compare(chromium("audio-video-data-offer"), chromium("audio-video-data-answer"));
  const auto has = [&](const std::string& what, const std::string& before, const std::string& after) {
    return std::any_of(changes.begin(), changes.end(), [&](const SdpChange& each) {
      return each.what == what && each.before == before && each.after == after;
    });
  };
  EXPECT_TRUE(has("type", "offer", "answer"));
  EXPECT_TRUE(has("a=setup", "actpass", "active"));
  EXPECT_THAT(toText(changes, {}),
              AllOf(HasSubstr("Session and transport\n"), Not(HasSubstr("ICE username fragment"))));
}

TEST(SdpCommand, ComparesWhatItMeans) {
  const std::string offer = sdpCorpusFile("chromium-156-audio-video-data-offer.sdp");
  EXPECT_TRUE(compare(read(offer), read(offer)).empty());
  EXPECT_EQ(toText(compare(read(offer), read(offer)), {}), "They mean the same\n");
  // Another order of lines is no change; another order of codecs is.
  EXPECT_TRUE(
      compare(read(offer), read(with(offer, "a=rtcp-mux\r\na=rtcp-rsize\r\n", "a=rtcp-rsize\r\na=rtcp-mux\r\n")))
          .empty());
  auto changes = compare(read(offer), read(with(offer, "SAVPF 111 63", "SAVPF 63 111")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, "order of the codecs");
  EXPECT_EQ(changes[0].section, 0u);
  changes = compare(read(offer), read(with(offer, "a=sendrecv", "a=recvonly")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].before + changes[0].after, "sendrecvrecvonly");
  changes = compare(read(offer), read(with(offer, "a=ice-ufrag:UWGM", "a=ice-ufrag:UWGN")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, "ICE username fragment");
  changes = compare(read(offer), read(with(offer, "useinbandfec=1", "useinbandfec=0")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, "opus parameters");
}

TEST(SdpCommand, NamesProfiles) {
  EXPECT_EQ(h264Profile("42e01f"), "constrained baseline 3.1");
  EXPECT_EQ(h264Profile("42001f"), "baseline 3.1");
  EXPECT_EQ(h264Profile("4d0028"), "main 4.0");
  EXPECT_EQ(h264Profile("640c2a"), "constrained high 4.2");
  EXPECT_EQ(h264Profile("42f00b"), "constrained baseline 1b");
  for (const char* none : {"", "42e01", "42e01fff", "zz0000", "42e0 f"}) EXPECT_EQ(h264Profile(none), "") << none;
}

TEST(SdpCommand, WrapsAtSpaces) {
  EXPECT_EQ(labelled("a", "one two", 30), "  a            one two\n");
  EXPECT_EQ(labelled("a", "one two three", 23), "  a            one two\n               three\n");
  EXPECT_EQ(labelled("a", "", 30), "  a            \n");
  EXPECT_EQ(labelled("-", "one two", 10, 6), "  -   one\n      two\n");
}

}  // namespace
}  // namespace tincan::inline v0::apps
