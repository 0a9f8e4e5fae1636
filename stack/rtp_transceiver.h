#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/media_stream.h"
#include "stack/jsep/types.h"
#include "stack/rtp_capabilities.h"

namespace tincan::stack {

class PeerConnection;
class Negotiation;
class MediaSession;
class StreamSync;

using MediaStreamPtr = std::shared_ptr<media::MediaStream>;
using MediaStreamTrackPtr = std::shared_ptr<media::MediaStreamTrack>;

/// W3C RTCRtpTransceiverDirection (§5.4), "stopped" included.
enum class RTCRtpTransceiverDirection : uint8_t { kSendrecv, kSendonly, kRecvonly, kInactive, kStopped };
std::string_view toString(RTCRtpTransceiverDirection direction);
/// As SDP says it; a stopped transceiver is inactive there.
Direction toJsep(RTCRtpTransceiverDirection direction);
RTCRtpTransceiverDirection toW3c(Direction direction);

/// W3C RTCRtpSender (§5.2).
class RtpSender {
 public:
  MediaStreamTrackPtr track() const { return track_; }
  /// Another track of the same kind, or none, without negotiation.
  Result<void> replaceTrack(MediaStreamTrackPtr track);
  void setStreams(std::vector<std::string> streamIds) { streamIds_ = std::move(streamIds); }
  /// What can be sent; a connection whose Environment has a factory of its own is asked about that one.
  static RTCRtpCapabilities getCapabilities(MediaKind kind, const media::CodecFactory& codecs = media::builtInCodecs());

 private:
  friend class PeerConnection;
  friend class Negotiation;
  friend class MediaSession;
  MediaKind kind_{};
  MediaStreamTrackPtr track_;
  std::vector<std::string> streamIds_;
  std::string trackId_;  // in msid; stays when the track is replaced
  uint32_t ssrc_ = 0;
  uint32_t rtxSsrc_ = 0;
};

/// One frame as the peer's encoder made it: a whole picture, or one packet of sound.
struct EncodedFrame {
  MediaKind kind = MediaKind::kVideo;
  ByteView data;  ///< good during the call
  bool keyFrame = true;
  uint32_t rtpTimestamp = 0;
  TimePoint received;
  uint16_t width = 0, height = 0;  ///< of a video key frame
  std::string_view codec{};        ///< "VP8", as descriptions name it; good during the call
};

/// W3C RTCRtpReceiver (§5.3).
class RtpReceiver {
 public:
  MediaStreamTrackPtr track() const { return track_; }
  /// Every frame as it came out of the jitter buffer, before it is decoded: for recorders and forwarders.
  std::function<void(const EncodedFrame&)> onencodedframe;
  /// What can be received, likewise.
  static RTCRtpCapabilities getCapabilities(MediaKind kind, const media::CodecFactory& codecs = media::builtInCodecs());

 private:
  friend class PeerConnection;
  friend class Negotiation;
  friend class MediaSession;
  friend class StreamSync;
  MediaStreamTrackPtr track_;
  std::vector<MediaStreamPtr> streams_;
};

/// W3C RTCRtpTransceiver (§5.4): a sender and a receiver that share one m-line.
class RtpTransceiver {
 public:
  RtpTransceiver(MediaKind kind, RTCRtpTransceiverDirection direction)
      : kind_(kind),
        direction_(direction),
        sender_(std::make_shared<RtpSender>()),
        receiver_(std::make_shared<RtpReceiver>()) {}

  MediaKind kind() const { return kind_; }
  const std::optional<std::string>& mid() const { return mid_; }
  const std::shared_ptr<RtpSender>& sender() const { return sender_; }
  const std::shared_ptr<RtpReceiver>& receiver() const { return receiver_; }
  RTCRtpTransceiverDirection direction() const { return direction_; }
  std::optional<RTCRtpTransceiverDirection> currentDirection() const { return currentDirection_; }
  /// Which codecs the next offers and answers have, and in which order; an empty list takes that back. Entries of
  /// getCapabilities(), as they are there; without "video/rtx" among them there is no RTX. Takes effect with the next
  /// negotiation. InvalidModificationError, as checkedPreferences() says.
  Result<void> setCodecPreferences(const std::vector<RTCRtpCodec>& codecs);

 private:
  friend class PeerConnection;
  friend class Negotiation;
  friend class MediaSession;
  MediaKind kind_;
  std::optional<std::string> mid_;
  RTCRtpTransceiverDirection direction_;
  std::optional<RTCRtpTransceiverDirection> currentDirection_;
  bool addedByTrack_ = false;                    // by addTrack: may be matched with a remote section (RFC 8829 §5.10)
  bool madeByOffer_ = false;                     // by the peer's offer: goes with it on rollback
  bool remoteSends_ = false;                     // as the last remote description says
  std::vector<RTCRtpCodec> preferences_;         // of setCodecPreferences; empty: none
  const media::CodecFactory* codecs_ = nullptr;  // the connection's; null: media::builtInCodecs()
  std::shared_ptr<RtpSender> sender_;
  std::shared_ptr<RtpReceiver> receiver_;
};

}  // namespace tincan::stack
