#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

/// webrtc-encoded-transform: an application's code between an encoder and the packets, or between the packets and a
/// decoder, for end-to-end encryption and watermarks. What JavaScript has as streams of a worker is a pair of functions
/// here: the transformer gives a frame (onvideoframe, onaudioframe), and takes it back (enqueue), at once or later.
namespace tincan::inline v0::stack {

class RTCRtpScriptTransformer;

/// §2.1. What is not known is absent.
struct RTCEncodedFrameMetadata {
  std::optional<uint32_t> synchronizationSource{};
  std::optional<uint8_t> payloadType{};
  std::vector<uint32_t> contributingSources{};
  std::optional<uint32_t> rtpTimestamp{};  ///< as its packets say it
  std::optional<double> receiveTime{};     ///< milliseconds, of the connection's clock
  /// Likewise. Of a frame that was received, where abs-capture-time is negotiated and told: by the NTP clock of who
  /// captured it, and by how many milliseconds that is ahead of the sender's, as the sender estimates it.
  std::optional<double> captureTime{}, senderCaptureTimeOffset{};
  std::string mimeType{};  ///< "video/VP8"
  bool operator==(const RTCEncodedFrameMetadata&) const = default;
};

struct RTCEncodedVideoFrameMetadata : RTCEncodedFrameMetadata {
  /// Counted in each encoding, and which frames it refers to. Of a frame that was received: by its dependency descriptor,
  /// absent where the sender told none.
  std::optional<uint64_t> frameId{};
  std::vector<uint64_t> dependencies{};
  std::optional<uint16_t> width{}, height{};  ///< of a key frame that says it, and of what we encode in layers
  std::optional<uint32_t> spatialIndex{}, temporalIndex{};
  std::optional<int64_t> timestamp{};  ///< microseconds, of the connection's clock
  bool operator==(const RTCEncodedVideoFrameMetadata&) const = default;
};

struct RTCEncodedAudioFrameMetadata : RTCEncodedFrameMetadata {
  std::optional<int16_t> sequenceNumber{};  ///< of a frame that was received
  std::optional<double> audioLevel{};       ///< likewise: 0 to 1, where its packet says it (RFC 6464)
  bool operator==(const RTCEncodedAudioFrameMetadata&) const = default;
};

/// What setMetadata() has changed.
struct EncodedFrameChanges {
  std::optional<uint32_t> rtpTimestamp{};
  std::optional<std::vector<uint32_t>> contributingSources{};
};

enum class RTCEncodedVideoFrameType : uint8_t { kEmpty, kKey, kDelta };

/// What both kinds have: the bytes, and whose frame it is.
class RTCEncodedFrame {
 public:
  Bytes data;  ///< to be changed, longer and shorter included; one packet of sound has to fit a packet still

 protected:
  /// The checks of setMetadata(): `expected` is what getMetadata() says, with what may be changed taken from `wanted`.
  template <class Metadata>
  Result<void> change(Metadata& metadata, const Metadata& wanted) {
    Metadata expected = metadata;
    expected.rtpTimestamp = wanted.rtpTimestamp;
    expected.contributingSources = wanted.contributingSources;
    if (!(expected == wanted) || !wanted.rtpTimestamp)
      return {ErrorCode::kInvalidModificationError,
              "setMetadata: only rtpTimestamp and contributingSources may differ from what getMetadata() gave"};
    if (wanted.contributingSources.size() > kMaxContributingSources)
      return {ErrorCode::kRangeError, "setMetadata: a packet names at most 15 contributing sources"};
    if (wanted.rtpTimestamp != metadata.rtpTimestamp) changes_.rtpTimestamp = wanted.rtpTimestamp;
    if (wanted.contributingSources != metadata.contributingSources)
      changes_.contributingSources = wanted.contributingSources;
    metadata = wanted;
    return {};
  }

 private:
  static constexpr size_t kMaxContributingSources = 15;  // RFC 3550 §5.1: CC has four bits

  friend class RTCRtpScriptTransformer;
  EncodedFrameChanges changes_;
  const void* owner_ = nullptr;  // the transformer that gave it
  uint64_t counter_ = 0;
  std::shared_ptr<void> origin_;  // what the pipeline needs to go on with it
};

/// §2.2.
class RTCEncodedVideoFrame : public RTCEncodedFrame {
 public:
  RTCEncodedVideoFrameType type = RTCEncodedVideoFrameType::kDelta;
  const RTCEncodedVideoFrameMetadata& getMetadata() const { return metadata_; }
  /// The frame goes on with that rtpTimestamp, and is sent with those contributingSources, at most 15. What else the
  /// metadata has is for the encoder and the packets to say: kInvalidModificationError where it differs.
  Result<void> setMetadata(const RTCEncodedVideoFrameMetadata& metadata) { return change(metadata_, metadata); }

 private:
  friend class RTCRtpScriptTransformer;
  RTCEncodedVideoFrameMetadata metadata_;
};

/// §2.3.
class RTCEncodedAudioFrame : public RTCEncodedFrame {
 public:
  const RTCEncodedAudioFrameMetadata& getMetadata() const { return metadata_; }
  /// As of pictures.
  Result<void> setMetadata(const RTCEncodedAudioFrameMetadata& metadata) { return change(metadata_, metadata); }

