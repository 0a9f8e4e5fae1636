#pragma once

#include "media/codec/codec_format.h"

/// What two sides that have a codec in common say of it, and do with it (RFC 3264 §6.1, RFC 9429 §5.3.1 and §5.10).
namespace tincan::inline v0::media {

/// What an answer says of a format that was offered: our parameters, since they say what we take, but for those that
/// have to repeat or bound the offer's. H.264: without level-asymmetry-allowed on both sides one level holds for both
/// directions, the lower one (RFC 6184 §8.2.2). `ours` and `offered` are the same codec (sameCodec).
CodecFormat answeredFormat(const CodecFormat& ours, const CodecFormat& offered);

/// What an encoder has to keep to: the peer's parameters, since they say what it takes; H.264 at no higher level than
/// ours, where one level holds for both directions.
CodecFormat sendingFormat(const CodecFormat& ours, const CodecFormat& theirs);

}  // namespace tincan::inline v0::media
