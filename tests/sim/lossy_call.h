#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// A sends a camera and sound to B at a rate that adapts to nothing, and once they are connected what A sends goes over a
/// line that loses.
struct LossyCall {
  struct Setup {
    uint64_t seed = 0;
    int width = 0, height = 0;  // of the camera
    uint32_t videoBitrate = 0, startBitrate = 0;
    LinkConfig line{}, back{};
    stack::FecSettings fec{};
    stack::RTCRtpHeaderEncryptionPolicy headers = stack::RTCConfiguration().rtpHeaderEncryptionPolicy;
  };

  explicit LossyCall(const Setup& setup)
      : world(setup.seed),
        hostA(world.addHost("a", "203.0.113.1")),
        hostB(world.addHost("b", "203.0.113.2")),
        a(world, hostA, configuration("a", setup)),
        b(world, hostB, configuration("b", setup)) {
    trickle(a, b);
    trickle(b, a);
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = media::VideoConstraints{.width = setup.width, .height = setup.height};
    a.stream = media::getUserMedia(constraints, world.newRandom()).value();
    for (const auto& track : a.stream->getTracks()) EXPECT_TRUE(a.pc->addTrack(track, a.stream).ok());
    signal(a, b);
    EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    hostA.up.config = setup.line;
    hostB.up.config = setup.back;
  }
  // Losses are chance here, and say nothing of the line.
  static stack::RTCConfiguration configuration(const char* name, const Setup& setup) {
    stack::RTCConfiguration out;
    out.certificates = {fixedIdentity(name)};
    out.congestion = {.controller = stack::CongestionSettings::Controller::kFixed, .startBitrate = setup.startBitrate};
    out.videoBitrate = setup.videoBitrate;
    out.fec = setup.fec;
    out.rtpHeaderEncryptionPolicy = setup.headers;
    return out;
  }
  stack::RTCInboundRtpStreamStats heard(std::string_view kind) const {
    for (const auto& stats : b.pc->getStats().inboundRtp)
      if (stats.kind == kind) return stats;
    return {};
  }
  stack::RTCOutboundRtpStreamStats sent(std::string_view kind) const {
    for (const auto& stats : a.pc->getStats().outboundRtp)
      if (stats.kind == kind) return stats;
    return {};
  }

  World world;
  Host &hostA, &hostB;
  Peer a, b;
};

}  // namespace tincan::inline v0::sim
