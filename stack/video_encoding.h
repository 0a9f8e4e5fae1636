#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "media/codec/codec_factory.h"
#include "media/codec/scalability_mode.h"
#include "media/source_statistics.h"
#include "media/video_scaler.h"
#include "rtp/stats/key_frame_limiter.h"
#include "stack/encoding_shaper.h"
#include "stack/encodings_load.h"
#include "stack/quality_limitation.h"
#include "stack/resolution_adapter.h"
#include "stack/stats.h"
#include "stack/worker_encoder.h"

namespace tincan::inline v0::stack {

/// Raw pictures into encoded frames: one encoding of a sender, as large, as often and at as many bits as its parameters
/// and the line allow. Knows nothing of packets. Owned by a VideoSender.
///
///     picture ─► taken? (active, maxFramerate) ─► scaled (scaleResolutionDownBy, rate) ─► encoder ─► Sink
///                                                             key frames, rate ─────────────┘
///
/// Where there is an Executor, the encoder is a WorkerEncoder: what it has made is fetched by collect(). One that does not
/// keep up gets less to do, as degradationPreference says (EncoderLoad).
class VideoEncoding {
 public:
  /// What one picture became: one frame for each spatial layer, the lowest first; at least one. Good during the call.
  using Sink = std::function<void(TimePoint now, std::span<const media::EncodedVideo> frames)>;

  struct Config {
    uint32_t bitrate = 0;
    /// It is the only one. One of several has no smaller pictures where the rate is too low for those of the source, since
    /// the one below it is there for that; and who owns them says what it gives up where time is too short (setLeast).
    bool alone = true;
    /// The receiver can know which spatial layer a frame is of. Where it cannot, there is one, whatever scalabilityMode
    /// asks for; temporal ones stay.
    bool spatialLayers = true;
  };

  /// Where the factory has no encoder for `format`, nothing comes out.
  VideoEncoding(const media::CodecFactory& factory, media::CodecFormat format, const Config& config, Sink sink,
                CodecWork where = {});

  /// `maxSlice`: what a packet may carry, for codecs that cut by themselves.
  void encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::VideoFrame& captured,
              size_t maxSlice);
  /// What an encoder that works elsewhere has made since.
  void collect(TimePoint now);
  void wantKeyFrame() { keyFrames_.want(); }
  /// What is kept where the rate is too low for all.
  void prefer(std::optional<RTCDegradationPreference> preference) { resolution_.prefer(preference); }
  /// What it makes at most where nobody says it, by the size of the newest picture, bits a second.
  uint32_t mostBySize() const { return mostBySize_; }
  /// What may be made, in bits a second (0: nothing, until there is more), and what would be with as much as there could
  /// be.
  void setBitrate(uint32_t bitrate) { bitrate_ = bitrate; }
  void setWanted(uint32_t bitrate) { wanted_ = bitrate; }
  uint32_t bitrate(const RTCRtpEncodingParameters& parameters) const { return limitedBitrate(parameters, bitrate_); }
  /// How it keeps up, and what it could give up; and so many steps of it are given up, if it is not alone.
  EncodingsLoad::Encoding work() const;
  void setLeast(size_t step) { resolution_.setLeast(step); }
  const media::CodecFormat& format() const { return format_; }
  /// How what comes out is layered, and how large a whole picture is; of the newest picture.
  const media::ScalabilityMode& mode() const { return mode_; }
  int width() const { return width_; }
  int height() const { return height_; }
  /// What an encoder knows of RTCOutboundRtpStreamStats.
  void addStats(RTCOutboundRtpStreamStats& out) const;

  /// Before there is a picture: of 640 x 480, what most cameras begin with.
  static constexpr uint32_t kMostAtFirst = 1'700'000;

 private:
  /// The picture in the size that the rate is enough for; `scaled` holds it where it is another.
  const media::VideoFrame& fitted(TimePoint now, const media::VideoFrame& picture, media::VideoFrame& scaled);
  void emit(TimePoint now);
  QualityLimitation::Reason limitation(TimePoint now);
  void noteLoad(TimePoint now, const media::VideoFrame& picture);
  void followMode(const RTCRtpEncodingParameters& parameters);
  std::string usableMode() const;
  bool startEncoder(const media::VideoFrame& picture, uint32_t bitrate, size_t maxSlice);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  Sink sink_;
  CodecWork where_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  WorkerEncoder* worker_ = nullptr;  // what encoder_ is, where it works elsewhere
  uint64_t overtaken_ = 0;           // pictures that it had no time for, as far as is known
  TimePoint overtakenAt_ = TimePoint::never();
  EncoderLoad load_;
  std::string modeName_ = "L1T1";            // that was asked for
  media::ScalabilityMode mode_;              // of the encoder
  bool failed_ = false;                      // there is no encoder, and none is asked for again
  std::vector<media::EncodedVideo> frames_;  // of one picture; keeps its memory
  rtp::KeyFrameLimiter keyFrames_;
  uint32_t bitrate_;
  uint32_t wanted_ = 0;  // with as much rate as there could be; 0: what bitrate_ is
  uint32_t mostBySize_ = kMostAtFirst;
  double pictures_ = 1;  // of the source's, that the encoder was told of
  uint32_t asked_ = 0;   // of the encoder, in bits a second
  const bool alone_, spatialLayers_;
  ResolutionAdapter resolution_;
  media::VideoScaler scaler_;
  QualityLimitation limitation_;
  EncodingShaper shaper_;
  bool paused_ = false;
  media::FrameRateMeter rate_;
  uint64_t framesEncoded_ = 0, keyFramesEncoded_ = 0;
  Duration encoding_;
  std::optional<uint64_t> quantizers_;  // their sum, where the encoder tells
  double bytesAimedAt_ = 0;
  int width_ = 0, height_ = 0;
  int fullWidth_ = 0, fullHeight_ = 0;  // before it gave anything up
};

}  // namespace tincan::inline v0::stack
