#pragma once

/// Everything an application needs, in one namespace. The floors below can be included by themselves
/// (`#include "ice/agent.h"`) and keep their own.

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

/// What a connection that `loop` will drive needs.
inline Environment environment(net::Loop& loop, RandomSource& random) {
  return {random, loop.pool(), loop.wallTime().toUnixMicros() - loop.now().micros()};
}

}  // namespace tincan
