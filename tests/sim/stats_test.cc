// webrtc-stats and webrtc-pc §8, on a call: what each object says, that it refers to what is there, and what a selector
// leaves.
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCStatsReport;

struct Call {
  explicit Call(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    b.addCameraMic();
    stack::RTCDataChannelInit init;
    init.protocol = "text";
    channel = a.pc->createDataChannel("chat", init).value();
    signal(a, b);
    world.runFor(Duration::seconds(8));
  }
  World world;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel;
};

std::map<std::string, std::set<std::string>> typesOf(const RTCStatsReport& report) {
  std::map<std::string, std::set<std::string>> out;
  report.forEach([&](const auto& stats) { out[std::string(toString(stats.type))].insert(stats.id); });
  return out;
}

// Every member that is a reference, with the type that it must lead to.
void expectReferencesLead(const RTCStatsReport& report) {
  const std::map<std::string, std::set<std::string>> leads{
      {"transportId", {"transport"}},
      {"codecId", {"codec"}},
      {"mediaSourceId", {"media-source"}},
      {"localId", {"inbound-rtp", "outbound-rtp"}},
      {"remoteId", {"remote-inbound-rtp", "remote-outbound-rtp"}},
      {"selectedCandidatePairId", {"candidate-pair"}},
      {"localCandidateId", {"local-candidate"}},
      {"remoteCandidateId", {"remote-candidate"}},
      {"localCertificateId", {"certificate"}},
      {"remoteCertificateId", {"certificate"}},
      {"playoutId", {"media-playout"}},
  };
  report.forEach([&](const auto& stats) {
    visit(stats, [&](std::string_view name, const auto& value) {
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
        if (!name.ends_with("Id")) return;
        const auto rule = leads.find(std::string(name));
        ASSERT_NE(rule, leads.end()) << name;
        bool found = false;
        report.get(value, [&](const auto& other) { found = rule->second.contains(std::string(toString(other.type))); });
        EXPECT_TRUE(found) << stats.id << "." << name << " = " << value;
      }
    });
  });
}

// W3C §8.2.
// W3C §8.6.
TEST(Statistics, OfACallHaveEachTypeOnceAndLeadToEachOther) {
  const Call call(1);
  for (const Peer* peer : {&call.a, &call.b}) {
    const RTCStatsReport report = peer->pc->getStats();
    const auto types = typesOf(report);
    size_t all = 0;
    for (const auto& [type, ids] : types) all += ids.size();
    EXPECT_EQ(all, report.size()) << "no id stands twice";
    EXPECT_EQ(types.at("inbound-rtp").size(), 2u);
    EXPECT_EQ(types.at("outbound-rtp").size(), 2u);
    EXPECT_EQ(types.at("remote-inbound-rtp").size(), 2u);
    EXPECT_EQ(types.at("media-source").size(), 2u);
    EXPECT_EQ(types.at("codec").size(), 4u) << "opus and VP8, each way";
    EXPECT_EQ(types.at("transport").size(), 1u);
    EXPECT_EQ(types.at("peer-connection").size(), 1u);
    EXPECT_EQ(types.at("data-channel").size(), 1u);
    EXPECT_EQ(types.at("certificate").size(), 2u);
    EXPECT_GE(types.at("candidate-pair").size(), 1u);
    EXPECT_GE(types.at("local-candidate").size(), 1u);
    EXPECT_GE(types.at("remote-candidate").size(), 1u);
    expectReferencesLead(report);
    const double now = 1'700'000'000'000.0 + static_cast<double>(call.world.now().micros()) / 1000;
    report.forEach([&](const auto& stats) { EXPECT_NEAR(stats.timestamp, now, 1000) << stats.id; });
  }
}

// W3C §8.4.
// W3C §8.3.
TEST(Statistics, KeepTheirIds) {
  Call call(2);
  const auto before = typesOf(call.a.pc->getStats());
  call.world.runFor(Duration::seconds(1));
  EXPECT_EQ(typesOf(call.a.pc->getStats()), before);
}

