#include "stun/transaction.h"

#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::stun {
namespace {

std::vector<int64_t> sendTimes(Transaction& t, int64_t* failedAt) {
  std::vector<int64_t> out;
  for (TimePoint now; !t.expired(now); now = t.nextTimeout()) {
    if (t.takeSend(now)) out.push_back(now.micros() / 1000);
    EXPECT_FALSE(t.takeSend(now));
    EXPECT_FALSE(t.nextTimeout().isNever());
  }
  *failedAt = t.nextTimeout().micros() / 1000;
  return out;
}

// RFC 8489 §6.2.1: "assuming an RTO of 500 ms, requests would be sent at times 0 ms, 500 ms, 1500 ms, 3500 ms, 7500 ms,
// 15500 ms, and 31500 ms. If the client has not received a response after 39500 ms, …"
TEST(Transaction, Rfc8489Schedule) {
  Transaction t(TransactionId{}, TimePoint(), RetryPlan{});
  int64_t failedAt = 0;
  EXPECT_EQ(sendTimes(t, &failedAt), (std::vector<int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500}));
  EXPECT_EQ(failedAt, 39500);
}

TEST(Transaction, CappedScheduleWithATimeout) {
  RetryPlan plan;
  plan.maximumRto = Duration::seconds(2);
  plan.sends = 100;
  plan.timeout = Duration::seconds(8);
  Transaction t(TransactionId{}, TimePoint(), plan);
  int64_t failedAt = 0;
  EXPECT_EQ(sendTimes(t, &failedAt), (std::vector<int64_t>{0, 500, 1500, 3500, 5500, 7500}));
  EXPECT_EQ(failedAt, 8000);
}

TEST(Transaction, OnlyTheFirstSendCanBeMeasured) {
  Transaction t(TransactionId{}, TimePoint(), RetryPlan{});
  EXPECT_FALSE(t.measurable());
  EXPECT_TRUE(t.takeSend(TimePoint()));
  EXPECT_TRUE(t.measurable());
  EXPECT_TRUE(t.takeSend(TimePoint() + Duration::millis(500)));
  EXPECT_FALSE(t.measurable());
}

}  // namespace
}  // namespace tincan::inline v0::stun
