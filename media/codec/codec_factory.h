#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "media/codec/audio_codec.h"
#include "media/codec/codec_format.h"
#include "media/codec/video_codec.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::media {

/// A format, and what can be done with it here. One that can neither be encoded nor decoded can still be forwarded:
/// its frames come from an encoded source, and go to onencodedframe.
struct SupportedFormat {
  CodecFormat format;
  bool encodes = false;
  bool decodes = false;
  bool offered = true;  ///< false: taken up when a peer offers it, or when setCodecPreferences names it
};

/// The codecs of a connection, injected by stack::Environment. Stateless: what it makes, its caller owns. Implement it
/// to bring a hardware codec; `builtInCodecs()` has what this library was built with.
class CodecFactory {
 public:
  virtual ~CodecFactory() = default;

  /// In the order in which they are offered.
  virtual std::vector<SupportedFormat> formats(CodecKind kind) const = 0;

  /// kUnsupported, with a sentence, where the format cannot be encoded (or decoded). `format` is what was negotiated:
  /// its parameters are the peer's wishes for an encoder (RFC 9429 §5.10), ours for a decoder.
  virtual Result<std::unique_ptr<VideoEncoder>> videoEncoder(const CodecFormat& format,
                                                             const VideoEncoderSettings& settings) const = 0;
  virtual Result<std::unique_ptr<VideoDecoder>> videoDecoder(const CodecFormat& format) const = 0;
  virtual Result<std::unique_ptr<AudioEncoder>> audioEncoder(const CodecFormat& format,
                                                             const AudioEncoderSettings& settings) const = 0;
  virtual Result<std::unique_ptr<AudioDecoder>> audioDecoder(const CodecFormat& format) const = 0;

  /// kUnsupported where the payload format is not known.
  virtual Result<std::unique_ptr<VideoPacketizer>> packetizer(const CodecFormat& format,
                                                              RandomSource& random) const = 0;
  /// What depacketizes it; none where the payload format is not known.
  virtual std::optional<rtp::VideoFormat> payloadFormat(const CodecFormat& format) const = 0;
  /// What a frame says of itself, for a budget that must know before it decodes.
  struct FrameInfo {
    bool keyFrame = false;
    int width = 0;  ///< 0 where a frame does not say
    int height = 0;
  };
  virtual FrameInfo inspect(const CodecFormat& format, ByteView frame) const = 0;
};

/// What was built in: libvpx, libopus and the others, as far as CMake found them. One, for all connections.
const CodecFactory& builtInCodecs();

}  // namespace tincan::inline v0::media
