#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "media/media_stream.h"
#include "rtp/extension_values.h"
#include "stack/api/connection_host.h"
#include "stack/api/direction.h"
#include "stack/api/dtmf_sender.h"
#include "stack/api/encoded_transform.h"
#include "stack/api/rtp_parameters.h"
#include "stack/jsep/types.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::stack {

class PeerConnection;
class DescriptionMaker;
class MediaLines;
class RemoteTracks;
class MediaSenders;
class StreamSync;
class DtlsTransport;

using MediaStreamPtr = std::shared_ptr<media::MediaStream>;
using MediaStreamTrackPtr = std::shared_ptr<media::MediaStreamTrack>;

/// W3C RTCRtpSender (§5.2).
class RtpSender {
 public:
  MediaStreamTrackPtr track() const { return track_; }
  /// Null before a description with its m-line was set.
  std::shared_ptr<DtlsTransport> transport() const;
  /// Another track of the same kind, or none, without negotiation. TypeError for one of another kind, InvalidStateError
  /// once the connection is closed or the transceiver stopped, InvalidModificationError for one whose frames are encoded
  /// in a codec that was not negotiated.
  Result<void> replaceTrack(MediaStreamTrackPtr track);
  /// The streams that the far end sees the track in; told by the next negotiation, which it asks for.
  Result<void> setStreams(const std::vector<MediaStreamPtr>& streams);
  void setStreams(std::vector<std::string> streamIds);
  /// What is sent, and how: for setParameters(), which takes the newest such result, once.
  RTCRtpSendParameters getParameters();
  /// Takes effect at once, without negotiation. InvalidStateError where the connection is closed, the transceiver stopped
  /// or getParameters() was not called; InvalidModificationError where anything but the encodings' wishes differs;
  /// RangeError for a scale below 1 or a negative rate; InvalidModificationError for options of another number of
  /// encodings.
  Result<void> setParameters(const RTCRtpSendParameters& parameters, const RTCSetParameterOptions& options = {});
  /// What concerns this sender (§8.4); empty once the connection is gone.
  RTCStatsReport getStats() const;
  /// What can be sent; a connection whose Environment has a factory of its own is asked about that one.
  static RTCRtpCapabilities getCapabilities(MediaKind kind, const media::CodecFactory& codecs = media::builtInCodecs());
  /// Of sound; null for pictures.
  const std::shared_ptr<DTMFSender>& dtmf() const { return dtmf_; }
  /// webrtc-encoded-transform §3: what changes frames between encoder and packets; null takes it away. Takes effect with
  /// the next frame. InvalidStateError for a transform that is in use.
  Result<void> setTransform(std::shared_ptr<RTCRtpScriptTransform> transform);
  const std::shared_ptr<RTCRtpScriptTransform>& transform() const { return transform_; }

  // -- for the stack --
  const RTCRtpEncodingParameters& encoding() const { return encodings_.front(); }
  std::optional<RTCDegradationPreference> degradationPreference() const { return degradationPreference_; }
  /// Null without a transform.
  std::shared_ptr<RTCRtpScriptTransformer> transformer() const {
    return transform_ ? transform_->transformer() : nullptr;
  }
  const std::vector<RTCRtpEncodingParameters>& encodings() const { return encodings_; }
  /// Whether the application wants a key frame of that encoding since the last call.
  bool takeKeyFrameWish(size_t encoding);
  /// Of simulcast, with an SSRC for each that has none yet.
  void setEncodings(std::vector<RTCRtpEncodingParameters> encodings, RandomSource& random);
  /// The encodings that have names; none where there is one without.
  std::vector<RidSpec> rids() const;
  /// An answer is there: encodings that it does not name go, and those that it pauses are not active. It names none: the
  /// first stays, by itself.
  void keepEncodings(const std::vector<RidSpec>& rids);
  /// webrtc-pc §4.4.1.5: codecs that encodings name and an answer has left out are named no more. Levels may differ.
  void keepCodecs(const std::vector<CodecSpec>& negotiated);

 private:
  friend class PeerConnection;
  friend class DescriptionMaker;
  friend class MediaLines;
  friend class RemoteTracks;
  friend class MediaSenders;
  friend class RtpTransceiver;
  MediaKind kind_{};
  MediaStreamTrackPtr track_;
  std::vector<std::string> streamIds_;
  Result<void> checkUsable(const char* method) const;
  Result<void> checkEncoded(const media::MediaStreamTrack& track) const;

