// webrtc-pc §4.8.1: what an RTCIceCandidate says of its line, and RTCError of a description's.
#include "stack/api/ice_candidate.h"

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/api/rtc_error.h"

namespace tincan::inline v0::stack {
namespace {

// W3C §4.8.1.
TEST(RTCIceCandidate, ReadsItsLine) {
  const RTCIceCandidate udp{
      "candidate:842163049 1 udp 1677729535 203.0.113.9 50000 typ srflx raddr 192.168.1.2 rport 40000 generation 0",
      "0", uint16_t{0}, "abcd"};
  EXPECT_EQ(udp.foundation(), "842163049");
  EXPECT_EQ(udp.component(), RTCIceComponent::kRtp);
  EXPECT_EQ(udp.priority(), 1677729535u);
  EXPECT_EQ(udp.address(), "203.0.113.9");
  EXPECT_EQ(udp.protocol(), RTCIceProtocol::kUdp);
  EXPECT_EQ(udp.port(), 50000);
  EXPECT_EQ(udp.type(), RTCIceCandidateType::kSrflx);
  EXPECT_EQ(udp.tcpType(), std::nullopt);
  EXPECT_EQ(udp.relatedAddress(), "192.168.1.2");
  EXPECT_EQ(udp.relatedPort(), 40000);
  const RTCIceCandidate tcp{"candidate:1 2 tcp 1 c1f3.local 9 typ host tcptype active"};
  EXPECT_EQ(tcp.component(), RTCIceComponent::kRtcp);
  EXPECT_EQ(tcp.address(), "c1f3.local");
  EXPECT_EQ(tcp.protocol(), RTCIceProtocol::kTcp);
  EXPECT_EQ(tcp.tcpType(), RTCIceTcpCandidateType::kActive);
  EXPECT_EQ(tcp.type(), RTCIceCandidateType::kHost);
  EXPECT_EQ(tcp.relatedAddress(), std::nullopt);
}

// W3C §4.8.1.
TEST(RTCIceCandidate, SaysNothingOfWhatIsNone) {
  for (const char* line : {"", "garbage", "candidate:", "candidate:1 1 udp"}) {
    const RTCIceCandidate candidate{line};
    EXPECT_EQ(candidate.foundation(), std::nullopt) << line;
    EXPECT_EQ(candidate.address(), std::nullopt) << line;
    EXPECT_EQ(candidate.type(), std::nullopt) << line;
    EXPECT_EQ(candidate.port(), std::nullopt) << line;
  }
}

// W3C §4.8.1.
TEST(RTCIceCandidate, IsJsonThatSignallingCarries) {
  EXPECT_EQ((RTCIceCandidate{"candidate:1", "a\"b", uint16_t{3}, std::nullopt}.toJSON()),
            R"({"candidate":"candidate:1","sdpMid":"a\"b","sdpMLineIndex":3,"usernameFragment":null})");
  EXPECT_EQ(RTCIceCandidate{}.toJSON(),
            R"({"candidate":"","sdpMid":null,"sdpMLineIndex":null,"usernameFragment":null})");
}

// W3C §4.8.1.
TEST(RTCIceCandidate, NamesItsWords) {
  EXPECT_EQ(toString(RTCIceCandidateType::kPrflx), "prflx");
  EXPECT_EQ(toString(RTCIceProtocol::kTcp), "tcp");
  EXPECT_EQ(toString(RTCIceTcpCandidateType::kSo), "so");
  EXPECT_EQ(toString(RTCIceServerTransportProtocol::kTls), "tls");
  EXPECT_EQ(toString(RTCIceComponent::kRtcp), "rtcp");
}

// W3C §11.1.
// W3C §11.2.
TEST(RTCError, TellsTheLineOfADescription) {
  const auto broken = sdp::parse("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio x\r\n");
  ASSERT_FALSE(broken);
  const auto error = sdpError(broken.error());
  ASSERT_TRUE(error);
  EXPECT_EQ(error->errorDetail, RTCErrorDetailType::kSdpSyntaxError);
  EXPECT_EQ(error->sdpLineNumber, 5);
  EXPECT_EQ(toString(error->errorDetail), "sdp-syntax-error");
  EXPECT_FALSE(sdpError(Error(ErrorCode::kInvalidStateError, "the connection is closed")));
}

}  // namespace
}  // namespace tincan::inline v0::stack