// W3C §8.2.
TEST(Statistics, SayNothingOfWhatIsNotThereYet) {
  World world(3);
  Peer peer(world, world.addHost("a", "203.0.113.1"));
  RTCStatsReport report = peer.pc->getStats();
  EXPECT_EQ(report.peerConnection.dataChannelsOpened, 0u);
  EXPECT_TRUE(report.peerConnection.dataChannelsOpened.has_value());
  EXPECT_EQ(report.transport.dtlsState, "new");
  EXPECT_EQ(report.transport.dtlsRole, "unknown");
  EXPECT_EQ(report.selectedPair(), nullptr);
  std::set<std::string> said;
  visit(report.transport, [&](std::string_view name, const auto&) { said.emplace(name); });
  for (const char* absent :
       {"srtpCipher", "tlsVersion", "dtlsCipher", "selectedCandidatePairId", "remoteCertificateId"})
    EXPECT_FALSE(said.contains(absent)) << absent;
  expectReferencesLead(report);
  peer.addCameraMic();
  report = peer.pc->getStats();
  EXPECT_EQ(report.videoSources.size() + report.audioSources.size(), 2u) << "a sender has a source from the start";
  EXPECT_TRUE(report.outboundRtp.empty());
}

TEST(Statistics, OfPairsCountWhatWentOverThem) {
  const Call call(4);
  const RTCStatsReport a = call.a.pc->getStats(), b = call.b.pc->getStats();
  ASSERT_NE(a.selectedPair(), nullptr);
  ASSERT_NE(b.selectedPair(), nullptr);
  const auto& pair = *a.selectedPair();
  EXPECT_EQ(pair.id, a.transport.selectedCandidatePairId);
  EXPECT_EQ(pair.state, "succeeded");
  EXPECT_TRUE(pair.nominated);
  EXPECT_GT(pair.packetsSent, 400u);
  EXPECT_NEAR(static_cast<double>(b.selectedPair()->packetsReceived), static_cast<double>(pair.packetsSent), 20);
  EXPECT_GE(pair.requestsSent, 1u);
  EXPECT_GE(pair.responsesReceived, 1u);
  EXPECT_GE(pair.requestsReceived, 1u);
  EXPECT_EQ(pair.responsesSent, pair.requestsReceived);
  EXPECT_GE(pair.consentRequestsSent, 1u);
  EXPECT_GT(pair.totalRoundTripTime, pair.currentRoundTripTime);
  EXPECT_GT(pair.lastPacketSentTimestamp, 1'700'000'000'000.0);
  uint64_t all = 0;
  for (const auto& each : a.candidatePairs) all += each.packetsSent;
  EXPECT_EQ(all, a.transport.packetsSent) << "every packet went over some pair";
  EXPECT_EQ(a.transport.selectedCandidatePairChanges >= 1u, true);
}

TEST(Statistics, OfCertificatesAndCandidates) {
  const Call call(5);
  const RTCStatsReport a = call.a.pc->getStats(), b = call.b.pc->getStats();
  const auto certificate = [](const RTCStatsReport& report, const std::string& id) {
    for (const auto& each : report.certificates)
      if (each.id == id) return each;
    ADD_FAILURE() << id;
    return stack::RTCCertificateStats();
  };
  const auto ours = certificate(a, a.transport.localCertificateId),
             theirs = certificate(b, b.transport.remoteCertificateId);
  EXPECT_EQ(ours.base64Certificate, theirs.base64Certificate);
  EXPECT_EQ(ours.fingerprint, theirs.fingerprint);
  EXPECT_NE(call.a.pc->localDescription()->sdp.find("sha-256 " + ours.fingerprint), std::string::npos);
  std::set<std::string> roles{a.transport.dtlsRole, b.transport.dtlsRole};
  EXPECT_EQ(roles, (std::set<std::string>{"client", "server"}));
  for (const auto& each : a.candidates) {
    EXPECT_EQ(each.candidateType, "host");
    // Connections of ours to a peer that listens are candidates that nobody is told of.
    const bool local = each.type == stack::RTCStatsType::kLocalCandidate;
    EXPECT_EQ(each.protocol, local && each.tcpType == "active" ? "tcp" : "udp");
    EXPECT_FALSE(each.address.empty());
    EXPECT_GT(each.priority, 0);
  }
}

TEST(Statistics, OfCodecsAreWhatWasNegotiated) {
  const Call call(6);
  const RTCStatsReport report = call.a.pc->getStats();
  for (const auto& stream : report.inboundRtp) {
    const bool found = report.get(stream.codecId, [&](const auto& stats) {
      if constexpr (std::is_same_v<std::decay_t<decltype(stats)>, stack::RTCCodecStats>) {
        EXPECT_EQ(stats.mimeType, stream.codec);
        EXPECT_EQ(stats.clockRate, stream.kind == "audio" ? 48000u : 90000u);
        EXPECT_EQ(stats.channels.has_value(), stream.kind == "audio");
        EXPECT_GE(stats.payloadType, 96u);
        if (stream.kind == "audio") {
          EXPECT_NE(stats.sdpFmtpLine.find("useinbandfec=1"), std::string::npos);
        }
      }
    });
    EXPECT_TRUE(found);
  }
}

