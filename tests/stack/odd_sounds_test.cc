// Sound as odd senders send it: a real Opus stream whose packets somebody changes, and how much of it is heard.
#include "tests/stack/odd_sounds.h"

namespace tincan::inline v0::stack {
namespace {

using namespace sounds;

class OddSounds : public ::testing::TestWithParam<Oddity> {};

constexpr int64_t kMillis = 6'000;
constexpr int kWhen = 150;  // the packet in the middle

TEST_P(OddSounds, AreHeard) {
  Sender sender;
  const int64_t heard = sender.run(kMillis, GetParam().change);
  EXPECT_GE(heard, kMillis - 60 - GetParam().mayLose);
  EXPECT_LE(heard, kMillis + GetParam().mayAdd);
  RTCStatsReport report;
  sender.on.session.addStats(sender.on.wire.now(), report);
  ASSERT_FALSE(report.inboundRtp.empty());
  EXPECT_LE(static_cast<int64_t>(report.inboundRtp.front().concealedSamples / 48), GetParam().mayConceal);
}

/// RFC 3550 §5.3.1, RFC 8285 §4: every packet of the sound has this for an extension.
Sender::Change extended(uint16_t profile, Bytes block) {
  return [=](int, std::vector<Out>& packets, Sender&) {
    packets[0].profile = profile;
    packets[0].extension = block;
  };
}
Sender::Change before(std::vector<Out> added) {
  return [=](int, std::vector<Out>& packets, Sender& sender) {
    for (Out each : added) {
      each.timestamp += sender.timestamp;
      packets.insert(packets.begin(), each);
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
Sender::Change pauses(int64_t millis, bool clockGoesOn) {
  return at(kWhen, [=](Sender& sender) {
    sender.on.run(Duration::millis(millis));
    if (clockGoesOn) sender.timestamp += static_cast<uint32_t>(millis * 48);
  });
}
Sender::Change timeLeaps(int64_t millis) {
  return at(kWhen, [=](Sender& sender) { sender.timestamp += static_cast<uint32_t>(millis * 48); });
}
/// Each packet has the time at which it was made, by a clock that is read up to `samples` too late.
Sender::Change shaken(uint32_t samples) {
  return [=](int k, std::vector<Out>& packets, Sender&) {
    packets[0].timestamp += static_cast<uint32_t>(k) * 2'654'435'761u % (samples + 1);
  };
}
Sender::Change marked(std::function<bool(int)> mark) {
  return [mark = std::move(mark)](int k, std::vector<Out>& packets, Sender&) { packets[0].marker = mark(k); };
}
Sender::Change typed(std::function<uint8_t(int)> type) {
  return [type = std::move(type)](int k, std::vector<Out>& packets, Sender&) { packets[0].type = type(k); };
}
Sender::Change lengths(std::vector<int64_t> all, int each) {
  return [=](int, std::vector<Out>&, Sender& sender) {
    sender.lengthOf = [=](int k) { return all[static_cast<size_t>(k / each) % all.size()]; };
  };
}

INSTANTIATE_TEST_SUITE_P(Headers, OddSounds,
                         ::testing::Values(Oddity{"OneContributor", [](int, std::vector<Out>& packets,
                                                                       Sender&) { packets[0].contributors = 1; }},
                                           Oddity{"FifteenContributors", [](int, std::vector<Out>& packets,
                                                                            Sender&) { packets[0].contributors = 15; }},
                                           Oddity{"ContributorsThatComeAndGo",
                                                  [](int k, std::vector<Out>& packets, Sender&) {
                                                    packets[0].contributors = static_cast<uint8_t>(k % 16);
                                                  }},
                                           Oddity{"AnExtensionOfNoLength", extended(0xbede, {})},
                                           Oddity{"AnExtensionOfPaddingAlone", extended(0xbede, {0, 0, 0, 0})},
                                           Oddity{"AnExtensionOfAnUnknownProfile",
                                                  extended(0x1234, {1, 2, 3, 4, 5, 6, 7, 8})},
                                           Oddity{"ATwoByteExtensionThatNobodyAgreedOn",
                                                  extended(0x1000, {9, 1, 7, 0})},
                                           Oddity{
                                               "AnElementThatClaimsMoreThanThereIs", extended(0xbede, {0x1f, 1, 2, 3})},
                                           Oddity{"TheReservedId", extended(0xbede, {0xf0, 1, 0x10, 5})},
                                           Oddity{
                                               "AllOfThemWithPadding",
                                               [](int k, std::vector<Out>& packets, Sender& sender) {
                                                 extended(k % 2 ? 0xbede : 0x1000,
                                                          Bytes(static_cast<size_t>(k % 5) * 4))(k, packets, sender);
                                                 packets[0].contributors = static_cast<uint8_t>(k % 3);
                                                 packets[0].padding = static_cast<uint8_t>(k % 7 * 4);
                                               }}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Markers, OddSounds,
                         ::testing::Values(Oddity{"Never", marked([](int) { return false; })},
                                           Oddity{"Always", marked([](int) { return true; })},
                                           Oddity{"InTurn", marked([](int k) { return k % 2 == 0; })}),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Nothing, OddSounds,
    ::testing::Values(Oddity{"EmptyPayloads", before({{0, {}}})}, Oddity{"PaddingAlone", before({{0, {}, false, 100}})},
                      Oddity{"PaddingOfAnotherTime", before({{12'345, {}, false, 255}})},
                      Oddity{"TypesThatNobodyNamed", before({{0, {1, 2, 3}, false, 0, 99}})},
                      Oddity{"SourcesThatNobodyNamed", before({{0, {1, 2, 3}, false, 0, 99, 4'711}})},
                      Oddity{"PaddingInThePackets",
                             [](int, std::vector<Out>& packets, Sender&) { packets[0].padding = 40; }},
                      Oddity{"EmptyPacketsForASecond",
                             [](int k, std::vector<Out>& packets, Sender&) {
                               if (k >= kWhen && k < kWhen + 50) packets[0].payload.clear();
                             },
                             1'100}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Types, OddSounds,
    ::testing::Values(Oddity{"OneToTheOther", typed([](int k) { return k < kWhen ? kOpus : kOtherOpus; })},
                      Oddity{"InTurn", typed([](int k) { return k % 2 ? kOpus : kOtherOpus; })},
                      Oddity{"EachSecond", typed([](int k) { return k / 50 % 2 ? kOpus : kOtherOpus; })}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Lengths, OddSounds,
                         ::testing::Values(Oddity{"OfTen", lengths({10}, 1)}, Oddity{"OfForty", lengths({40}, 1)},
                                           Oddity{"OfSixty", lengths({60}, 1)},
                                           Oddity{"TenThenSixty", lengths({10, 60}, 60), 250},
                                           Oddity{"SixtyThenTen", lengths({60, 10}, 30), 250},
                                           Oddity{"TenAndSixtyInTurn", lengths({10, 60}, 1)},
                                           Oddity{"AllInTurn", lengths({20, 40, 60, 10}, 1)},
                                           Oddity{"TwentyThenForty", lengths({20, 40}, 150), 250},
                                           Oddity{"TwentyThenSixty", lengths({20, 60}, 150), 250},
                                           Oddity{"FortyThenTen", lengths({40, 10}, 75), 250}),
                         [](const auto& each) { return each.param.name; });

/// Those that `isLate` says come that many packets later.
Sender::Change late(int by, std::function<bool(int)> isLate) {
  auto held = std::make_shared<std::map<int, Out>>();
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    if (isLate(k)) {
      packets[0].number = sender.number++;
      held->emplace(k + by, packets[0]);
      packets.clear();
    }
    if (const auto due = held->find(k); due != held->end()) packets.push_back(due->second);
  };
}

// What is late again and again is waited for: sound is stretched once, and then little is made up.
INSTANTIATE_TEST_SUITE_P(
    Order, OddSounds,
    ::testing::Values(Oddity{"OneInTenIsLate", late(3, [](int k) { return k % 10 == 3; }), 400, 300, 250},
                      Oddity{"EachThirdIsLate", late(2, [](int k) { return k % 3 == 0; }), 400, 300, 350},
                      Oddity{"EachFifthIsLater", late(4, [](int k) { return k % 5 == 0; }), 600, 300, 350},
                      Oddity{"OneInFiftyIsVeryLate", late(8, [](int k) { return k % 50 == 30; }), 400},
                      Oddity{"OneInTwentyIs120MsLate", late(6, [](int k) { return k % 20 == 7; }), 700, 300, 400}),
    [](const auto& each) { return each.param.name; });

/// Each packet so many times, the copies `by` packets later.
Sender::Change copied(int times, int by) {
  auto held = std::make_shared<std::multimap<int, Out>>();
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    packets[0].number = sender.number++;
    for (int i = 1; i < times; ++i) held->emplace(k + by * i, packets[0]);
    const auto [first, last] = held->equal_range(k);
    for (auto each = first; each != last; ++each) packets.push_back(each->second);
  };
}
// A copy is no sound, and no reason to wait.
INSTANTIATE_TEST_SUITE_P(Copies, OddSounds,
                         ::testing::Values(Oddity{"AtOnce", copied(2, 0), 80, 300, 60},
                                           Oddity{"ThriceAtOnce", copied(3, 0), 80, 300, 60},
                                           Oddity{"Behind20Ms", copied(2, 1), 80, 300, 60},
                                           Oddity{"Behind120Ms", copied(2, 6), 80, 300, 60},
                                           Oddity{"Behind800Ms", copied(2, 40), 80, 300, 60}),
                         [](const auto& each) { return each.param.name; });

/// 4.7 % more packets than the time they are of, or fewer.
Sender::Change clock(bool fast) {
  return [=](int k, std::vector<Out>& packets, Sender& sender) {
    if (k % 21 != 20) return;
    if (!fast) return sender.on.run(Duration::millis(20));
    sender.timestamp += 960;
    packets.push_back({sender.timestamp, sender.opus(960)});
  };
}
INSTANTIATE_TEST_SUITE_P(Clocks, OddSounds,
                         // The surplus cannot be heard in less time than it is of: it is compressed.
                         ::testing::Values(Oddity{"Fast", clock(true), 80, 300, 100},
                                           Oddity{"Slow", clock(false), 80, 500, 400}),
                         [](const auto& each) { return each.param.name; });

/// PCMU or PCMA of 20 ms, by the byte that is loudest and its opposite: a square wave of 400 Hz.
Bytes square(bool muLaw) {
  Bytes out;
  for (int i = 0; i < 160; ++i) out.push_back(static_cast<uint8_t>((i / 10 % 2 ? 0x80 : 0x00) ^ (muLaw ? 0x10 : 0x35)));
  return out;
}
/// A codec of another clock, which takes the place of Opus when `when` says so (RFC 7160 §4.1).
Sender::Change otherClock(uint8_t type, std::function<bool(int)> when) {
  return [=](int k, std::vector<Out>& packets, Sender&) {
    if (!when(k)) return;
    packets[0].type = type;
    packets[0].payload = square(type == kPcmu);
    packets[0].timestamp = 12'345u + static_cast<uint32_t>(k) * 160;
  };
}
INSTANTIATE_TEST_SUITE_P(
    OtherClocks, OddSounds,
    ::testing::Values(Oddity{"ToPcmu", otherClock(kPcmu, [](int k) { return k >= kWhen; }), 250},
                      Oddity{"ToPcma", otherClock(kPcma, [](int k) { return k >= kWhen; }), 250},
                      Oddity{"ThereAndBack", otherClock(kPcmu, [](int k) { return k >= 100 && k < 200; }), 400},
                      Oddity{"EachSecond", otherClock(kPcma, [](int k) { return k / 50 % 2 == 1; }), 1'000}),
    [](const auto& each) { return each.param.name; });

/// Opus' own silence (RFC 6716 §3.1: a packet of its first byte alone), each 400 ms of a second.
Sender::Change silences(bool told) {
  return [=](int k, std::vector<Out>& packets, Sender&) {
    if (k % 100 < 50) return;
    if (!told || k % 20 != 10) return packets.clear();
    packets[0].payload.resize(1);
  };
}
INSTANTIATE_TEST_SUITE_P(Silences, OddSounds,
                         ::testing::Values(Oddity{"Told", silences(true), 3'100},
                                           Oddity{"Untold", silences(false), 3'100}),
                         [](const auto& each) { return each.param.name; });

// What is held back comes all at once: at most it is lost, and half a second later all is as before.
TEST(OddSoundBursts, LoseAtMostTheBurst) {
  for (const int64_t stall : {100, 400, 1'500, 8'000}) {
    Sender sender;
    std::vector<Out> held;
    const int first = kWhen, last = kWhen + static_cast<int>(stall / 20);
    int64_t before = 0, again = 0, end = 0;
    sender.run(6'000 + stall, [&](int k, std::vector<Out>& packets, Sender& from) {
      if (k == first) before = from.loud / 48;
      if (k == last + 25) again = from.loud / 48;
      if (k == last + 125) end = from.loud / 48;
      if (k < first || k >= last) return;
      packets[0].number = from.number++;
      held.push_back(packets[0]);
      packets.clear();
      if (k == last - 1) packets = held;
    });
    EXPECT_GE(before, kWhen * 20 - 140) << stall;
    EXPECT_GE(end - again, 1'900) << stall << " ms held back: not all is heard half a second later";
    EXPECT_LE(end - again, 2'300) << stall;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Times, OddSounds,
    ::testing::Values(
        Oddity{"StandStillFor500Ms",
               [](int k, std::vector<Out>&, Sender& sender) {
                 if (k >= kWhen && k < kWhen + 25) sender.timestamp -= 960;
               },
               700},
        Oddity{"LeapASecond", timeLeaps(1'000), 200}, Oddity{"LeapBackASecond", timeLeaps(-1'000), 200},
        Oddity{"LeapTenSeconds", timeLeaps(10'000), 200}, Oddity{"LeapBackTenSeconds", timeLeaps(-10'000), 200},
        Oddity{"LeapAnHour", timeLeaps(3'600'000), 200}, Oddity{"LeapBackAnHour", timeLeaps(-3'600'000), 200},
        Oddity{"LeapHalfOfAll", at(kWhen, [](Sender& sender) { sender.timestamp += 0x8000'0000u; }), 200},
        Oddity{"LeapHalfOfAllButOne", at(kWhen, [](Sender& sender) { sender.timestamp += 0x7fff'ffffu; }), 200},
        Oddity{"StandStillOnce", at(kWhen, [](Sender& sender) { sender.timestamp -= 960; }), 120},
        Oddity{"OfAWallClock", shaken(95), 300, 300, 250}, Oddity{"OfAVeryPoorClock", shaken(480), 600, 300, 600},
        Oddity{"AFewSamplesTooMany", [](int, std::vector<Out>&, Sender& sender) { sender.timestamp += 3; }, 80, 300,
               100},
        Oddity{"LeapEachSecond",
               [](int k, std::vector<Out>&, Sender& sender) {
                 if (k % 50 == 49) sender.timestamp += k % 100 == 99 ? 0xfff0'0000u : 0x0010'0000u;
               },
               700}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Senders, OddSounds,
    ::testing::Values(Oddity{"Pause100Ms", pauses(100, true), 100}, Oddity{"Pause100MsAndTheClock", pauses(100, false)},
                      Oddity{"Pause700Ms", pauses(700, true), 100}, Oddity{"Pause700MsAndTheClock", pauses(700, false)},
                      Oddity{"Pause5S", pauses(5'000, true), 100}, Oddity{"Pause5SAndTheClock", pauses(5'000, false)},
                      Oddity{"Pause60S", pauses(60'000, true), 100},
                      Oddity{"Pause60SAndTheClock", pauses(60'000, false)},
                      Oddity{"NumbersLeap10", at(kWhen, [](Sender& sender) { sender.number += 10; }), 150},
                      Oddity{"NumbersLeap5000", at(kWhen, [](Sender& sender) { sender.number += 5'000; }), 200},
                      // RFC 3711 §3.3.1: a leap of more than half of all numbers is one back.
                      Oddity{"NumbersLeap32767", at(kWhen, [](Sender& sender) { sender.number += 32'767; }), 200},
                      Oddity{"NumbersLeapBack1", at(kWhen, [](Sender& sender) { sender.number -= 1; }), 120},
                      Oddity{"NumbersLeap30000", at(kWhen, [](Sender& sender) { sender.number += 30'000; }), 200},
                      Oddity{"AnotherSource",
                             [](int k, std::vector<Out>& packets, Sender&) {
                               if (k >= kWhen) packets[0].ssrc = 4'711;
                             },
                             150},
                      Oddity{"AnotherSourceAndAllElseAnew",
                             [](int k, std::vector<Out>& packets, Sender& sender) {
                               if (k == kWhen) sender.number = 7, sender.timestamp = 1'000;
                               if (k >= kWhen) packets[0].ssrc = 4'711;
                               packets[0].timestamp = sender.timestamp;
                             },
                             150},
                      Oddity{"AnotherSourceEachSecond",
                             [](int k, std::vector<Out>& packets, Sender&) {
                               packets[0].ssrc = kSsrc + static_cast<uint32_t>(k / 50);
                             },
                             600}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tincan::inline v0::stack
