// What crosses a DTLS association that is renewed: other rounds, rollbacks, provisional answers, restarts of ICE, channels
// that open and close. Whatever the order, both ends agree in the end, and what was open carries.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/stack_api_walk_world.h"

namespace tincan::inline v0::stack {
namespace {

/// Two connections whose call is up, of which one has then stopped the section that had the transport.
class Crossing {
 public:
  PeerConnection& pc(size_t i) { return world_.pc(i); }
  fuzz::WalkWorld& world() { return world_; }

  void offer(size_t from) {
    EXPECT_TRUE(pc(from).setLocalDescription().ok());
    EXPECT_TRUE(pc(1 - from).setRemoteDescription(*pc(from).localDescription()).ok());
    world_.drain();
  }
  void answer(size_t from, RTCSdpType type = RTCSdpType::kAnswer) {
    EXPECT_TRUE(pc(from).setLocalDescription(RTCSessionDescription{type, ""}).ok());
    EXPECT_TRUE(pc(1 - from).setRemoteDescription(*pc(from).localDescription()).ok());
    world_.drain();
  }
  void round(size_t from) {
    offer(from);
    answer(1 - from);
  }
  void rollback() {
    for (size_t i = 0; i < 2; ++i)
      EXPECT_TRUE(pc(i).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
    world_.drain();
  }

  /// A first round of `first`'s, and one of `second`'s that takes its only section away and brings another one: who
  /// answers that is the client, whatever it was before.
  void moveTransport(size_t first, size_t second) {
    EXPECT_TRUE(pc(first).addTransceiver(MediaKind::kAudio).ok());
    round(first);
    world_.advance(2'000);
    ASSERT_TRUE(connected());
    ASSERT_TRUE(pc(second).getTransceivers().at(0)->stop().ok());
    ASSERT_TRUE(pc(second).addTransceiver(MediaKind::kVideo).ok());
    round(second);
  }
  /// The same with data and a section beside the one that stops: the association follows the one in force.
  void moveTag(size_t first, size_t second) {
    world_.keep(first, pc(first).createDataChannel("before").value());
    EXPECT_TRUE(pc(first).addTransceiver(MediaKind::kAudio).ok());
    EXPECT_TRUE(pc(first).addTransceiver(MediaKind::kVideo).ok());
    round(first);
    world_.advance(2'000);
    ASSERT_TRUE(connected());
    ASSERT_TRUE(pc(second).getTransceivers().at(0)->stop().ok());
    round(second);
  }

  bool connected() {
    for (size_t i = 0; i < 2; ++i)
      if (pc(i).connectionState() != RTCPeerConnectionState::kConnected) return false;
    return true;
  }
  /// All is as it should be, a while later.
  void expectPeace(const std::string& after) {
    world_.advance(8'000);
    EXPECT_TRUE(connected()) << after;
    std::string roles;
    for (size_t i = 0; i < 2; ++i) roles += pc(i).getStats().transport.dtlsRole + ' ';
    EXPECT_TRUE(roles == "client server " || roles == "server client ") << roles << after;
    EXPECT_EQ(world_[0].channels.size(), world_[1].channels.size()) << after;
    for (size_t i = 0; i < 2; ++i) {
      for (const auto& each : world_[i].channels) {
        EXPECT_EQ(each->channel->readyState(), RTCDataChannelState::kOpen)
            << i << ' ' << each->channel->label() << after;
        EXPECT_TRUE(each->channel->send(std::string_view("peace")).ok()) << after;
      }
    }
    world_.advance(500);
    for (size_t i = 0; i < 2; ++i)
      for (const auto& each : world_[i].channels)
        EXPECT_TRUE(!each->heard.empty() && each->heard.back() == "peace")
            << i << ' ' << each->channel->label() << after;
    EXPECT_EQ(world_.failure(), "") << after;
  }

 private:
  SeededRandom random_{12};
  fuzz::WalkWorld world_{random_, [] { return uint8_t{1}; }};  // bundled, and both "balanced"
};

constexpr int kMoments[] = {0, 1, 2, 3, 4, 5, 7, 10, 20, 60, 300};  // ms into the renewal

/// Every order of offerers, and every moment.
void forAll(const std::function<void(size_t, size_t, int, const std::string&)>& each) {
  for (size_t first = 0; first < 2; ++first)
    for (size_t second = 0; second < 2; ++second)
      for (const int millis : kMoments)
        each(first, second, millis,
             " first " + std::to_string(first) + ", then " + std::to_string(second) + ", " + std::to_string(millis) +
                 " ms into it");
}

// An answer that is given while the association waits to be renewed tells the role that the next one has. It told the one
// in force: the end that had moved took the other one for it, and both were servers.
// RFC 8842 §4, §5.3.
TEST(RenewalCrossings, AnAnswerMeanwhileTellsTheRoleToCome) {
  forAll([](size_t first, size_t second, int millis, const std::string& when) {
    for (size_t third = 0; third < 2; ++third) {
      Crossing call;
      call.moveTransport(first, second);
      if (millis > 0) call.world().advance(millis);
      call.round(third);
      call.expectPeace(when + ", third " + std::to_string(third));
    }
  });
}

// A restart of ICE, an offer of one that is taken back, a provisional answer to one, and one that is taken back after that.
TEST(RenewalCrossings, RestartsAndWhatIsTakenBack) {
  enum { kRestart, kOffered, kProvisional, kProvisionalBack, kWays };
  forAll([](size_t first, size_t second, int millis, const std::string& when) {
    for (int way = 0; way < kWays; ++way) {
      Crossing call;
      call.moveTag(first, second);
      if (millis > 0) call.world().advance(millis);
      call.pc(second).restartIce();
      call.offer(second);
      if (way == kProvisional || way == kProvisionalBack) call.answer(1 - second, RTCSdpType::kPranswer);
      if (millis > 0) call.world().advance(millis);
      if (way == kOffered || way == kProvisionalBack) {
        call.rollback();
      } else {
        call.answer(1 - second);
      }
      call.expectPeace(when + ", way " + std::to_string(way));
    }
  });
}

// Channels that are made while there is a renewal, on either side and on both.
TEST(RenewalCrossings, ChannelsThatOpenMeanwhile) {
  forAll([](size_t first, size_t second, int millis, const std::string& when) {
    Crossing call;
    call.moveTag(first, second);
    if (millis > 0) call.world().advance(millis);
    RTCDataChannelInit both;
    both.negotiated = true;
    both.id = 200;
    for (size_t i = 0; i < 2; ++i) {
      call.world().keep(i, call.pc(i).createDataChannel("of " + std::to_string(i)).value());
      call.world().keep(i, call.pc(i).createDataChannel("both", both).value());
    }
    call.expectPeace(when);
  });
}

// The first data section comes with the transport's move: its channels have the ids of the role that the association has
// in the end (RFC 8832 §6).
TEST(RenewalCrossings, TheFirstChannelsComeWithTheMove) {
  forAll([](size_t first, size_t second, int millis, const std::string& when) {
    Crossing call;
    call.moveTransport(first, second);
    if (millis > 0) call.world().advance(millis);
    for (size_t i = 0; i < 2; ++i)
      call.world().keep(i, call.pc(i).createDataChannel("of " + std::to_string(i)).value());
    call.round(first);
    call.expectPeace(when);
    for (size_t i = 0; i < 2; ++i) {
      const bool client = call.pc(i).getStats().transport.dtlsRole == "client";
      for (const auto& each : call.world()[i].channels)
        if (each->channel->label() == "of " + std::to_string(i)) {
          EXPECT_EQ(each->channel->id().value_or(9) % 2, client ? 0 : 1) << when;
        }
    }
  });
}

}  // namespace
}  // namespace tincan::inline v0::stack
