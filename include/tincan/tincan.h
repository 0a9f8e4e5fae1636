#pragma once

/// Everything an application needs, in one namespace. The floors below can be included by themselves
/// (`#include "ice/agent.h"`) and keep their own.

#include <cstdlib>
#include <string_view>

#include "media/get_user_media.h"
#include "media/media_stream.h"
#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "stack/peer_connection.h"

namespace tincan {

using namespace stack;  // NOLINT: the W3C's names are the public API
using media::getUserMedia;
using media::MediaStream;
using media::MediaStreamConstraints;
using media::MediaStreamTrack;

/// What a connection that `loop` will drive needs. TINCAN_CRYPTO=openssl in the process's environment lets libcrypto
/// encrypt media where Intel IPsec-MB would.
inline Environment environment(net::Loop& loop, RandomSource& random) {
  Environment out{random, loop.pool(), loop.wallTime().toUnixMicros() - loop.now().micros()};
  const char* choice = std::getenv("TINCAN_CRYPTO");
  if (choice && std::string_view(choice) == "openssl") out.srtp.engine = crypto::Engine::kLibcrypto;
  return out;
}

}  // namespace tincan
