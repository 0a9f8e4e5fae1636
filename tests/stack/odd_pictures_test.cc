// Pictures as odd senders send them: a real VP8 stream whose packets somebody changes, and a far end that answers PLI.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/synthetic_camera.h"
#include "rtp/payload/vp8.h"
#include "rtp/rtcp/packet.h"
#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kSsrc = 77, kRtxSsrc = 78;
constexpr uint8_t kRtxType = 97;
constexpr int kPictures = 120;

struct Out {
  uint32_t timestamp = 0;
  Bytes payload{};
  bool marker = false;
  uint8_t padding = 0;
  uint8_t type = SessionOnWire::kVp8Type;
  uint32_t ssrc = kSsrc;
  bool lost = false;                 // it has a number, and does not arrive
  std::optional<uint16_t> number{};  // where it is not the next one
};

class Sender {
 public:
  using Change = std::function<void(int picture, std::vector<Out>& packets, Sender& sender)>;

  explicit Sender(bool announced = true) {
    NegotiatedSection& section = on.sections[1];
    section.codecs[0].rtxPayloadType = kRtxType;
    if (announced) {
      section.remoteSsrcs = {kSsrc};
      section.remoteRtx = {{kSsrc, kRtxSsrc}};
    }
    EXPECT_TRUE(on.wire.connect());
    on.session.apply(on.sections);
    on.video->receiver()->track()->addVideoSink([this](const media::VideoFrame& picture) {
      const auto counter = media::SyntheticCamera::readFrameCounter(picture);
      unreadable += !counter;
      if (counter) seen.insert(*counter);
      sizes.insert(picture.width);
      longest = std::max(longest, on.wire.now() - last_);
      last_ = on.wire.now();
    });
    on.onRtcp = [this](const PacketBuffer& packet) {
      const auto parsed = rtp::rtcp::parseCompound(packet.view());
      for (size_t i = 0; parsed && i < parsed->size(); ++i) {
        if (!std::holds_alternative<rtp::rtcp::Pli>((*parsed)[i])) continue;
        ++plis;
        wanted_ = true;
      }
    };
    last_ = on.wire.now();
    resize(320);
  }
  void resize(int width) {
    width_ = width;
    encoder_ = media::makeVp8Encoder(width, width * 3 / 4, 400'000);
  }
  /// `pictures` at 30 a second; each is changed on its way.
  void run(int pictures, const Change& change) {
    for (int k = 0; k < pictures; ++k) {
      media::VideoFrame picture;
      media::SyntheticCamera({width_, width_ * 3 / 4, 30}).paint(static_cast<uint32_t>(k), picture);
      picture.captured = on.wire.now();
      const auto frame = media::encodeOne(*encoder_, picture, std::exchange(wanted_, false) || keysOnly);
      packetizer_.setFrame(frame.data, payloadSize);
      std::vector<Out> packets;
      for (bool end = false; !end;) {
        PacketBuffer packet = pool_.allocate();
        ASSERT_TRUE(packetizer_.next(packet, end));
        packets.push_back({timestamp, toBytes(packet.view()), end});
      }
      change(k, packets, *this);
      for (const Out& each : packets) send(each);
      timestamp += 3000;
      on.run(Duration::millis(k % 3 == 0 ? 30 : 35));
    }
    on.run(Duration::millis(400));
  }
  void send(const Out& out) {
    const uint16_t number = out.number ? *out.number : numbers[out.ssrc]++;
    Bytes bytes(12);
    bytes[0] = static_cast<uint8_t>(out.padding ? 0xa0 : 0x80);
    bytes[1] = static_cast<uint8_t>((out.marker ? 0x80 : 0) | out.type);
    storeBe16(bytes.data() + 2, number);
    storeBe32(bytes.data() + 4, out.timestamp);
    storeBe32(bytes.data() + 8, out.ssrc);
    bytes.insert(bytes.end(), out.payload.begin(), out.payload.end());
    bytes.resize(bytes.size() + out.padding, 0);
    if (out.padding) bytes.back() = out.padding;
    if (out.lost) return;
    PacketBuffer packet = on.wire.pool().copy(bytes);
    on.wire[1].sendRtp(on.wire.now(), {&packet, 1});
    on.carry();
  }
  /// The repair of a packet (RFC 4588 §4): its number, then what it carried.
  Out repairOf(const Out& out, uint16_t number) const {
    Out repair = out;
    repair.ssrc = kRtxSsrc;
    repair.type = kRtxType;
    repair.payload.insert(repair.payload.begin(), {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)});
    return repair;
  }

