// Markers, padding, times, numbers, sources and sizes of pictures, as odd senders have them.
#include "tests/stack/odd_pictures.h"

namespace tincan::inline v0::stack::oddpictures {
namespace {

class OddPictures : public ::testing::TestWithParam<Oddity> {};

TEST_P(OddPictures, AreShown) {
  show(GetParam());
}

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
}  // namespace tincan::inline v0::stack::oddpictures
