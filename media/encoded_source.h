#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "media/codec/codec_format.h"
#include "media/encoded_frame.h"

namespace tincan::inline v0::media {

/// Frames that somebody else has encoded (a camera's chip, a file, another call), for a track that carries them as they
/// are. Whoever makes them pushes them, on the thread of the connection's loop; what a sender wants of the encoder comes
/// back by callbacks, on the same thread. Held by std::shared_ptr: by the track, and by whoever pushes.
///
///     push ─► a few wait ─► track ─► senders ─► packets
///     onkeyframerequest, ontargetbitrate, onrefused ◄─┘
class EncodedSource {
 public:
  static constexpr size_t kMaxHeld = 64;                     ///< frames that nobody has fetched: two seconds of video
  static constexpr size_t kMaxFrameBytes = size_t{4} << 20;  ///< LIMITS B07: what a receiver would take

  virtual ~EncodedSource() = default;
  EncodedSource(const EncodedSource&) = delete;
  EncodedSource& operator=(const EncodedSource&) = delete;

  /// What the frames are. A sender sends them where that was negotiated.
  const CodecFormat& format() const { return format_; }
  /// The next frame, in decoding order. `frame.time` is when it was captured, on the clock of the connection; time zero
  /// (or a time to come) becomes the time at which it is sent. kRangeError for a frame of no bytes or of more than
  /// kMaxFrameBytes; kNotFoundError for a rid that is none of rids(); kLimit where kMaxHeld frames wait, since the track has no sender that fetches them: the oldest go.
  Result<void> push(EncodedFrame frame);

  /// A sender needs a key frame: the peer has asked for one, or has missed a frame.
  std::function<void()> onkeyframerequest;
  /// What the frames may take, in bits a second: the least of what all senders of the track may send.
  std::function<void(uint32_t bitrate)> ontargetbitrate;
  /// The same where rids() has some: of one of them. 0 bits a second: none of its frames go, until there is more.
  std::function<void(const std::string& rid)> onencodingkeyframerequest;
  std::function<void(const std::string& rid, uint32_t bitrate)> onencodingtargetbitrate;
  /// Frames are not sent, and why: told once for each reason. How many: RTCOutboundRtpStreamStats::framesRefused.
  std::function<void(const Error& why)> onrefused;

  /// The encodings that its frames are of (EncodedFrame::rid), the smallest first; empty: one, without a name. A sender of
  /// encodings of these names (RTCRtpEncodingParameters::rid) sends each as its own; one that has a single encoding takes
  /// the last.
  const std::vector<std::string>& rids() const { return rids_; }

  // -- for tracks and senders --
  bool capture(TimePoint now, EncodedFrame& out);
  TimePoint nextFrameTime() const { return held_.empty() ? TimePoint::never() : TimePoint(); }
  /// What one of the senders may send of an encoding; nullopt when it goes. tellTarget() tells what comes of it.
  void setTarget(const void* sender, std::optional<uint32_t> bitrate, const std::string& rid = {});
  void tellTarget(const std::string& rid = {});
  void requestKeyFrame(const std::string& rid = {});
  /// Called with every push, so that a connection's driver comes by. One for each sender; empty takes it away.
  void setWake(const void* sender, std::function<void()> wake);

 protected:
  EncodedSource(CodecFormat format, std::vector<std::string> rids)
      : format_(std::move(format)), rids_(std::move(rids)) {}

 private:
  struct Target {
    std::string rid;
    uint32_t bitrate = 0;
  };

  CodecFormat format_;
  std::vector<std::string> rids_;
  std::deque<EncodedFrame> held_;
  std::map<const void*, Target> targets_;
  std::map<const void*, std::function<void()>> wakes_;
  std::map<std::string, uint32_t> told_;  // of each encoding
};

/// Pictures: a frame for each, or one for each of its spatial layers, the lowest first (`layer->endOfPicture` tells the
/// last); of several encodings (simulcast), one such row for each. H.264 and H.265 as Annex B, parameter sets in front of each key frame; AV1 as OBUs with sizes.
class EncodedVideoSource final : public EncodedSource {
 public:
  explicit EncodedVideoSource(CodecFormat format, std::vector<std::string> rids = {})
      : EncodedSource(std::move(format), std::move(rids)) {}
};

/// Sound: a frame for each packet.
class EncodedAudioSource final : public EncodedSource {
 public:
  explicit EncodedAudioSource(CodecFormat format, Duration packetTime = Duration::millis(20))
      : EncodedSource(std::move(format), {}), packetTime_(packetTime) {}
  /// What a frame lasts: a longer pause is silence that was not sent.
  Duration packetTime() const { return packetTime_; }

 private:
  Duration packetTime_;
};

}  // namespace tincan::inline v0::media
