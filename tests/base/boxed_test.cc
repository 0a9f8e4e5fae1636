#include "base/boxed.h"

#include <string>

#include <gtest/gtest.h>

namespace tincan::inline v0 {
namespace {

TEST(Boxed, IsEmptyUntilItIsGivenAValueAndOnceItIsReset) {
  Boxed<std::string> box;
  EXPECT_FALSE(box);
  EXPECT_TRUE(box == std::nullopt);
  box.emplace(3, 'x');
  ASSERT_TRUE(box.has_value());
  EXPECT_EQ(*box, "xxx");
  box = std::nullopt;
  EXPECT_FALSE(box);
  box = std::string("again");
  EXPECT_EQ(box->size(), 5u);
  box.reset();
  EXPECT_FALSE(box);
}

TEST(Boxed, CopiesTheValueAndMovesTheBox) {
  Boxed<std::string> first = std::string("one");
  Boxed<std::string> copy = first;
  *copy += " more";
  EXPECT_EQ(*first, "one");
  EXPECT_EQ(*copy, "one more");
  const std::string* const lies = &*copy;
  const Boxed<std::string> moved = std::move(copy);
  EXPECT_EQ(&*moved, lies);
  EXPECT_FALSE(copy);  // NOLINT(bugprone-use-after-move): what the next one may rely on
  first = moved;
  EXPECT_EQ(*first, "one more");
  const Boxed<std::string> none = Boxed<std::string>();
  first = none;
  EXPECT_FALSE(first);
  EXPECT_EQ(sizeof(first), sizeof(void*));
}

}  // namespace
}  // namespace tincan::inline v0
