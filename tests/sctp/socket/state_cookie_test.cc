#include "sctp/socket/state_cookie.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::sctp {
namespace {

TEST(CookieJar, WhatWasSealedComesBackAndNothingElseDoes) {
  SeededRandom random(1);
  const CookieJar jar(random), other(random);
  StateCookie cookie;
  cookie.created = TimePoint::fromMicros(123'456'789);
  cookie.localTag = 1;
  cookie.localTsn = 2;
  cookie.remote.tag = 3;
  cookie.remote.window = 4;
  cookie.remote.outboundStreams = 5;
  cookie.remote.inboundStreams = 6;
  cookie.remote.initialTsn = 7;
  cookie.remote.capabilities = {true, false, true, true};
  cookie.tieLocal = 8;
  cookie.tieRemote = 9;
  Bytes bytes = jar.seal(cookie);
  ASSERT_EQ(bytes.size(), CookieJar::kSize);
  const auto open = jar.open(bytes);
  ASSERT_TRUE(open);
  EXPECT_EQ(open->created, cookie.created);
  EXPECT_EQ(open->localTag, 1u);
  EXPECT_EQ(open->localTsn, 2u);
  EXPECT_EQ(open->remote.tag, 3u);
  EXPECT_EQ(open->remote.window, 4u);
  EXPECT_EQ(open->remote.outboundStreams, 5u);
  EXPECT_EQ(open->remote.inboundStreams, 6u);
  EXPECT_EQ(open->remote.initialTsn, 7u);
  EXPECT_TRUE(open->remote.capabilities == cookie.remote.capabilities);
  EXPECT_EQ(open->tieLocal, 8u);
  EXPECT_EQ(open->tieRemote, 9u);
  EXPECT_FALSE(other.open(bytes)) << "another key";
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 7}) {
      bytes[i] = static_cast<uint8_t>(bytes[i] ^ 1 << bit);
      EXPECT_FALSE(jar.open(bytes)) << i;
      bytes[i] = static_cast<uint8_t>(bytes[i] ^ 1 << bit);
    }
    EXPECT_FALSE(jar.open(ByteView(bytes).first(i)));
  }
  bytes.push_back(0);
  EXPECT_FALSE(jar.open(bytes));
}

TEST(CookieJar, GrowsOldAfterAMinute) {
  StateCookie cookie;
  cookie.created = TimePoint::fromMicros(1);
  EXPECT_FALSE(CookieJar::isStale(cookie, cookie.created + Duration::seconds(60)));
  EXPECT_TRUE(CookieJar::isStale(cookie, cookie.created + Duration::seconds(60) + Duration::micros(1)));
}

}  // namespace
}  // namespace tincan::inline v0::sctp
