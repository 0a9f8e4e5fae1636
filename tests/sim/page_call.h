#pragma once

#include <string>

#include "tests/sim/rewritten_call.h"

namespace tincan::inline v0::sim {

/// The exchange with the page's changes in it; what is set is told.
struct Changed : Two {
  using Two::Two;

  static std::string set(Peer& peer, bool offer, const Rewrite& change) {
    auto made = offer ? peer.pc->createOffer() : peer.pc->createAnswer();
    if (!made) return made.error().message();
    stack::RTCSessionDescription description = *made;
    if (change) {
      description.sdp = change(made->sdp);
      EXPECT_TRUE(description.sdp != made->sdp) << "nothing was changed";
    }
    if (const auto done = peer.pc->setLocalDescription(description); !done) return done.error().message();
    if (change) {
      // But for what was gathered, and the default candidates of it. A page may end lines by \n alone.
      const auto ungathered =
          chain({replace("a=(candidate:[^\r\n]*|end-of-candidates)\r?\n", ""),
                 replace("(\nm=[a-z]+) [1-9][0-9]* ", "$1 9 "), replace("\nc=IN [^\r\n]*", "\nc=IN IP4 0.0.0.0"),
                 replace("\na=rtcp:[^\r\n]*", "\na=rtcp:9 IN IP4 0.0.0.0")});
      EXPECT_EQ(ungathered(peer.pc->localDescription()->sdp), ungathered(description.sdp)) << "what was set is told";
    }
    return {};
  }
  std::string exchangeWith(const Rewrite& offer, const Rewrite& answer) {
    if (auto why = set(a, true, offer); !why.empty()) return why;
    if (const auto done = b.pc->setRemoteDescription(*a.pc->localDescription()); !done) return done.error().message();
    if (auto why = set(b, false, answer); !why.empty()) return why;
    if (const auto done = a.pc->setRemoteDescription(*b.pc->localDescription()); !done) return done.error().message();
    return {};
  }
};

}  // namespace tincan::inline v0::sim
