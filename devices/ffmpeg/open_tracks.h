#pragma once

#include <memory>

#include "base/random.h"
#include "base/result.h"
#include "devices/poster.h"
#include "media/get_user_media.h"

namespace tincan::inline v0::devices {

using TrackPtr = std::shared_ptr<media::MediaStreamTrack>;

Result<TrackPtr> openMicrophone(const Poster& loop, const media::AudioConstraints& wish, RandomSource& random);
Result<TrackPtr> openCamera(const Poster& loop, const media::VideoConstraints& wish, RandomSource& random);
/// The tracks of a file: sound, pictures, or both, in that order.
Result<std::vector<TrackPtr>> openFile(const Poster& loop, const std::string& file, bool sound, bool pictures,
                                       RandomSource& random);

}  // namespace tincan::inline v0::devices
