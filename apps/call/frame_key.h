#pragma once

#include <memory>
#include <string>

#include "stack/api/encoded_transform.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::apps {

/// `tincan call --frame-key`: an encoded transform that does the same to frames at both ends, so that a page can undo it
/// by its own (docs/tutorials/encoded-transform.md). Bytes are combined with the key's by exclusive or, each by its place
/// in the frame. It shows where real end-to-end encryption goes; it is none.
///
/// In the clear stays what packets are told by: of VP8 10 bytes of a key frame and 3 of others (RFC 6386 §9.1), of Opus
/// one (RFC 6716 §3.1). Of H.264 slices and AV1 frames 16 bytes stay and no more than low halves of bytes change, by their
/// place in the NAL unit or OBU, so that these keep their bounds. Of other codecs nothing is changed.
std::shared_ptr<stack::RTCRtpScriptTransform> frameKeyTransform(stack::MediaKind kind, const std::string& key);

}  // namespace tincan::inline v0::apps
