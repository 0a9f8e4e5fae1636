#include <gtest/gtest.h>

#include "fuzz/crypto_certificate.h"
#include "fuzz/replay.h"

namespace tincan::inline v0 {
namespace {

TEST(FuzzCorpus, CryptoCertificate) {
  fuzz::replay("crypto_certificate", fuzz::fuzzCryptoCertificate);
}

}  // namespace
}  // namespace tincan::inline v0
