#pragma once

#include <memory>
#include <optional>

#include "base/random.h"
#include "base/result.h"
#include "media/codec/codec_factory.h"
#include "media/codec/codec_format.h"
#include "media/codec/video_codec.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::media {

// What a factory says of a format's RTP payloads and frames, for factories to use: the payload formats are this
// library's, whoever encodes.

/// See CodecFactory::payloadFormat.
std::optional<rtp::VideoFormat> videoPayloadFormat(const CodecFormat& format);
/// See CodecFactory::packetizer.
Result<std::unique_ptr<VideoPacketizer>> makeVideoPacketizer(const CodecFormat& format, RandomSource& random);
/// See CodecFactory::inspect.
CodecFactory::FrameInfo inspectVideoFrame(rtp::VideoFormat format, ByteView frame);

}  // namespace tincan::inline v0::media
