#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/result.h"
#include "media/encoded_frame.h"
#include "media/video_frame.h"
#include "rtp/payload/payload_format.h"

/// What stack/ knows of a video codec: an encoder, a decoder, and how a frame becomes RTP payloads and back.
namespace tincan::inline v0::media {

struct VideoEncoderSettings {
  int width = 0;  ///< a first guess: a picture of another size reconfigures the encoder
  int height = 0;
  double framesPerSecond = 30;
  uint32_t bitrateBps = 0;               ///< of all layers together
  std::string scalabilityMode = "L1T1";  ///< W3C webrtc-svc §6
  /// What the network may take as one packet, for codecs that cut their own (H.264 packetization-mode 0: no slice is
  /// larger). 0: no bound.
  size_t maxSliceBytes = 0;
};

/// One stream's encoder: constant bitrate, no look-ahead, key frames only first, when asked for and when the size of
/// the pictures changes. The same pictures give the same bytes.
class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;
  /// Appends to `out` what one picture became: one frame for each spatial layer, the lowest first; none where the
  /// encoder drops it to keep its rate.
  virtual Result<void> encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) = 0;
  /// From the next picture on, without a key frame.
  virtual void setRates(uint32_t bitrateBps, double framesPerSecond) = 0;
  virtual std::string_view implementation() const = 0;  ///< webrtc-stats encoderImplementation: "libvpx"
};

/// Takes the frames of one stream in order, starting with a key frame. An error leaves it usable: it goes on with the
/// next key frame.
class VideoDecoder {
 public:
  virtual ~VideoDecoder() = default;
  /// kMalformed for what is none of the codec's or lacks the frames it builds on; kLimit past VideoFrame::kMaxSide.
  virtual Result<VideoFrame> decode(ByteView frame) = 0;
  virtual std::string_view implementation() const = 0;
};

/// Frames into RTP payloads (rtp::Packetizer, whatever the format). `setFrame` keeps a view of `frame.data`.
class VideoPacketizer {
 public:
  virtual ~VideoPacketizer() = default;
  virtual void setFrame(const EncodedVideo& frame, size_t maxPayload) = 0;
  virtual bool next(PacketBuffer& out, bool& last) = 0;
  virtual size_t packetsLeft() const = 0;
};

}  // namespace tincan::inline v0::media
