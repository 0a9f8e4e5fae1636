#pragma once

#include <functional>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {

/// What becomes of a description on its way.
using Rewrite = std::function<std::string(std::string)>;

/// Two of ours, between whom somebody rewrites what they say.
struct Two {
  explicit Two(uint64_t seed, bool strict = false) : Two(seed, configuration(strict)) {}
  Two(uint64_t seed, const stack::RTCConfiguration& ofBoth)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1"), ofBoth),
        b(world, world.addHost("b", "203.0.113.2"), ofBoth) {
    // Some of these descriptions have no section that a candidate could belong to: an error that the signalling bears.
    const auto trickle = [](Peer& from, Peer& to) {
      from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
        if (!event.candidate) return;
        (void)to.pc->addIceCandidate({event.candidate->candidate, "", event.candidate->sdpMLineIndex, {}}).ok();
      };
    };
    trickle(a, b);
    trickle(b, a);
    b.pc->ontrack = [this](stack::RTCTrackEvent event) {
      b.watch(event.track);
      streams[event.track->kind() == "audio"] = event.streams;
    };
    for (Peer* peer : {&a, &b}) {
      peer->pc->onconnectionstatechange = [this, peer] { states[peer == &b].push_back(peer->pc->connectionState()); };
    }
  }

  static stack::RTCConfiguration configuration(bool strict) {
    stack::RTCConfiguration out;
    out.strictSdp = strict;
    return out;
  }

  /// a's offer and b's answer, each as the other one sees it. What the first refusal says, or nothing.
  std::string exchange(const Rewrite& offer, const Rewrite& answer) {
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    auto seen = *a.pc->localDescription();
    if (offer) seen.sdp = offer(seen.sdp);
    if (const auto set = b.pc->setRemoteDescription(seen); !set) return "offer: " + set.error().message();
    if (const auto set = b.pc->setLocalDescription(); !set) return "own answer: " + set.error().message();
    seen = *b.pc->localDescription();
    if (answer) seen.sdp = answer(seen.sdp);
    if (const auto set = a.pc->setRemoteDescription(seen); !set) return "answer: " + set.error().message();
    return {};
  }
  std::string notes(const Peer& peer) const {
    std::string out;
    for (const sdp::Note& note : peer.pc->descriptionNotes()) out += note.what + "\n";
    return out;
  }

  World world;
  Peer a, b;
  std::vector<stack::MediaStreamPtr> streams[2];         // of b's tracks: video, audio
  std::vector<stack::RTCPeerConnectionState> states[2];  // of a and b
};

inline Rewrite replace(const std::string& pattern, const std::string& with) {
  return [=](std::string sdp) { return std::regex_replace(sdp, std::regex(pattern), with); };
}
inline Rewrite chain(std::vector<Rewrite> all) {
  return [all = std::move(all)](std::string sdp) {
    for (const Rewrite& each : all) sdp = each(std::move(sdp));
    return sdp;
  };
}
inline Rewrite drop(const std::string& line) {
  return replace(line + "\r\n", "");
}

/// One way of many in which a description is odd, for tables of tests.
struct Form {
  const char* name;
  Rewrite offer, answer;
  bool pictures = false;  // what is changed has to do with them
};
inline std::ostream& operator<<(std::ostream& out, const Form& form) {
  return out << form.name;
}

inline std::string nameOf(const ::testing::TestParamInfo<Form>& info) {
  return info.param.name;
}

}  // namespace tincan::inline v0::sim
