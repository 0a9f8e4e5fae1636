#pragma once

/// Everything an application needs, in one namespace. The floors below can be included by themselves
/// (`#include "ice/agent.h"`) and keep their own.

#include <cstdlib>
#include <string_view>

#include "crypto/multi_buffer.h"
#include "media/get_user_media.h"
#include "media/media_stream.h"
#include "net/driver.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "stack/peer_connection.h"

namespace tincan {

using namespace stack;  // NOLINT: the W3C's names are the public API
using media::getUserMedia;
using media::MediaStream;
using media::MediaStreamConstraints;
using media::MediaStreamTrack;

/// Who does SRTP's arithmetic, by the process's environment: TINCAN_CRYPTO=openssl keeps to libcrypto; anything else,
/// or nothing, takes Intel IPsec-MB where the processor has what it needs.
inline crypto::Engine cryptoEngine() {
  const char* choice = std::getenv("TINCAN_CRYPTO");
  return choice != nullptr && std::string_view(choice) == "openssl" ? crypto::Engine::kLibcrypto
                                                                    : crypto::Engine::kAuto;
}

/// What a connection that `loop` will drive needs, with the `cryptoEngine` and the log sink (setLogSink) of this process.
/// The connections of a loop share one workspace of IPsec-MB, which goes with the loop.
inline Environment environment(net::Loop& loop, RandomSource& random) {
  Environment out{random, loop.pool(), loop.wallTime().toUnixMicros() - loop.now().micros()};
  out.srtp.engine = cryptoEngine();
  if (out.srtp.engine == crypto::Engine::kAuto) out.srtp.shared = loop.keep(&crypto::MultiBuffer::create);
  out.log = defaultLog();
  return out;
}

}  // namespace tincan
