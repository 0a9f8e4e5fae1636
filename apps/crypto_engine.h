#pragma once

#include "crypto/multi_buffer.h"

namespace tincan::apps {

/// Who does SRTP's arithmetic, by the environment: TINCAN_CRYPTO=openssl keeps to libcrypto; anything else, or nothing,
/// takes IPsec-MB where the processor has what it needs.
crypto::Engine cryptoEngine();

}  // namespace tincan::apps
