// getUserMedia() on a net::Loop, apart from all else: who has another loop links no Loop.
#include "devices/devices.h"
#include "net/loop.h"

namespace tincan::inline v0::devices {

Result<std::shared_ptr<media::MediaStream>> getUserMedia(net::Loop& loop,
                                                         const media::MediaStreamConstraints& constraints,
                                                         RandomSource& random) {
  const Poster poster{[&loop](std::function<void()> function) { loop.post(std::move(function)); },
                      [&loop] { return loop.now(); }};
  return getUserMedia(poster, constraints, random);
}

}  // namespace tincan::inline v0::devices
