// Pictures that come twice, late, and all at once.
#include "tests/stack/odd_pictures.h"

namespace tincan::inline v0::stack::oddpictures {
namespace {

class OddPictureOrder : public ::testing::TestWithParam<Oddity> {};

TEST_P(OddPictureOrder, AreShown) {
  show(GetParam());
}

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
/// So many pictures from `kWhen` on come all at once, with the last of them.
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
INSTANTIATE_TEST_SUITE_P(All, OddPictureOrder,
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

}  // namespace
}  // namespace tincan::inline v0::stack::oddpictures