  std::shared_ptr<ConnectionLink> link_;
  const media::CodecFactory* codecs_ = nullptr;  // the connection's; null: media::builtInCodecs()
  std::vector<RTCRtpEncodingParameters> encodings_{1};
  std::optional<RTCDegradationPreference> degradationPreference_;
  std::optional<RTCRtpSendParameters> lastReturned_;
  std::vector<bool> keyFrameWishes_;  // of each encoding, up to the last that is wanted
  std::shared_ptr<DTMFSender> dtmf_;
  std::shared_ptr<RTCRtpScriptTransform> transform_;
  bool stopping_ = false;
  std::string trackId_;  // in msid; stays when the track is replaced
  struct Ssrcs {
    uint32_t media = 0, rtx = 0;
  };
  std::vector<Ssrcs> ssrcs_{1};  // of each encoding
};

/// One frame as the peer's encoder made it: a whole picture, or one packet of sound.
struct EncodedFrame {
  MediaKind kind = MediaKind::kVideo;
  ByteView data{};  ///< good during the call
  bool keyFrame = true;
  uint32_t rtpTimestamp = 0;
  TimePoint received{};
  uint16_t width = 0, height = 0;  ///< of a video key frame
  std::string_view codec{};        ///< "VP8", as descriptions name it; good during the call
  uint8_t spatialLayer = 0;        ///< the highest of the picture's; 0 where its packets do not say it
  uint8_t temporalLayer = 0;       ///< likewise
  std::string_view rid{};          ///< of one encoding of several; good during the call
};

/// One encoding of a source that sends several (simulcast, RFC 8853).
struct ReceivedLayer {
  std::string rid;
  MediaStreamTrackPtr track;  ///< its pictures, in its size; decoded while it has sinks
};

/// W3C RTCRtpReceiver (§5.3).
class RtpReceiver {
 public:
  MediaStreamTrackPtr track() const { return track_; }
  /// Beside the W3C, which has browsers receive no simulcast: what a peer offers to send in up to three encodings is
  /// accepted, and each is a stream of its own. `track()` shows the largest that arrives. In the order of the peer's
  /// offer; empty where it sends one, and before its description was set.
  const std::vector<ReceivedLayer>& layers() const { return layers_; }
  /// Null before a description with its m-line was set.
  std::shared_ptr<DtlsTransport> transport() const;
  RTCRtpReceiveParameters getParameters() const;
  /// What concerns this receiver (§8.4); empty once the connection is gone.
  RTCStatsReport getStats() const;
  /// Whose packets were played within the last ten seconds: by CSRC, and by SSRC; the newest first.
  std::vector<RTCRtpContributingSource> getContributingSources() const;
  std::vector<RTCRtpSynchronizationSource> getSynchronizationSources() const;
  /// Milliseconds that the jitter buffer should hold media for, beyond what the path asks for; absent: as it likes.
  std::optional<double> jitterBufferTarget() const { return jitterBufferTarget_; }
  /// RangeError below 0 and above 4000.
  Result<void> setJitterBufferTarget(std::optional<double> milliseconds);
  /// webrtc-encoded-transform §3: what changes frames between packets and decoder; else as RtpSender::setTransform.
  Result<void> setTransform(std::shared_ptr<RTCRtpScriptTransform> transform);
  const std::shared_ptr<RTCRtpScriptTransform>& transform() const { return transform_; }
  /// Every frame as it came out of the jitter buffer, before it is decoded, and as a transform has left it: for recorders
  /// and forwarders.
  std::function<void(const EncodedFrame&)> onencodedframe;
  /// What can be received, likewise.
  static RTCRtpCapabilities getCapabilities(MediaKind kind, const media::CodecFactory& codecs = media::builtInCodecs());

  // -- for the stack --
  struct Contributor {
    uint32_t source = 0;
    std::optional<double> audioLevel{};
  };
  /// Null without a transform.
  std::shared_ptr<RTCRtpScriptTransformer> transformer() const {
    return transform_ ? transform_->transformer() : nullptr;
  }
  /// A packet was played: of this source, and, as a mixer says (RFC 3550 §7.1), of these contributors.
  void noteSource(TimePoint at, uint32_t ssrc, uint32_t rtpTimestamp, std::optional<double> audioLevel,
                  std::span<const Contributor> contributors = {},
                  const std::optional<rtp::AbsCaptureTime>& captured = {});
  static constexpr size_t kMaxSources = 64;
  /// The peer's description has these encodings; those that stay keep their tracks.
  void nameLayers(const std::vector<RidSpec>& rids, RandomSource& random);

