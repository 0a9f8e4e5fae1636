#pragma once

#include <memory>

#include "base/random.h"
#include "base/result.h"
#include "media/get_user_media.h"
#include "net/loop.h"

namespace tincan::inline v0::devices {

using TrackPtr = std::shared_ptr<media::MediaStreamTrack>;

Result<TrackPtr> openMicrophone(net::Loop& loop, const media::AudioConstraints& wish, RandomSource& random);
Result<TrackPtr> openCamera(net::Loop& loop, const media::VideoConstraints& wish, RandomSource& random);
/// The tracks of a file: sound, pictures, or both, in that order.
Result<std::vector<TrackPtr>> openFile(net::Loop& loop, const std::string& file, bool sound, bool pictures,
                                       RandomSource& random);

}  // namespace tincan::inline v0::devices