  SessionOnWire on;
  std::map<uint32_t, uint16_t> numbers{{kSsrc, 65'500}, {kRtxSsrc, 100}};  // of what is sent next
  uint32_t timestamp = 0xffff'0000u;
  size_t payloadSize = 500;
  bool keysOnly = false;
  std::set<uint32_t> seen;
  std::set<int> sizes;
  int unreadable = 0, plis = 0;
  Duration longest;

 private:
  PacketPool pool_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  rtp::Vp8Packetizer packetizer_{0x7ff0};
  int width_ = 0;
  bool wanted_ = false;
  TimePoint last_;
};

struct Oddity {
  const char* name;
  Sender::Change change;
  int mayLose = 0;            // pictures
  int mayAsk = 0;             // for key frames
  int64_t standsStill = 120;  // ms, at the most
};
std::ostream& operator<<(std::ostream& out, const Oddity& oddity) {
  return out << oddity.name;
}

class OddPictures : public ::testing::TestWithParam<Oddity> {};

TEST_P(OddPictures, AreShown) {
  const Oddity& oddity = GetParam();
  Sender sender;
  sender.run(kPictures, oddity.change);
  EXPECT_GE(static_cast<int>(sender.seen.size()), kPictures - oddity.mayLose);
  EXPECT_LE(sender.plis, oddity.mayAsk);
  EXPECT_LE(sender.longest, Duration::millis(oddity.standsStill));
  EXPECT_EQ(sender.unreadable, 0);
}

constexpr int kWhen = kPictures / 2;

Sender::Change markers(std::function<bool(int)> keep) {
  return [keep = std::move(keep)](int k, std::vector<Out>& packets, Sender&) {
    if (!keep(k)) packets.back().marker = false;
  };
}
/// What comes behind a picture, before the next one.
Sender::Change behind(std::vector<Out> added, bool ownTime = false) {
  return [=](int, std::vector<Out>& packets, Sender& sender) {
    for (Out each : added) {
      if (!ownTime) each.timestamp = sender.timestamp;
      packets.push_back(each);
    }
  };
}
Sender::Change at(int when, std::function<void(Sender&)> change) {
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    if (k != when) return;
    change(sender);
    for (Out& each : packets) each.timestamp = sender.timestamp;
  };
}
Sender::Change timeLeaps(int64_t ticks) {
  return at(kWhen, [=](Sender& sender) { sender.timestamp += static_cast<uint32_t>(ticks); });
}
Sender::Change numbersLeap(int by) {
  return at(kWhen, [=](Sender& sender) { sender.numbers[kSsrc] = static_cast<uint16_t>(sender.numbers[kSsrc] + by); });
}
Sender::Change pauses(int64_t millis, bool clockGoesOn) {
  return at(kWhen, [=](Sender& sender) {
    sender.on.run(Duration::millis(millis));
    if (clockGoesOn) sender.timestamp += static_cast<uint32_t>(millis * 90);
  });
}
Sender::Change becomesWide(const std::vector<int>& widths) {
  return [=](int k, std::vector<Out>&, Sender& sender) {
    if (k % 30 == 29) sender.resize(widths[static_cast<size_t>(k / 30) % widths.size()]);
  };
}

INSTANTIATE_TEST_SUITE_P(Markers, OddPictures,
                         ::testing::Values(Oddity{"NoneAtAll", markers([](int) { return false; }), 1, 0, 120},
                                           Oddity{"OfEverySecond", markers([](int k) { return k % 2 == 0; }), 1},
                                           Oddity{"NotOfKeyFrames", markers([](int k) { return k > 0; })},
                                           Oddity{"OfOneIn30", markers([](int k) { return k % 30 == 7; }), 1},
                                           Oddity{"InAnEmptyPacketBehind",
                                                  [](int, std::vector<Out>& packets, Sender& sender) {
                                                    packets.back().marker = false;
                                                    packets.push_back({sender.timestamp, {}, true});
                                                  },
                                                  1},
                                           Oddity{"InPaddingBehind",
                                                  [](int, std::vector<Out>& packets, Sender& sender) {
                                                    packets.back().marker = false;
                                                    packets.push_back({sender.timestamp, {}, true, 200});
                                                  },
                                                  1}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Nothing, OddPictures,
    ::testing::Values(Oddity{"PaddingBehindEach", behind({{0, {}, false, 255}})},
                      Oddity{"MuchPaddingBehindEach", behind(std::vector<Out>(12, Out{0, {}, false, 224}))},
                      Oddity{"PaddingOfAnotherTime", behind({{7, {}, false, 100}, {0, {}, false, 1}}, true)},
                      Oddity{"EmptyPayloadsBehindEach", behind({{0, {}, false}, {0, {}, false}})},
                      Oddity{"EmptyPayloadsWithMarkers", behind({{0, {}, true}})},
                      Oddity{"EmptyPayloadsAmongPackets",
                             [](int, std::vector<Out>& packets, Sender& sender) {
                               packets.insert(packets.begin() + 1, Out{sender.timestamp, {}, false});
                             }},
                      Oddity{"PaddingAmongPackets",
                             [](int, std::vector<Out>& packets, Sender& sender) {
                               packets.insert(packets.begin() + 1, Out{sender.timestamp, {}, false, 64});
                             }},
                      Oddity{"PaddingBeforeTheFirst",
                             [](int k, std::vector<Out>& packets, Sender& sender) {
                               if (k == 0) packets.insert(packets.begin(), 50, Out{sender.timestamp, {}, false, 255});
                             }},
                      Oddity{"PaddingInThePackets",
                             [](int, std::vector<Out>& packets, Sender&) {
                               for (Out& each : packets) each.padding = 30;
                             }},
                      Oddity{"RepairsOfNothing", behind({{0, {}, false, 200, kRtxType, kRtxSsrc}})},
                      Oddity{"RepairsOfPaddingBeforeTheFirst",
                             [](int k, std::vector<Out>& packets, Sender& sender) {
                               const Out probe{sender.timestamp, {}, false, 255, kRtxType, kRtxSsrc};
                               if (k == 0) packets.insert(packets.begin(), 50, probe);
                             }},
                      Oddity{"PacketsOfAnUnknownType", behind({{0, {1, 2, 3}, false, 0, 101, 999}})}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Times, OddPictures,
                         ::testing::Values(Oddity{"StandStillForASecond",
                                                  [](int k, std::vector<Out>&, Sender& sender) {
                                                    if (k >= kWhen && k < kWhen + 30) sender.timestamp -= 3000;
                                                  }},
                                           Oddity{"StandStillAlways", [](int, std::vector<Out>&,
                                                                         Sender& sender) { sender.timestamp -= 3000; }},
                                           Oddity{"CountOneEach", [](int, std::vector<Out>&,
                                                                     Sender& sender) { sender.timestamp -= 2999; }},
                                           Oddity{"CountMilliseconds",
                                                  [](int, std::vector<Out>&, Sender& sender) {
                                                    sender.timestamp -= 2967;
                                                  }},
                                           Oddity{"RunTenfold", [](int, std::vector<Out>&,
                                                                   Sender& sender) { sender.timestamp += 27'000; }},
                                           Oddity{"LeapASecond", timeLeaps(90'000)},
                                           Oddity{"LeapBackASecond", timeLeaps(-90'000)},
                                           Oddity{"LeapTenSeconds", timeLeaps(900'000)},
                                           Oddity{"LeapBackTenSeconds", timeLeaps(-900'000)},
                                           Oddity{"LeapAnHour", timeLeaps(324'000'000)},
                                           Oddity{"LeapBackAnHour", timeLeaps(-324'000'000)},
                                           Oddity{"LeapHalfOfAll", timeLeaps(int64_t{1} << 31)},
                                           Oddity{"LeapHalfOfAllButOne", timeLeaps(0x7fff'ffff)},
                                           Oddity{"StandStillOnce", timeLeaps(-3'000)},
                                           Oddity{"LeapAndBackEachSecond",
                                                  [](int k, std::vector<Out>&, Sender& sender) {
                                                    if (k % 30 == 29)
                                                      sender.timestamp += k % 60 == 59 ? 0xffa0'0000u : 0x0060'0000u;
                                                  }},
                                           Oddity{
                                               "RunFiveInAHundredFast",
                                               [](int, std::vector<Out>&, Sender& sender) { sender.timestamp += 150; }},
                                           Oddity{"RunFiveInAHundredSlow",
                                                  [](int, std::vector<Out>&,
                                                     Sender& sender) { sender.timestamp -= 150; }}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Numbers, OddPictures,
    ::testing::Values(Oddity{"LeapNearlyHalfOfAll", numbersLeap(32'767), 30, 3, 700}, Oddity{"LeapOne", numbersLeap(1)},
                      Oddity{"LeapFifty", numbersLeap(50)}, Oddity{"LeapTwoThousand", numbersLeap(2'000), 40, 3, 700},
                      Oddity{"LeapBeyondBelief", numbersLeap(30'000), 30, 3, 700},
                      Oddity{
                          "LeapOneBehindEachPicture",
                          [](int, std::vector<Out>& packets, Sender& sender) {
                            packets.push_back({sender.timestamp, {}, false, 0, SessionOnWire::kVp8Type, kSsrc, true});
                          }}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Senders, OddPictures,
                         ::testing::Values(Oddity{"Pause100Ms", pauses(100, false), 0, 0, 300},
                                           Oddity{"Pause1S", pauses(1'000, true), 0, 0, 1'200},
                                           Oddity{"Pause1SAndTheClock", pauses(1'000, false), 0, 0, 1'200},
                                           Oddity{"Pause10S", pauses(10'000, true), 0, 0, 10'200},
                                           Oddity{"Pause10SAndTheClock", pauses(10'000, false), 0, 0, 10'200},
                                           Oddity{"Pause60S", pauses(60'000, true), 0, 0, 60'200},
                                           Oddity{"Pause60SAndTheClock", pauses(60'000, false), 0, 0, 60'200},
                                           Oddity{"BeginWithoutAKeyFrame",
                                                  [](int k, std::vector<Out>& packets, Sender&) {
                                                    for (Out& each : packets) each.lost = k < 10;
                                                  },
                                                  14, 3, 600},
                                           Oddity{"BeginInTheMidstOfAKeyFrame",
                                                  [](int k, std::vector<Out>& packets, Sender&) {
                                                    if (k == 0) packets.front().lost = true;
                                                  },
                                                  16, 3, 600},
                                           Oddity{"SendOnlyKeyFrames", [](int, std::vector<Out>&,
                                                                          Sender& sender) { sender.keysOnly = true; }},
                                           Oddity{"SendTinyPackets", [](int, std::vector<Out>&,
                                                                        Sender& sender) { sender.payloadSize = 60; }},
                                           Oddity{"SendOnePacketAPicture",
                                                  [](int, std::vector<Out>&, Sender& sender) {
                                                    sender.payloadSize = 1'200;
                                                  }},
                                           Oddity{"SendBackwards",
                                                  [](int, std::vector<Out>& packets, Sender& sender) {
                                                    // Numbers are given in the order of sending: by hand, from the last to the first.
                                                    const auto first = sender.numbers[kSsrc];
                                                    for (size_t i = packets.size(); i-- > 0;) {
                                                      sender.numbers[kSsrc] = static_cast<uint16_t>(first + i);
                                                      sender.send(packets[i]);
                                                    }
                                                    sender.numbers[kSsrc] =
                                                        static_cast<uint16_t>(first + packets.size());
                                                    packets.clear();
                                                  }},
                                           Oddity{"SendAllTwiceByRepairs",
                                                  [](int, std::vector<Out>& packets, Sender& sender) {
                                                    uint16_t number = sender.numbers[kSsrc];
                                                    const auto copy = packets;
                                                    for (const Out& each : copy)
                                                      packets.push_back(sender.repairOf(each, number++));
                                                  }},
                                           Oddity{"SendByRepairsAlone",
                                                  [](int, std::vector<Out>& packets, Sender& sender) {
                                                    for (Out& each : packets)
                                                      each = sender.repairOf(each, sender.numbers[kSsrc]++);
                                                  }},
                                           Oddity{"SendByRepairsAloneForASecond",
                                                  [](int k, std::vector<Out>& packets, Sender& sender) {
                                                    if (k < kWhen || k >= kWhen + 30) return;
                                                    for (Out& each : packets)
                                                      each = sender.repairOf(each, sender.numbers[kSsrc]++);
                                                  }},
                                           Oddity{"GoOnUnderAnotherSource",
                                                  [](int k, std::vector<Out>& packets, Sender&) {
                                                    if (k >= kWhen)
                                                      for (Out& each : packets) each.ssrc = 4'711;
                                                  },
                                                  20, 3, 600}),
                         [](const auto& each) { return each.param.name; });

/// The packets of a picture keep their numbers, and come `by` pictures later when `isLate` says so.
Sender::Change late(int by, std::function<bool(int)> isLate, bool copies = false) {
  auto held = std::make_shared<std::map<int, std::vector<Out>>>();
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    for (Out& each : packets) each.number = sender.numbers[kSsrc]++;
    if (isLate(k)) (*held)[k + by] = packets;
    if (isLate(k) && !copies) packets.clear();
    if (const auto due = held->find(k); due != held->end())
      packets.insert(packets.end(), due->second.begin(), due->second.end());
  };
}
/// All that is sent from picture `kWhen` on, so many ms long, comes with the last of it.
Sender::Change stalls(int pictures) {
  auto held = std::make_shared<std::vector<Out>>();
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    if (k < kWhen || k >= kWhen + pictures) return;
    for (Out& each : packets) each.number = sender.numbers[kSsrc]++;
    held->insert(held->end(), packets.begin(), packets.end());
    packets.clear();
    if (k == kWhen + pictures - 1) packets = *held;
  };
}
INSTANTIATE_TEST_SUITE_P(Order, OddPictures,
                         ::testing::Values(Oddity{"EachTwice", late(
                                                                   0, [](int) { return true; }, true)},
                                           Oddity{"EachAgain120MsLater", late(
                                                                             4, [](int) { return true; }, true)},
                                           Oddity{"EachAgainASecondLater", late(
                                                                               30, [](int) { return true; }, true)},
                                           Oddity{"OneInThirtyIs120MsLate", late(4, [](int k) { return k % 30 == 13; }),
                                                  4, 0, 250},
                                           Oddity{"StallOf400Ms", stalls(12), 0, 0, 550},
                                           // Of a second all may be waited for; more is as if the far end had gone.
                                           Oddity{"StallOf1S", stalls(30), 30, 1, 1'500}),
                         [](const auto& each) { return each.param.name; });

// Eight seconds of pictures at once are more than anybody wants to see: what counts is the one of now.
TEST(OddPictureBursts, EndWithThePictureOfNow) {
  Sender sender;
  int atEnd = 0;
  auto held = std::make_shared<std::vector<Out>>();
  sender.run(360, [&](int k, std::vector<Out>& packets, Sender& from) {
    if (k == 315) atEnd = static_cast<int>(from.seen.size());
    if (k < kWhen || k >= 300) return;
    for (Out& each : packets) each.number = from.numbers[kSsrc]++;
    held->insert(held->end(), packets.begin(), packets.end());
    packets.clear();
    if (k == 299) packets = *held;
  });
  // Half a second behind the burst pictures come again as they are sent.
  EXPECT_GE(static_cast<int>(sender.seen.size()) - atEnd, 40);
  EXPECT_TRUE(sender.seen.contains(358) || sender.seen.contains(359));
  EXPECT_LE(sender.plis, 3);
  EXPECT_EQ(sender.unreadable, 0);
}

TEST(OddPictureSizes, ChangeInMidStream) {
  for (const std::vector<int>& widths : {std::vector<int>{640, 160, 320}, {160, 640, 96}, {322, 318, 334}}) {
    Sender sender;
    sender.run(kPictures, becomesWide(widths));
    std::set<int> expected(widths.begin(), widths.end());
    expected.insert(320);
    EXPECT_EQ(sender.sizes, expected);
    EXPECT_GE(sender.seen.size(), static_cast<size_t>(kPictures - 1));
    EXPECT_EQ(sender.plis, 0);
    EXPECT_EQ(sender.unreadable, 0);
  }
}

// What stands in no description is told apart by its payload types (RFC 4588 §5.3, RFC 9143 §9.2).
TEST(OddPictureSources, NeedNoAnnouncement) {
  Sender sender(false);
  sender.run(kPictures, [](int k, std::vector<Out>& packets, Sender& from) {
    uint16_t number = from.numbers[kSsrc];
    const auto copy = packets;
    for (const Out& each : copy) {
      if (k % 3 == 1) packets.push_back(from.repairOf(each, number));
      ++number;
    }
    for (size_t i = 0; i < copy.size(); ++i) packets[i].lost = k % 3 == 1;
  });
  EXPECT_GE(sender.seen.size(), static_cast<size_t>(kPictures - 1));
  EXPECT_EQ(sender.plis, 0);
}

}  // namespace
}  // namespace tincan::inline v0::stack
