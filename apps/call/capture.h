#pragma once

#include <memory>

#include "apps/call/options.h"
#include "base/random.h"
#include "base/result.h"
#include "media/media_stream.h"
#include "net/loop.h"

namespace tincan::inline v0::apps {

/// What `tincan call` sends, by its options: synthetic, real, or out of files. Null where it sends neither sound nor
/// pictures.
Result<std::shared_ptr<media::MediaStream>> openCapture(net::Loop& loop, const CallOptions& options,
                                                        RandomSource& random);

/// Whether what the options ask for can be opened at all: a machine without FFmpeg has neither real devices nor files of
/// any kind, and that is told before anybody is called.
Result<void> checkCapture(const CallOptions& options);

/// `--list-devices`: one a line, kind, id and label; ends the program with what it gives.
int printDevices();

}  // namespace tincan::inline v0::apps