TEST(Statistics, OfSourcesCountWhatTheCameraGave) {
  const Call call(7);
  const RTCStatsReport report = call.a.pc->getStats();
  ASSERT_EQ(report.videoSources.size(), 1u);
  EXPECT_EQ(report.videoSources[0].width, 160u);
  EXPECT_EQ(report.videoSources[0].framesPerSecond, 30);
  EXPECT_GT(report.videoSources[0].frames, 200u);
  ASSERT_EQ(report.audioSources.size(), 1u);
  EXPECT_GT(report.audioSources[0].audioLevel, 0.1);
  EXPECT_GT(report.audioSources[0].totalAudioEnergy, 0.01);
  EXPECT_NEAR(report.audioSources[0].totalSamplesDuration, 8, 1);
}

// webrtc-stats, framesDecoded: a browser decodes what nobody looks at, too.
TEST(Statistics, PicturesThatNobodyLooksAtCountAsDecoded) {
  World world(11);
  Peer a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2"));
  b.pc->ontrack = nullptr;  // which adds the sinks
  trickle(a, b);
  trickle(b, a);
  a.addCameraMic();
  signal(a, b);
  world.runFor(Duration::seconds(3));
  size_t videos = 0;
  for (const auto& stats : b.pc->getStats().inboundRtp) {
    if (stats.kind != "video") continue;
    ++videos;
    EXPECT_GE(stats.framesDecoded, 30u);
    EXPECT_LE(stats.framesDecoded, stats.framesReceived);
    EXPECT_GE(stats.keyFramesDecoded, 1u);
  }
  EXPECT_EQ(videos, 1u);
}

// webrtc-pc §8.4: the selection of a sender's or receiver's track.
// W3C §8.5.
TEST(Statistics, OfATrackAreItsStreamAndAllThatThatRefersTo) {
  const Call call(8);
  const auto video = call.a.stream->getVideoTracks().front();
  auto selected = call.a.pc->getStats(video);
  ASSERT_TRUE(selected.ok());
  const auto types = typesOf(*selected);
  EXPECT_EQ(types.at("outbound-rtp").size(), 1u);
  EXPECT_EQ(types.at("media-source").size(), 1u);
  EXPECT_EQ(types.at("codec").size(), 1u);
  EXPECT_EQ(types.at("remote-inbound-rtp").size(), 1u);
  EXPECT_EQ(types.at("transport").size(), 1u);
  EXPECT_EQ(types.at("candidate-pair").size(), 1u) << "the selected one";
  EXPECT_EQ(types.at("certificate").size(), 2u);
  EXPECT_FALSE(types.contains("inbound-rtp"));
  EXPECT_FALSE(types.contains("data-channel"));
  EXPECT_FALSE(types.contains("peer-connection"));
  expectReferencesLead(*selected);
  selected = call.a.pc->getStats(call.a.pc->getReceivers().front()->track());
  ASSERT_TRUE(selected.ok());
  EXPECT_EQ(typesOf(*selected).at("inbound-rtp").size(), 1u);
  EXPECT_FALSE(typesOf(*selected).contains("outbound-rtp"));
}

// W3C §8.2.
TEST(Statistics, OfATrackThatNobodyHasOrManyHaveAreRefused) {
  Call call(9);
  SeededRandom random(1);
  const auto stranger = media::getUserMedia({.audio = true, .video = false}, random).value()->getTracks().front();
  EXPECT_EQ(call.a.pc->getStats(stranger).error().code(), ErrorCode::kInvalidAccessError);
  EXPECT_EQ(call.a.pc->getStats(nullptr).error().code(), ErrorCode::kInvalidAccessError);
  const auto video = call.a.stream->getVideoTracks().front();
  ASSERT_TRUE(call.a.pc->addTransceiver(video).ok());
  EXPECT_EQ(call.a.pc->getStats(video).error().code(), ErrorCode::kInvalidAccessError);
}

}  // namespace
}  // namespace tincan::inline v0::sim