 private:
  struct SeenSource {
    TimePoint at;
    uint32_t source = 0;
    uint32_t rtpTimestamp = 0;
    std::optional<double> audioLevel;
    bool contributing = false;
    std::optional<rtp::AbsCaptureTime> captured{};
  };
  template <class Source>
  std::vector<Source> sources(bool contributing) const;
  void note(const SeenSource& seen);

  friend class PeerConnection;
  friend class DescriptionMaker;
  friend class MediaLines;
  friend class RemoteTracks;
  friend class MediaSenders;
  friend class StreamSync;
  friend class RtpTransceiver;
  std::shared_ptr<RTCRtpScriptTransform> transform_;
  std::shared_ptr<ConnectionLink> link_;
  MediaStreamTrackPtr track_;
  std::vector<ReceivedLayer> layers_;
  std::vector<MediaStreamPtr> streams_;
  std::vector<SeenSource> sources_;  // at most kMaxSources
  std::optional<double> jitterBufferTarget_;
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
  /// What is wished for; "stopped" from stop() on.
  RTCRtpTransceiverDirection direction() const { return direction_; }
  /// Takes effect with the next negotiation, which it asks for. InvalidStateError once closed or stopped; TypeError for
  /// "stopped", which stop() is for.
  Result<void> setDirection(RTCRtpTransceiverDirection direction);
  /// What was negotiated last; "stopped" once its end was.
  std::optional<RTCRtpTransceiverDirection> currentDirection() const { return currentDirection_; }
  /// Ends sending and receiving for good, the receiver's track with it, and asks for the negotiation that tells the far
  /// end. InvalidStateError once closed; nothing when it was stopped before.
  Result<void> stop();
  /// Which codecs the next offers and answers have, and in which order; an empty list takes that back. Entries of
  /// getCapabilities(), as they are there; without "video/rtx" among them there is no RTX. Takes effect with the next
  /// negotiation. InvalidModificationError, as checkedPreferences() says.
  Result<void> setCodecPreferences(const std::vector<RTCRtpCodec>& codecs);
  /// webrtc-extensions §5: the RTP header extensions that the next offers and answers have, and which way each goes;
  /// "stopped" ones are not in them. Once negotiated, what was agreed on.
  std::vector<RTCRtpHeaderExtensionCapability> getHeaderExtensionsToNegotiate() const;
  /// That list, with other directions in it. TypeError and InvalidModificationError, as checkExtensions() says.
  Result<void> setHeaderExtensionsToNegotiate(const std::vector<RTCRtpHeaderExtensionCapability>& extensions);
  /// What was negotiated last, of the same list; all of it "stopped" before that.
  std::vector<RTCRtpHeaderExtensionCapability> getNegotiatedHeaderExtensions() const;

  // -- for the stack --
  void link(const std::shared_ptr<ConnectionLink>& link);
  /// The far end, or close(), has ended it: without negotiation.
  void becomeStopped();

 private:
  friend class PeerConnection;
  friend class DescriptionMaker;
  friend class MediaLines;
  friend class RemoteTracks;
  friend class MediaSenders;
  std::shared_ptr<ConnectionLink> link_;
  MediaKind kind_;
  std::optional<std::string> mid_;
  RTCRtpTransceiverDirection direction_;
  std::optional<RTCRtpTransceiverDirection> currentDirection_;
  bool addedByTrack_ = false;             // by addTrack: may be matched with a remote section (RFC 8829 §5.10)
  bool hasSent_ = false;                  // ever, as far as was negotiated
  bool madeByOffer_ = false;              // by the peer's offer: goes with it on rollback
  bool remoteSends_ = false;              // as the last remote description says
  std::vector<RTCRtpCodec> preferences_;  // of setCodecPreferences; empty: none
  std::vector<RTCRtpHeaderExtensionCapability> extensionWishes_;  // that no negotiation has settled yet
  const media::CodecFactory* codecs_ = nullptr;                   // the connection's; null: media::builtInCodecs()
  std::shared_ptr<RtpSender> sender_;
  std::shared_ptr<RtpReceiver> receiver_;
};

}  // namespace tincan::inline v0::stack
