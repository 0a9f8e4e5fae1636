#include "sctp/late_answer.h"

#include <gtest/gtest.h>

namespace tincan::sctp {
namespace {

TEST(LateAnswer, OnlyAShutdownAckIsAnswered) {
  Bytes packet{0x13, 0x88, 0x13, 0x89, 1, 2, 3, 4, 9, 9, 9, 9, 8, 0, 0, 4};
  EXPECT_EQ(*answerToLateShutdownAck(packet), (Bytes{0x13, 0x89, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0, 14, 1, 0, 4}));
  for (size_t size = 0; size <= 12; ++size) EXPECT_FALSE(answerToLateShutdownAck(ByteView(packet).first(size)));
  for (int type = 0; type < 256; ++type) {
    packet[12] = static_cast<uint8_t>(type);
    EXPECT_EQ(answerToLateShutdownAck(packet).has_value(), type == 8);
  }
}

}  // namespace
}  // namespace tincan::sctp
