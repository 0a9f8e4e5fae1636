#include <cstdlib>

#include <gtest/gtest.h>

#include "include/tincan/tincan.h"

namespace tincan::inline v0 {
namespace {

TEST(Environment, ChoosesTheCryptoEngine) {
  net::Loop loop;
  net::OsRandom random;
  unsetenv("TINCAN_CRYPTO");
  EXPECT_EQ(environment(loop, random).srtp.engine, crypto::Engine::kAuto);
  setenv("TINCAN_CRYPTO", "openssl", 1);
  EXPECT_EQ(environment(loop, random).srtp.engine, crypto::Engine::kLibcrypto);
  setenv("TINCAN_CRYPTO", "", 1);
  EXPECT_EQ(environment(loop, random).srtp.engine, crypto::Engine::kAuto);
  unsetenv("TINCAN_CRYPTO");
}

}  // namespace
}  // namespace tincan::inline v0
