#include <algorithm>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"
#include "tests/sdp/corpus.h"
#include "tests/stack/fake_codecs.h"

namespace tincan::inline v0::stack {
namespace {

RemoteDescription interpretText(const std::string& text, const std::string& name) {
  auto session = sdp::parse(text);
  EXPECT_TRUE(session.ok()) << name << ": " << session.error().toString();
  auto remote = interpret(*session);
  EXPECT_TRUE(remote.ok()) << name << ": " << remote.error().toString();
  return remote.ok() ? std::move(*remote) : RemoteDescription{};
}

SessionPlan answerTo(const RemoteDescription& offer, const media::CodecFactory& codecs) {
  SessionPlan plan =
      planAnswer(offer, capabilities(MediaKind::kAudio, codecs), capabilities(MediaKind::kVideo, codecs));
  plan.sessionId = 4611686018427387904;
  plan.version = 1;
  plan.transport.iceUfrag = "abcd";
  plan.transport.icePwd = "abcdefghijklmnopqrstuvwx";
  plan.transport.fingerprints = {"sha-256 AB:CD"};
  plan.transport.candidates = {"1 1 udp 2122194687 192.0.2.1 5000 typ host"};
  uint32_t ssrc = 1000;
  for (SectionPlan& section : plan.sections)
    section.send = SendStreams{{"stream"}, "track" + section.mid, ssrc++, ssrc++, "cname"};
  return plan;
}

TEST(JsepCorpus, InterpretsEveryFile) {
  for (const auto& file : test::sdpCorpus()) {
    const RemoteDescription remote = interpretText(file.text, file.name);
    ASSERT_FALSE(remote.sections.empty()) << file.name;
    const RemoteSection* first = remote.transportSection();
    ASSERT_NE(first, nullptr) << file.name;
    for (const RemoteSection& section : remote.sections) {
      if (section.rejected) continue;
      EXPECT_TRUE(section.supported) << file.name;
      EXPECT_TRUE(section.bundled) << file.name;
      EXPECT_EQ(section.transport.iceUfrag, first->transport.iceUfrag) << file.name;
      EXPECT_EQ(section.transport.fingerprints.size(), 1u) << file.name;
      EXPECT_TRUE(section.transport.trickle) << file.name;
      EXPECT_EQ(section.transport.setup == Setup::kActpass, file.isOffer()) << file.name;
      const bool data = section.kind == MediaKind::kApplication;
      EXPECT_EQ(section.sctpPort, data ? 5000 : 0) << file.name;
      EXPECT_TRUE(data || (section.rtcpMux && !section.codecs.empty())) << file.name;
    }
  }
}

/// Everything that an answer may not do, whatever the offer.
void expectFits(const RemoteDescription& offer, const SessionPlan& plan, const std::string& name) {
  const sdp::Session session = describe(plan);
  auto text = sdp::write(session);
  ASSERT_TRUE(text.ok()) << name << ": " << text.error().toString();
  const RemoteDescription answer = interpretText(*text, name + " answered");
  ASSERT_EQ(answer.sections.size(), offer.sections.size()) << name;
  for (const sdp::Media& media : session.media) EXPECT_TRUE(media.otherAttributes.empty()) << name;
  EXPECT_TRUE(session.otherAttributes.empty()) << name;
  EXPECT_EQ(text->find("sctp-init"), std::string::npos) << name;
  for (size_t i = 0; i < offer.sections.size(); ++i) {
    const RemoteSection &offered = offer.sections[i], &answered = answer.sections[i];
    EXPECT_EQ(answered.mid, offered.mid) << name;
    EXPECT_EQ(answered.offeredKind, offered.offeredKind) << name;
    EXPECT_EQ(answered.offeredProtocol, offered.offeredProtocol) << name;
    EXPECT_TRUE(!offered.rejected || answered.rejected) << name;
    if (answered.rejected) {
      EXPECT_FALSE(answered.bundled) << name;
      EXPECT_EQ(answered.offeredFormats, offered.offeredFormats) << name;
      continue;
    }
    EXPECT_EQ(answered.bundled, offered.bundled) << name;
    EXPECT_EQ(intersect(answered.direction, reversed(offered.direction)), answered.direction) << name;
    for (const CodecSpec& codec : answered.codecs) {
      const auto same = std::find_if(offered.codecs.begin(), offered.codecs.end(),
                                     [&](const CodecSpec& c) { return c.payloadType == codec.payloadType; });
      ASSERT_NE(same, offered.codecs.end()) << name;
      EXPECT_EQ(same->name, codec.name) << name;
      EXPECT_EQ(same->clockRate, codec.clockRate) << name;
      EXPECT_EQ(same->rtxPayloadType, codec.rtxPayloadType) << name;
      for (const std::string& feedback : codec.feedback) EXPECT_TRUE(same->hasFeedback(feedback)) << name;
    }
    for (const ExtensionSpec& extension : answered.extensions)
      EXPECT_TRUE(std::any_of(offered.extensions.begin(), offered.extensions.end(), [&](const ExtensionSpec& e) {
        return e.id == extension.id && e.uri == extension.uri;
      })) << name;
  }
}

TEST(JsepCorpus, AnswersEveryOffer) {
  size_t answered = 0, accepted = 0;
  for (const auto& file : test::sdpCorpus()) {
    if (!file.isOffer()) continue;
    ++answered;
    const RemoteDescription offer = interpretText(file.text, file.name);
    expectFits(offer, answerTo(offer, media::builtInCodecs()), file.name);
    const SessionPlan plan = answerTo(offer, vp8AndOpus());
    expectFits(offer, plan, file.name);
    EXPECT_TRUE(!agreedTransport(plan, offer) || plan.transport.setup == Setup::kActive) << file.name;
    for (size_t i = 0; i < plan.sections.size(); ++i) {
      const RemoteSection& offered = offer.sections[i];
      accepted += !plan.sections[i].rejected;
      const auto has = [&](std::string_view codec) {
        return std::any_of(offered.codecs.begin(), offered.codecs.end(),
                           [&](const CodecSpec& c) { return c.name == codec; });
      };
      const bool wanted = offered.kind == MediaKind::kApplication || has("VP8") || has("opus");
      EXPECT_EQ(plan.sections[i].rejected, offered.rejected || !wanted) << file.name << " section " << i;
    }
  }
  EXPECT_GE(answered, 90u);
  EXPECT_GE(accepted, 150u);
}

/// What a browser answered to a browser fits the rules that we hold answers to.
TEST(JsepCorpus, AcceptsTheAnswersThatBrowsersGave) {
  size_t checked = 0;
  for (const auto& file : test::sdpCorpus()) {
    const size_t at = file.name.rfind("-offer.sdp");
    if (at == std::string::npos) continue;
    const std::string& answerText = test::sdpCorpusFile(file.name.substr(0, at) + "-answer.sdp");
    if (answerText.empty()) continue;
    const RemoteDescription offer = interpretText(file.text, file.name);
    const RemoteDescription answer = interpretText(answerText, file.name + " answer");
    // The offer as a plan, as if it had been ours.
    SessionPlan plan;
    plan.bundle = offer.bundle;
    for (const RemoteSection& section : offer.sections) {
      SectionPlan& own = plan.sections.emplace_back();
      own.kind = section.kind;
      own.mid = section.mid;
      own.rejected = section.rejected;
      own.codecs = section.codecs;
    }
    auto checkedAnswer = checkAnswer(plan, answer);
    EXPECT_TRUE(checkedAnswer.ok()) << file.name << ": " << checkedAnswer.error().toString();
    EXPECT_NE(agreedTransport(plan, answer), nullptr) << file.name;
    ++checked;
  }
  EXPECT_GE(checked, 75u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
