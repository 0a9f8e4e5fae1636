#include "apps/call/report.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::apps {
namespace {

/// A call as it should be; each test spoils one thing.
CallOutcome goodCall() {
  CallOutcome outcome;
  outcome.connected = true;
  outcome.endReason = "time is up";
  for (const char* kind : {"audio", "video"}) {
    stack::RTCInboundRtpStreamStats in;
    in.kind = kind;
    in.packetsReceived = in.framesDecoded = 100;
    outcome.stats.inboundRtp.push_back(in);
    stack::RTCOutboundRtpStreamStats out;
    out.kind = kind;
    out.packetsSent = 100;
    out.roundTripTime = 0.01;
    outcome.stats.outboundRtp.push_back(out);
  }
  return outcome;
}

const CallOptions kSendsAll;

TEST(Judge, AGoodCallIsGood) {
  EXPECT_TRUE(judge(goodCall(), kSendsAll, true).ok());
}

TEST(Judge, EachThingThatIsMissingFails) {
  const std::vector<std::function<void(CallOutcome&)>> spoilers = {
      [](CallOutcome& o) { o.connected = false; },
      [](CallOutcome& o) { o.failure = Error(ErrorCode::kNetworkError, "broke"); },
      [](CallOutcome& o) { o.stats.inboundRtp[0].packetsReceived = 0; },
      [](CallOutcome& o) { o.stats.inboundRtp[1].framesDecoded = 0; },
      [](CallOutcome& o) { o.stats.inboundRtp.clear(); },
      [](CallOutcome& o) { o.stats.outboundRtp.clear(); },
      [](CallOutcome& o) { o.stats.outboundRtp[0].packetsSent = 0; },
      [](CallOutcome& o) { o.stats.outboundRtp[0].roundTripTime = 0; },
      [](CallOutcome& o) { o.stats.outboundRtp[1].roundTripTime = 0; },
  };
  for (size_t i = 0; i < spoilers.size(); ++i) {
    CallOutcome outcome = goodCall();
    spoilers[i](outcome);
    const auto verdict = judge(outcome, kSendsAll, true);
    EXPECT_FALSE(verdict.ok()) << i;
    EXPECT_NE(toJson(outcome, verdict).find("\"result\": \"failed\""), std::string::npos);
  }
}

TEST(Judge, ThePagesWordStandsForAReportOfTheSameKindOnly) {
  CallOutcome outcome = goodCall();
  outcome.stats.outboundRtp[0].roundTripTime = 0;
  outcome.farEnd.videoFrames = 5;
  EXPECT_FALSE(judge(outcome, kSendsAll, true).ok());
  outcome.farEnd.audioPackets = 5;
  EXPECT_TRUE(judge(outcome, kSendsAll, true).ok());
}

TEST(Judge, AFarEndThatIsNoPageNeedsToSendNoReports) {
  CallOutcome outcome = goodCall();
  for (auto& out : outcome.stats.outboundRtp) out.roundTripTime = 0;
  EXPECT_TRUE(judge(outcome, kSendsAll, false).ok());
}

TEST(Judge, WithoutExpectationSendingOnlyIsEnoughAndNothingAtAllIsNot) {
  CallOutcome outcome = goodCall();
  outcome.stats.inboundRtp.clear();
  EXPECT_TRUE(judge(outcome, kSendsAll, false).ok());
  outcome.stats.outboundRtp.clear();
  EXPECT_FALSE(judge(outcome, kSendsAll, false).ok());
  outcome.stats.dataChannels.emplace_back();
  EXPECT_TRUE(judge(outcome, kSendsAll, false).ok());
}

TEST(WriteReport, SaysWhereItCannotWrite) {
  const auto written = writeReport("/nowhere/report.json", goodCall(), {});
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().message().find("/nowhere/report.json"), std::string::npos);
}

}  // namespace
}  // namespace tincan::inline v0::apps
