#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/api/rtp_parameters.h"
#include "stack/codec_work.h"

namespace tincan::inline v0::stack {

/// Sound into encoded frames, each what one packet will carry. Knows nothing of packets. Owned by an AudioSender.
///
///     sound ─► encoder ─► Sink
///         └─► waiting ─► an Executor's thread, a stretch at a time, in order ─► collect() ─► Sink
class AudioEncoding {
 public:
  /// Of one payload, with the time of its first sample and what it lasts. Good during the call.
  using Sink = std::function<void(TimePoint now, const media::EncodedAudio& frame, Duration lasts)>;
  /// Stretches of 20 ms that wait for a thread: what is older would come too late to be played.
  static constexpr size_t kMaxWaiting = 10;

  /// Where the factory has no encoder for `format`, nothing comes out.
  AudioEncoding(const media::CodecFactory& factory, media::CodecFormat format, Sink sink, CodecWork where = {});

  void encode(TimePoint now, const RTCRtpEncodingParameters& parameters, const media::AudioFrame& sound);
  /// What has been made elsewhere since.
  void collect(TimePoint now);
  /// What is made, in bits a second.
  uint32_t bitrate() const { return bitrate_; }
  uint64_t framesEncoded() const { return framesEncoded_; }
  /// Stretches that no thread came to.
  uint64_t overtaken() const { return overtaken_; }

 private:
  /// With whoever does it: the encoder is nobody else's until it is done.
  struct Work {
    std::unique_ptr<media::AudioEncoder> encoder;
    media::AudioFrame sound;
    std::optional<uint32_t> bitrate{};
    std::optional<Duration> packetTime{};
    std::vector<media::EncodedAudio> frames{};  // keeps its memory
    bool done = true;
    void encode(const media::AudioFrame& stretch);
    void run() { encode(sound); }  // on a thread
  };

  bool startEncoder(int channels);
  void adaptPacketTime(bool wanted);
  void start();
  void emit(TimePoint now);

  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  Sink sink_;
  CodecWork where_;
  std::shared_ptr<Work> work_ = std::make_shared<Work>();
  bool busy_ = false;    // its frames are to be fetched
  bool failed_ = false;  // there is no encoder, and none is asked for again
  std::deque<media::AudioFrame> waiting_;
  std::optional<uint32_t> most_;    // asked for, and not told yet
  std::optional<Duration> toLast_;  // likewise, of packets
  Duration usual_;                  // what packets last where nothing else is asked for
  Duration longest_;                // maxptime
  Duration asked_;                  // of packets, last
  uint32_t bitrate_;
  Duration packetTime_;
  uint64_t framesEncoded_ = 0, overtaken_ = 0;
};

}  // namespace tincan::inline v0::stack
