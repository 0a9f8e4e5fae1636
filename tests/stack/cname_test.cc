// RFC 8834 §4.9, RFC 7022: one CNAME for a connection, in its descriptions and in its RTCP. The far end is a transport
// that the test drives, and so sees RTCP in the clear.
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "rtp/rtcp/packet.h"
#include "sdp/parser.h"
#include "stack/negotiation.h"
#include "stack/peer_connection.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {
namespace {

class Cname : public ::testing::Test {
 protected:
  Cname()
      : identity_(crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random_, 1'700'000'000).value()),
        far_({}, {}, identity_, random_, pool_),
        negotiation_(random_, 1) {
    pc_ = PeerConnection::create({}, {random_, pool_, 1'700'000'000'000'000}).value();
    pc_->onicecandidate = [this](RTCPeerConnectionIceEvent event) {
      if (event.candidate && !event.candidate->candidate.empty())
        far_.addRemoteCandidate(now_, ice::Candidate::parse(event.candidate->candidate).value());
    };
  }

  void negotiate() {
    ASSERT_TRUE(pc_->setLocalDescription().ok());
    ASSERT_TRUE(negotiation_.setRemote(*pc_->localDescription()).ok());
    LocalTransport ours;
    ours.iceUfrag = far_.localCredentials().ufrag;
    ours.icePwd = far_.localCredentials().password;
    ours.fingerprint = identity_.certificate().fingerprint(crypto::HashAlgorithm::kSha256).toString();
    auto answer = negotiation_.createAnswer(ours);
    ASSERT_TRUE(answer.ok());
    ASSERT_TRUE(negotiation_.setLocal(*answer).ok());
    ASSERT_TRUE(pc_->setRemoteDescription(*answer).ok());
    const TransportDescription& theirs = *negotiation_.paths().remote();
    far_.setRemoteIce(now_, {{theirs.iceUfrag, theirs.icePwd}});
    far_.gather(now_);
    far_.setDtlsParameters(now_, dtls::Role::kClient, {crypto::Fingerprint::parse(theirs.fingerprints.at(0)).value()});
  }

  void run(Duration time) {
    for (const TimePoint end = now_ + time; now_ < end; now_ = now_ + Duration::millis(5)) {
      while (carry()) {
      }
      if (pc_->nextTimeout() <= now_) pc_->handleTimeout(now_);
      far_.handleTimeout(now_);
    }
  }

  std::set<std::string> heard_;  // the CNAMEs of SDES
  PacketPool pool_;
  SeededRandom random_{3};
  std::unique_ptr<PeerConnection> pc_;

 private:
  static Route turned(const Route& route) { return {route.protocol, route.remote, route.local}; }
  UdpOpened opened(uint32_t id, uint8_t host) { return {id, {{IpAddress::v4(10, 0, 0, host), 5000}}}; }

  bool carry() {
    bool moved = false;
    IoRequest request;
    for (Transmit out; pc_->pollTransmit(now_, out); moved = true)
      far_.receive(now_, turned(out.route), std::move(out.packet));
    for (Transmit out; far_.pollTransmit(now_, out); moved = true)
      pc_->receive(now_, turned(out.route), std::move(out.packet));
    for (; pc_->pollIoRequest(request); moved = true)
      if (auto* open = std::get_if<OpenUdp>(&request)) pc_->handleIoResult(now_, opened(open->id, 1));
    for (; far_.pollIoRequest(request); moved = true)
      if (auto* open = std::get_if<OpenUdp>(&request)) far_.handleIoResult(now_, opened(open->id, 2));
    while (far_.pollEvent()) {
    }
    for (Transport::Media media; far_.pollMedia(media);)
      if (media.rtcp) listen(media.packet.view());
    return pc_->dispatchEvents(now_) || moved;
  }

  void listen(ByteView packet) {
    auto compound = rtp::rtcp::parseCompound(packet);
    ASSERT_TRUE(compound.ok());
    for (const auto& one : *compound) {
      const auto* sdes = std::get_if<rtp::rtcp::Sdes>(&one);
      if (!sdes) continue;
      for (const auto& chunk : sdes->chunks)
        for (const auto& item : chunk.items)
          if (item.type == rtp::rtcp::SdesType::kCname) heard_.insert(item.text);
    }
  }

  crypto::Identity identity_;
  Transport far_;
  Negotiation negotiation_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

// RFC 8834 §4.9.
TEST_F(Cname, OnTheWireIsTheDescriptions) {
  media::MediaStreamConstraints constraints;
  media::VideoConstraints small;
  small.width = 160;
  small.height = 120;
  constraints.audio = true;
  constraints.video = small;
  auto stream = media::getUserMedia(constraints, random_).value();
  for (const auto& track : stream->getTracks()) ASSERT_TRUE(pc_->addTrack(track, stream).ok());
  negotiate();
  run(Duration::seconds(4));
  std::set<std::string> described;
  const auto session = sdp::parse(pc_->localDescription()->sdp);
  ASSERT_TRUE(session.ok());
  for (const auto& section : session->media)
    for (const auto& ssrc : section.ssrcs) described.insert(*ssrc.find("cname"));
  EXPECT_EQ(described.size(), 1u);
  EXPECT_EQ(heard_, described);
  EXPECT_EQ(described.begin()->size(), 16u) << "RFC 7022 §4.2: 96 bits as base64";
}

}  // namespace
}  // namespace tincan::inline v0::stack
