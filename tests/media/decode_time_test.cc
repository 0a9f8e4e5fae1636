#include "media/decode_time.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

TEST(DecodeTime, IsWhatMostPicturesTake) {
  DecodeTime time;
  for (int i = 0; i < 29; ++i) time.note(Duration::millis(5));
  EXPECT_EQ(time.usual(), Duration::zero()) << "not known yet";
  for (int i = 0; i < 271; ++i) time.note(Duration::millis(i % 50 == 0 ? 100 : 5));
  EXPECT_EQ(time.usual(), Duration::millis(5)) << "2 of 100 take longer";
  for (int i = 0; i < 30; ++i) time.note(Duration::millis(40));
  EXPECT_EQ(time.usual(), Duration::millis(40)) << "10 of 100";
  for (int i = 0; i < 300; ++i) time.note(Duration::millis(-7));
  EXPECT_EQ(time.usual(), Duration::zero());
}

}  // namespace
}  // namespace tincan::inline v0::media
