#include "tests/sim/rewritten_call.h"

// Candidates of every odd form: of use where they can be, and no harm where not.
namespace tincan::inline v0::sim {
namespace {

struct Candidates {
  const char* name;
  std::function<void(stack::RTCIceCandidate&)> change;
};
std::ostream& operator<<(std::ostream& out, const Candidates& form) {
  return out << form.name;
}
std::function<void(stack::RTCIceCandidate&)> line(const Rewrite& rewrite) {
  return [rewrite](stack::RTCIceCandidate& candidate) { candidate.candidate = rewrite(candidate.candidate); };
}

class FieldCandidateForms : public ::testing::TestWithParam<Candidates> {};

// It is all that is known of a way between the two.
TEST_P(FieldCandidateForms, IsUsed) {
  Two two(402);
  ASSERT_TRUE(two.a.pc->createDataChannel("x").ok());
  two.b.pc->onicecandidate = nullptr;
  two.a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (!event.candidate || event.candidate->candidate.empty()) return;
    const std::string before = event.candidate->toJSON();
    GetParam().change(*event.candidate);
    EXPECT_NE(event.candidate->toJSON(), before) << "nothing was rewritten";
    const auto added = two.b.pc->addIceCandidate(*event.candidate);
    EXPECT_TRUE(added.ok()) << added.error().message();
  };
  ASSERT_EQ(two.exchange(nullptr, nullptr), "");
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
}

INSTANTIATE_TEST_SUITE_P(
    Lines, FieldCandidateForms,
    ::testing::Values(
        Candidates{"OfADescription", line([](const std::string& text) { return "a=" + text; })},
        Candidates{"WithALineEnd", line([](const std::string& text) { return text + "\r\n"; })},
        Candidates{"WithoutItsName", line(replace("candidate:", ""))},
        Candidates{"BlanksAtBothEnds", line([](const std::string& text) { return " " + text + "  "; })},
        Candidates{"BlankBehindTheName", line(replace("candidate:", "candidate: "))},
        Candidates{"TwoBlanks", line(replace(" ", "  "))}, Candidates{"Tabs", line(replace(" ", "\t"))},
        Candidates{"NameInUpperCase", line(replace("candidate:", "CANDIDATE:"))},
        Candidates{"UdpInUpperCase", line(replace("udp", "UDP"))},
        Candidates{"TypeInUpperCase", line(replace("typ host", "TYP HOST"))},
        Candidates{"NoFoundation", line(replace("candidate:\\S+", "candidate:"))},
        Candidates{"FoundationOfOddLetters", line(replace("candidate:\\S+", "candidate:a-b_c.d="))},
        Candidates{"LongFoundation", line(replace("candidate:\\S+", "candidate:" + std::string(64, 'f')))},
        Candidates{"ExtensionsOfLibwebrtc",
                   line([](const std::string& text) { return text + " generation 0 network-id 3 network-cost 50"; })},
        Candidates{"ExtensionWithoutValue", line([](const std::string& text) { return text + " generation"; })},
        Candidates{"UnknownExtensions", line([](const std::string& text) { return text + " x-foo bar x-baz 1"; })},
        Candidates{"UnknownExtensionWithoutValue", line([](const std::string& text) { return text + " x-foo"; })},
        Candidates{"EmptyRelatedAddress", line([](const std::string& text) { return text + " raddr  rport 0"; })},
        Candidates{"RelatedAddressOfAName",
                   line([](const std::string& text) { return text + " raddr x.local rport 9"; })},
        Candidates{"TypeOfAnother", line(replace("typ host", "typ srflx raddr 0.0.0.0 rport 0"))},
        Candidates{"PeerReflexive", line(replace("typ host", "typ prflx raddr 0.0.0.0 rport 0"))},
        Candidates{"PriorityOfZero", line(replace("udp \\d+", "udp 0"))},
        Candidates{"LeadingZeros", line(replace("udp (\\d+)", "udp 00$1"))},
        Candidates{"PlusBeforeTheFoundation", line(replace("candidate:", "candidate:+"))},
        Candidates{"TcpTypeThatDoesNotBelong", line([](const std::string& text) { return text + " tcptype active"; })}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Places, FieldCandidateForms,
    ::testing::Values(Candidates{"ByIndex", [](auto& one) { one.sdpMid.reset(), one.sdpMLineIndex = 0; }},
                      Candidates{"ByMid", [](auto& one) { one.sdpMLineIndex.reset(); }},
                      Candidates{"ByAnEmptyMid", [](auto& one) { one.sdpMid = "", one.sdpMLineIndex.reset(); }},
                      Candidates{"ByAnEmptyMidAndIndex", [](auto& one) { one.sdpMid = "", one.sdpMLineIndex = 0; }},
                      Candidates{"ByMidThoughTheIndexIsWrong", [](auto& one) { one.sdpMLineIndex = 77; }},
                      Candidates{"OfAnEmptyGeneration", [](auto& one) { one.usernameFragment = ""; }},
                      Candidates{"OfNoGeneration", [](auto& one) { one.usernameFragment.reset(); }}),
    [](const auto& each) { return each.param.name; });

// Whatever trickles, before the descriptions, between them and in the midst of the call: an error for who gave it, and
// no more than that.
TEST(FieldBadCandidates, EndNoCall) {
  const std::vector<std::string> bad = {
      "candidate:",
      "candidate:nonsense",
      "candidate:1 1 udp",
      "candidate:1 1 udp 2122260223",
      "candidate:1 1 udp 2122260223 192.0.2.7",
      "candidate:1 1 udp 2122260223 192.0.2.7 5000",
      "candidate:1 1 udp 2122260223 192.0.2.7 5000 typ",
      "candidate:1 1 udp 2122260223 192.0.2.7 5000 typ other",
      "candidate:1 1 sctp 2122260223 192.0.2.7 5000 typ host",
      "candidate:1 1 udp 2122260223 999.1.1.1 5000 typ host",
      "candidate:1 1 udp 2122260223 192.0.2.7 99999 typ host",
      "candidate:1 1 udp 2122260223 192.0.2.7 -1 typ host",
      "candidate:1 1 udp 2122260223 192.0.2.7 x typ host",
      "candidate:1 1 udp 2122260223 192.0.2.7 0 typ host",
      "candidate:1 0 udp 2122260223 192.0.2.7 5000 typ host",
      "candidate:1 2 udp 2122260223 192.0.2.7 5001 typ host",
      "candidate:1 300 udp 2122260223 192.0.2.7 5000 typ host",
      "candidate:1 1 udp 2122260223 0.0.0.0 5000 typ host",
      "candidate:1 1 udp 2122260223 255.255.255.255 5000 typ host",
      "candidate:1 1 udp 2122260223 239.1.1.1 5000 typ host",
      "candidate:1 1 udp 2122260223 127.0.0.1 5000 typ host",
      "candidate:1 1 udp 2122260223 ::ffff:127.0.0.1 5000 typ host",
      "candidate:1 1 udp 2122260223 fe80::1%eth0 5000 typ host",
      "candidate:1 1 udp 2122260223 nowhere.example 5000 typ host",
      "candidate:1 1 udp 2122260223 6f3b1c52-0000-4000-8000-000000000000.local 5000 typ host",
      "candidate:1 1 tcp 2122260223 192.0.2.7 22 typ host tcptype passive",
      "candidate:1 1 tcp 2122260223 192.0.2.7 9 typ host",
      "candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host\r\na=candidate:2 1 udp 1 192.0.2.8 5000 typ host",
      std::string("candidate:1 1 udp 1 192.0.2.7 5000 typ host") + '\0',
      "candidate:" + std::string(5000, '1'),
      std::string(70'000, ' '),
      "a=end-of-candidates",
      "{\"candidate\":1}",
      "\xff\xfe",
  };
  const auto trickleAll = [&](Two& two) {
    for (Peer* peer : {&two.a, &two.b}) {
      for (const std::string& text : bad) {
        (void)peer->pc->addIceCandidate({text, "0", uint16_t{0}, {}}).ok();
        (void)peer->pc->addIceCandidate({text, "", uint16_t{0}, {}}).ok();
        (void)peer->pc->addIceCandidate({text, "nowhere", uint16_t{99}, {}}).ok();
        (void)peer->pc->addIceCandidate({text, {}, {}, {}}).ok();
        (void)peer->pc->addIceCandidate({text, "0", uint16_t{0}, "another"}).ok();
      }
      for (const char* text : {"candidate:1 1 udp 1 192.0.2.7 5000 typ host", ""}) {
        EXPECT_FALSE(peer->pc->addIceCandidate({text, "nowhere", uint16_t{0}, {}}).ok());
        EXPECT_FALSE(peer->pc->addIceCandidate({text, {}, uint16_t{99}, {}}).ok());
        EXPECT_FALSE(peer->pc->addIceCandidate({text, "0", uint16_t{0}, "another"}).ok());
      }
    }
  };
  Two two(403);
  two.a.addCameraMic();
  trickleAll(two);
  const auto between = [&](std::string sdp) {
    trickleAll(two);
    return sdp;
  };
  ASSERT_EQ(two.exchange(between, between), "");
  for (int i = 0; i < 5; ++i) {
    trickleAll(two);
    two.world.runFor(Duration::millis(100));
  }
  two.world.runFor(Duration::millis(1500));
  trickleAll(two);
  const auto sounds = two.b.loudSounds;
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
  EXPECT_GE(two.b.pictures, 30u);
  EXPECT_GE(two.b.loudSounds, sounds + 45);
  for (Peer* peer : {&two.a, &two.b}) EXPECT_LE(peer->pc->candidateNotes().size(), 128u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
