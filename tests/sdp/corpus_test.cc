#include "tests/sdp/corpus.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/text.h"
#include "sdp/writer.h"

namespace tincan::inline v0::sdp {
namespace {

std::vector<std::string> sortedLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::string line(takeUntil(text, '\n'));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    // The one line of the corpus that has spaces to spare.
    if (line.rfind("a=msid-semantic:", 0) == 0) std::erase(line, ' ');
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(SdpCorpus, EveryFileParsesAndRoundTrips) {
  ASSERT_GE(test::sdpCorpus().size(), 185u);
  for (const auto& file : test::sdpCorpus()) {
    auto session = parse(file.text);
    ASSERT_TRUE(session.ok()) << file.name << ": " << session.error().toString();
    auto text = write(*session);
    ASSERT_TRUE(text.ok()) << file.name << ": " << text.error().toString();
    auto again = parse(*text);
    ASSERT_TRUE(again.ok()) << file.name << ": " << again.error().toString();
    EXPECT_TRUE(*session == *again) << file.name;
    EXPECT_EQ(*write(*again), *text) << file.name << ": writing is a fixed point";
  }
}

/// The round trip above would not see what parser and writer both forget: no line may be lost, added or changed.
TEST(SdpCorpus, NoLineIsLost) {
  for (const auto& file : test::sdpCorpus())
    EXPECT_EQ(sortedLines(*write(*parse(file.text))), sortedLines(file.text)) << file.name;
}

TEST(SdpCorpus, OnlyWhatNobodyNeedsStaysUntyped) {
  for (const auto& file : test::sdpCorpus()) {
    const Session session = *parse(file.text);
    EXPECT_TRUE(session.otherAttributes.empty()) << file.name;
    for (const Media& media : session.media)
      for (const Attribute& attribute : media.otherAttributes)
        EXPECT_TRUE(attribute.name == "rtcp-xr" || attribute.name == "sctp-init")
            << file.name << ": " << attribute.name;
  }
}

TEST(SdpCorpus, LineEndsDoNotMatter) {
  for (const auto& file : test::sdpCorpus()) {
    std::string unixText = file.text;
    std::erase(unixText, '\r');
    EXPECT_TRUE(*parse(unixText) == *parse(file.text)) << file.name;
    unixText.pop_back();
    EXPECT_TRUE(*parse(unixText) == *parse(file.text)) << file.name << ": no line end after the last line";
  }
}

TEST(SdpCorpus, ChromiumOfferReadsAsMeant) {
  const Session session = *parse(test::sdpCorpusFile("chromium-156-audio-video-data-offer.sdp"));
  EXPECT_EQ(session.origin.sessionId, 8559663533873657825u);
  ASSERT_EQ(session.media.size(), 3u);
  EXPECT_EQ(session.findGroup("BUNDLE")->mids, (std::vector<std::string>{"0", "1", "2"}));
  const Media &audio = session.media[0], &video = session.media[1], &data = session.media[2];
  EXPECT_EQ(audio.port, 50225);
  EXPECT_EQ(audio.candidates.size(), 4u);
  EXPECT_EQ(audio.findRtpMap(111)->channels, 2u);
  EXPECT_EQ(audio.fingerprints[0].value.size(), 32u);
  EXPECT_EQ(audio.setup, Setup::kActpass);
  EXPECT_EQ(video.rtpmaps.size(), 23u);
  EXPECT_EQ(video.ssrcGroups[0].ssrcs, (std::vector<uint32_t>{175402671, 3450522825}));
  ASSERT_EQ(video.ssrcs.size(), 2u);
  EXPECT_EQ(*video.ssrcs[1].find("cname"), "D4TppWNVJd4HxPvu");
  EXPECT_EQ(data.sctpPort, 5000);
  EXPECT_EQ(data.maxMessageSize, 262144u);
  EXPECT_FALSE(data.direction);
  EXPECT_EQ(session.directionOf(data), Direction::kSendRecv);
}

TEST(SdpCorpus, FirefoxLendsFromTheSession) {
  const Session session = *parse(test::sdpCorpusFile("firefox-153-simulcast-vp8-offer.sdp"));
  const Media& video = session.media[0];
  EXPECT_TRUE(video.fingerprints.empty());
  EXPECT_EQ(session.fingerprintsOf(video).size(), 1u);
  EXPECT_TRUE(session.hasIceOption(video, "trickle"));
  EXPECT_EQ(session.directionOf(video), Direction::kSendOnly);
  ASSERT_EQ(video.simulcast->send.size(), 3u);
  EXPECT_EQ(video.simulcast->send[2][0].rid, "f");
  EXPECT_EQ(video.extmaps[3].direction, Direction::kRecvOnly);
}

/// Cut anywhere, a description is refused or means something that survives the round trip.
TEST(SdpCorpus, EveryTruncationIsHandled) {
  for (const char* name : {"chromium-156-data-only-prenegotiated-offer.sdp", "firefox-153-acodec-opus-offer.sdp"}) {
    const std::string& text = test::sdpCorpusFile(name);
    ASSERT_FALSE(text.empty());
    size_t refused = 0;
    for (size_t size = 0; size < text.size(); ++size) {
      auto session = parse(std::string_view(text).substr(0, size));
      if (!session) {
        ++refused;
        EXPECT_TRUE(errorLine(session.error())) << session.error().message();
        continue;
      }
      auto written = write(*session);
      ASSERT_TRUE(written.ok()) << size << written.error().message();
      EXPECT_TRUE(*parse(*written) == *session) << size;
    }
    EXPECT_GT(refused, text.size() / 4);
  }
}

/// Each line left out, doubled, or moved one down.
TEST(SdpCorpus, EveryLineMoved) {
  std::vector<std::string> lines;
  std::string_view text = test::sdpCorpusFile("chromium-156-audio-only-offer.sdp");
  while (!text.empty()) lines.push_back(std::string(takeUntil(text, '\n')) + '\n');
  const auto check = [](const std::vector<std::string>& all) {
    std::string joined;
    for (const std::string& line : all) joined += line;
    const auto session = parse(joined);
    EXPECT_TRUE(!session || *parse(*write(*session)) == *session) << joined;
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    auto without = lines, twice = lines, swapped = lines;
    without.erase(without.begin() + static_cast<ptrdiff_t>(i));
    twice.insert(twice.begin() + static_cast<ptrdiff_t>(i), lines[i]);
    if (i + 1 < lines.size()) std::swap(swapped[i], swapped[i + 1]);
    check(without);
    check(twice);
    check(swapped);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sdp
