#include "stack/layer_selector.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

TimePoint at(int millis) {
  return TimePoint::fromMicros(int64_t{millis} * 1000);
}

TEST(LayerSelector, ShowsTheLargestFromItsFirstPicture) {
  LayerSelector selector;
  selector.note(at(0), "q", 160, 90);
  EXPECT_TRUE(selector.needs(at(0), "q"));
  EXPECT_TRUE(selector.takes(at(0), "q"));
  selector.note(at(10), "f", 640, 360);
  selector.note(at(10), "h", 320, 180);
  EXPECT_TRUE(selector.needs(at(10), "f"));
  EXPECT_FALSE(selector.needs(at(10), "h"));
  EXPECT_TRUE(selector.needs(at(10), "q")) << "until there is a picture of f";
  EXPECT_TRUE(selector.takes(at(20), "q"));
  EXPECT_FALSE(selector.takes(at(20), "h"));
  EXPECT_TRUE(selector.takes(at(30), "f"));
  EXPECT_EQ(selector.shown(), "f");
  EXPECT_FALSE(selector.takes(at(40), "q"));
  EXPECT_FALSE(selector.needs(at(40), "q"));
}

TEST(LayerSelector, FallsBackWhenTheLargestFallsSilent) {
  LayerSelector selector;
  selector.note(at(0), "q", 160, 90);
  selector.note(at(0), "f", 640, 360);
  EXPECT_TRUE(selector.takes(at(0), "f"));
  selector.note(at(900), "q", 0, 0);  // a delta frame does not say its size
  EXPECT_FALSE(selector.needs(at(900), "q"));
  selector.note(at(1100), "q", 0, 0);
  EXPECT_TRUE(selector.needs(at(1100), "q"));
  EXPECT_TRUE(selector.takes(at(1100), "q"));
  selector.note(at(1200), "f", 0, 0);
  EXPECT_TRUE(selector.needs(at(1200), "f")) << "it is back";
  EXPECT_TRUE(selector.takes(at(1250), "f"));
}

TEST(LayerSelector, ForgetsWhatIsGoneAndBoundsWhatItKnows) {
  LayerSelector selector;
  selector.note(at(0), "q", 160, 90);
  selector.note(at(0), "f", 640, 360);
  EXPECT_TRUE(selector.takes(at(0), "f"));
  EXPECT_FALSE(selector.remove("f"));
  EXPECT_TRUE(selector.takes(at(0), "q"));
  EXPECT_TRUE(selector.remove("q"));
  for (int i = 0; i < 100; ++i) selector.note(at(0), "x" + std::to_string(i), 100 + static_cast<uint32_t>(i), 100);
  EXPECT_TRUE(selector.needs(at(0), "x7"));
  EXPECT_FALSE(selector.needs(at(0), "x99")) << "beyond the bound";
}

}  // namespace
}  // namespace tincan::inline v0::stack
