#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stack/api/priority.h"
#include "stack/rtp_capabilities.h"

/// webrtc-pc §5.2: the parameters of a sender and of a receiver, with what webrtc-svc and webrtc-priority add.
namespace tincan::inline v0::stack {

struct RTCRtpHeaderExtensionParameters {
  std::string uri;
  uint16_t id = 0;
  bool encrypted = false;  ///< RFC 6904, which nobody speaks; RFC 9335 hides all of them and is not told here
  bool operator==(const RTCRtpHeaderExtensionParameters&) const = default;
};

struct RTCRtcpParameters {
  std::string cname;
  bool reducedSize = false;  ///< RFC 5506
  bool operator==(const RTCRtcpParameters&) const = default;
};

struct RTCRtpCodecParameters : RTCRtpCodec {
  uint8_t payloadType = 0;
  bool operator==(const RTCRtpCodecParameters&) const = default;
};

struct RTCRtpParameters {
  std::vector<RTCRtpHeaderExtensionParameters> headerExtensions{};
  RTCRtcpParameters rtcp{};
  std::vector<RTCRtpCodecParameters> codecs{};
};

/// webrtc-extensions: sides in pixels, at least 1.
struct RTCResolutionRestriction {
  uint32_t maxWidth = 0;
  uint32_t maxHeight = 0;
  bool operator==(const RTCResolutionRestriction&) const = default;
};

struct RTCRtpCodingParameters {
  std::string rid{};  ///< of simulcast (RFC 8851); empty: the one encoding that has none
};

struct RTCRtpEncodingParameters : RTCRtpCodingParameters {
  bool active = true;
  std::optional<RTCRtpCodec> codec{};  ///< of those negotiated, each encoding another one if need be; absent: the first
  std::optional<uint32_t> maxBitrate{};           ///< bits a second (RFC 3890 §6.2.2)
  std::optional<double> maxFramerate{};           ///< of pictures a second; 0: the first alone
  std::optional<double> scaleResolutionDownBy{};  ///< at least 1; of video. Absent: 1
  /// webrtc-extensions: no larger than this, whatever the orientation; scaleResolutionDownBy counts for nothing then.
  std::optional<RTCResolutionRestriction> scaleResolutionDownTo{};
  RTCPriorityType priority = RTCPriorityType::kLow;  ///< webrtc-priority §4.2.1: weight of its share of the rate
  /// webrtc-priority §4.2.1: the code point that packets leave with (RFC 8837). Absent: best effort's.
  std::optional<RTCPriorityType> networkPriority{};
  /// webrtc-extensions: sound of a low rate goes in longer packets, of which there are fewer.
  bool adaptivePtime = false;
  /// webrtc-svc §4.1: "L1T1" to "L3T3_KEY", "S2T1" to "S3T3h". Absent: one layer. getParameters() says what is in force:
  /// without the dependency descriptor AV1 has no spatial layers, since a receiver could not tell them apart.
  std::optional<std::string> scalabilityMode{};
};

/// mst-content-hint §5: what is kept where the line does not carry all of it.
enum class RTCDegradationPreference : uint8_t { kMaintainFramerate, kMaintainResolution, kBalanced };

struct RTCRtpSendParameters : RTCRtpParameters {
  std::string transactionId{};  ///< of the getParameters() whose result setParameters() takes
  std::vector<RTCRtpEncodingParameters> encodings{};
  /// Of pictures; absent: they get smaller, and stay as many.
  std::optional<RTCDegradationPreference> degradationPreference{};
};

/// webrtc-extensions §3.5: what setParameters() is asked for beside, one for each encoding in order, or none.
struct RTCEncodingOptions {
  bool keyFrame = false;  ///< the next picture is a key frame
};
struct RTCSetParameterOptions {
  std::vector<RTCEncodingOptions> encodingOptions{};
};

struct RTCRtpReceiveParameters : RTCRtpParameters {};

/// §5.3: a source whose media was played in the last ten seconds.
struct RTCRtpContributingSource {
  double timestamp = 0;                ///< milliseconds since 1970, when it was last played
  uint32_t source = 0;                 ///< SSRC or CSRC
  std::optional<double> audioLevel{};  ///< 0 to 1, by the header extension (RFC 6464); absent where it has none
  uint32_t rtpTimestamp = 0;
  /// webrtc-extensions: when it was captured, in milliseconds since 1900 by the NTP clock of who captured it, and by
  /// how many that clock is ahead of the sender's, as the sender estimates it. Where abs-capture-time is negotiated, and
  /// told.
  std::optional<double> captureTimestamp{}, senderCaptureTimeOffset{};
};

struct RTCRtpSynchronizationSource : RTCRtpContributingSource {};

}  // namespace tincan::inline v0::stack
