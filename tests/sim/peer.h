#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "media/synthetic_camera.h"
#include "stack/peer_connection.h"
#include "tests/sim/world/drifting_endpoint.h"
#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {

/// A PeerConnection on a host of a World with everything a call test counts. Small pictures, so that a minute of video
/// costs seconds. Its clock runs faster than the world's by `ppm` parts in a million.
struct Peer {
  Peer(World& inWorld, Host& host, stack::RTCConfiguration configuration = {}, Log log = {},
       const media::CodecFactory* codecs = nullptr, Executor* executor = nullptr, int ppm = 0)
      : world(inWorld) {
    stack::Environment environment{world.newRandom(), world.pool(), 1'700'000'000'000'000};
    environment.log = std::move(log);
    environment.codecs = codecs;
    environment.executor = executor;
    pc = stack::PeerConnection::create(std::move(configuration), environment).value();
    if (ppm != 0) clock = std::make_unique<DriftingEndpoint>(*pc, ppm, world.now());
    world.attach(host, clock ? *clock : static_cast<Endpoint&>(*pc));
    pc->ontrack = [this](stack::RTCTrackEvent event) { watch(event.track); };
    pc->ondatachannel = [this](stack::RTCDataChannelEvent event) {
      echo = event.channel;
      echo->onmessage = [this](stack::MessageEvent message) {
        if (auto* text = std::get_if<std::string>(&message.data)) {
          EXPECT_TRUE(echo->send(*text).ok());
        } else {
          EXPECT_TRUE(echo->send(ByteView(std::get<Bytes>(message.data))).ok());
        }
      };
    };
  }
  ~Peer() {
    if (pc) world.detach(clock ? *clock : static_cast<Endpoint&>(*pc));
  }

  void addCameraMic() {
    media::VideoConstraints small;
    small.width = 160;
    small.height = 120;
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = small;
    stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : stream->getTracks()) EXPECT_TRUE(pc->addTrack(track, stream).ok());
  }

  void watch(const stack::MediaStreamTrackPtr& track) {
    tracks.push_back(track);
    track->addVideoSink([this](const media::VideoFrame& picture) {
      ++pictures;
      const auto counter = media::SyntheticCamera::readFrameCounter(picture);
      if (!counter) ++unreadable;
      if (counter && *counter <= lastCounter && pictures > 1) ++notAdvancing;
      if (counter) lastCounter = *counter;
    });
    track->addAudioSink([this](const media::AudioFrame& sound) {
      ++sounds;
      if (sound.rms() > 0.1) ++loudSounds;
    });
  }

  World& world;
  std::unique_ptr<stack::PeerConnection> pc;
  std::unique_ptr<DriftingEndpoint> clock;  // where it is another than the world's
  stack::MediaStreamPtr stream;
  std::vector<stack::MediaStreamTrackPtr> tracks;
  std::shared_ptr<stack::DataChannel> echo;
  uint64_t pictures = 0, unreadable = 0, notAdvancing = 0, sounds = 0, loudSounds = 0;
  uint32_t lastCounter = 0;
};

/// Signalling in no time: candidates trickle, and `signal` goes through one whole round when `offerer` wants to.
inline void trickle(Peer& from, Peer& to) {
  from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate) {
      EXPECT_TRUE(to.pc->addIceCandidate(*event.candidate).ok());
    }
  };
}

inline void signal(Peer& offerer, Peer& answerer, const std::function<void()>& beforeAnswer = {}) {
  auto check = [](const Result<void>& result) { ASSERT_TRUE(result.ok()) << result.error().toString(); };
  check(offerer.pc->setLocalDescription());
  check(answerer.pc->setRemoteDescription(*offerer.pc->localDescription()));
  if (beforeAnswer) beforeAnswer();
  check(answerer.pc->setLocalDescription());
  check(offerer.pc->setRemoteDescription(*answerer.pc->localDescription()));
}

inline bool connected(const Peer& peer) {
  return peer.pc->connectionState() == stack::RTCPeerConnectionState::kConnected;
}

/// The same for every world, where certificates are compared or a handshake has to be of one size.
inline std::shared_ptr<const crypto::Identity> fixedIdentity(const char* name) {
  SeededRandom random(static_cast<uint64_t>(name[0]));
  return std::make_shared<const crypto::Identity>(
      std::move(crypto::Identity::generate(crypto::KeyType::kEd25519, random, 1'790'000'000)).value());
}

}  // namespace tincan::inline v0::sim
