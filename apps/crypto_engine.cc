#include "apps/crypto_engine.h"

#include <cstdlib>
#include <string_view>

namespace tincan::apps {

crypto::Engine cryptoEngine() {
  const char* choice = std::getenv("TINCAN_CRYPTO");
  return choice != nullptr && std::string_view(choice) == "openssl" ? crypto::Engine::kLibcrypto
                                                                    : crypto::Engine::kAuto;
}

}  // namespace tincan::apps