 private:
  friend class RTCRtpScriptTransformer;
  RTCEncodedAudioFrameMetadata metadata_;
};

/// §4.4. The peer wants a key frame of what this transformer's sender sends.
struct KeyFrameRequestEvent {
  std::optional<std::string> rid{};
  bool prevented = false;  ///< set it, as preventDefault() does: the encoder is not asked
};

/// §4.2. Between the two ends of one sender or receiver; made by RTCRtpScriptTransform. Held by std::shared_ptr, since
/// applications enqueue later; it outlives the connection, and does nothing then.
///
///     encoder, or jitter buffer ─► read ─► onvideoframe … enqueue ─► takeWritten ─► packets, or decoder
class RTCRtpScriptTransformer {
 public:
  static constexpr size_t kMaxWritten = 64;  ///< frames that wait to go on: two seconds of video

  /// The W3C's `readable`. A frame that is not enqueued is dropped, and so is every frame where there is no handler.
  std::function<void(RTCEncodedVideoFrame)> onvideoframe;
  std::function<void(RTCEncodedAudioFrame)> onaudioframe;
  /// The W3C's `writable`. In the order in which they came, each once: kInvalidStateError for a frame of another
  /// transformer, one that was enqueued, or one older than that; kLimit where kMaxWritten frames wait; kRangeError for
  /// one without bytes.
  Result<void> enqueue(RTCEncodedVideoFrame frame) { return write(std::move(frame)); }
  Result<void> enqueue(RTCEncodedAudioFrame frame) { return write(std::move(frame)); }
  /// §4.3: has our encoder make a key frame. kInvalidStateError where this is no video sender's, kNotFoundError for a rid
  /// that it does not have.
  Result<void> generateKeyFrame(std::optional<std::string> rid = std::nullopt);
  /// §4.3: asks the peer for one (PLI). kInvalidStateError where this is no video receiver's.
  Result<void> sendKeyFrameRequest();
  /// Of a sender: before the encoder is asked for what the peer wants.
  std::function<void(KeyFrameRequestEvent&)> onkeyframerequest;

  // -- for the stack --
  enum class End : uint8_t { kNone, kVideoSender, kAudioSender, kVideoReceiver, kAudioReceiver };
  struct Written {
    Bytes data;
    std::shared_ptr<void> origin;
    EncodedFrameChanges changes{};
  };
  /// At which end it stands, which rids there are, and how a driver is called. kNone: nowhere any more.
  void attach(End end, std::vector<std::string> rids, std::function<void()> wake);
  End end() const { return end_; }
  void read(RTCEncodedVideoFrameType type, RTCEncodedVideoFrameMetadata metadata, Bytes data,
            std::shared_ptr<void> origin);
  void read(RTCEncodedAudioFrameMetadata metadata, Bytes data, std::shared_ptr<void> origin);
  bool takeWritten(Written& out);
  bool hasWritten() const { return !written_.empty(); }
  /// The peer's wish goes by the handler, where there is one.
  void requestKeyFrame(const std::string& rid);
  /// The encoder, or the peer, is to be asked for a key frame.
  bool takeKeyFrameWish() { return std::exchange(keyFrameWish_, false); }

 private:
  Result<void> write(RTCEncodedFrame&& frame);
  void sign(RTCEncodedFrame& frame, Bytes data, std::shared_ptr<void> origin);

  End end_ = End::kNone;
  std::vector<std::string> rids_;
  std::function<void()> wake_;
  uint64_t lastRead_ = 0, lastWritten_ = 0;
  std::deque<Written> written_;
  bool keyFrameWish_ = false;
};

/// §4.1: what RtpSender::setTransform and RtpReceiver::setTransform take. One is for one sender or receiver.
class RTCRtpScriptTransform {
 public:
  /// `onrtctransform` is called once, when the transform is set: it gives the transformer its handlers.
  using OnRtcTransform = std::function<void(const std::shared_ptr<RTCRtpScriptTransformer>&)>;
  explicit RTCRtpScriptTransform(OnRtcTransform onrtctransform) : onrtctransform_(std::move(onrtctransform)) {}
  ~RTCRtpScriptTransform() { end(); }
  RTCRtpScriptTransform(const RTCRtpScriptTransform&) = delete;
  RTCRtpScriptTransform& operator=(const RTCRtpScriptTransform&) = delete;

  /// For code that is done at once: changes the bytes, or says false and drops the frame.
  static std::shared_ptr<RTCRtpScriptTransform> ofVideo(std::function<bool(RTCEncodedVideoFrame&)> change);
  static std::shared_ptr<RTCRtpScriptTransform> ofAudio(std::function<bool(RTCEncodedAudioFrame&)> change);

  // -- for the stack --
  /// At such an end: has onrtctransform run. InvalidStateError where it was set somewhere
  /// before.
  Result<void> begin(RTCRtpScriptTransformer::End end, std::vector<std::string> rids, std::function<void()> wake);
  void end();
  const std::shared_ptr<RTCRtpScriptTransformer>& transformer() const { return transformer_; }

 private:
  OnRtcTransform onrtctransform_;
  std::shared_ptr<RTCRtpScriptTransformer> transformer_;
};

}  // namespace tincan::inline v0::stack
