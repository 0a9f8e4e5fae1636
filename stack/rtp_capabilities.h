#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "media/codec/codec_factory.h"
#include "stack/api/direction.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// W3C RTCRtpCodec (§5.2.10).
struct RTCRtpCodec {
  std::string mimeType{};                    ///< "video/VP8"; compared without regard to case
  uint32_t clockRate = 0;                    ///< of the RTP timestamps, in Hz
  std::optional<uint16_t> channels{};        ///< audio
  std::optional<std::string> sdpFmtpLine{};  ///< a=fmtp, without the payload type
  bool operator==(const RTCRtpCodec&) const = default;
};

struct RTCRtpHeaderExtensionCapability {
  std::string uri;
  /// webrtc-extensions §5: which way it may go.
  RTCRtpTransceiverDirection direction = RTCRtpTransceiverDirection::kSendrecv;
  bool operator==(const RTCRtpHeaderExtensionCapability&) const = default;
};

/// W3C RTCRtpCapabilities (§5.2.9).
struct RTCRtpCapabilities {
  std::vector<RTCRtpCodec> codecs;
  std::vector<RTCRtpHeaderExtensionCapability> headerExtensions;
};

/// What a factory has for one kind, with what goes beside it; "video/rtx" once, behind the codecs that it repairs. Nothing for kApplication.
RTCRtpCapabilities sendCapabilities(MediaKind kind, const media::CodecFactory& factory);
RTCRtpCapabilities receiveCapabilities(MediaKind kind, const media::CodecFactory& factory);

/// Whether a codec is that format: type, clock, channels, and the same parameters in whatever order (W3C "codec
/// dictionary match").
bool matches(const RTCRtpCodec& codec, const media::CodecFormat& format);
/// The format that such a codec is.
media::CodecFormat formatOf(const RTCRtpCodec& codec);
/// What only goes beside a codec: repair, tones and comfort noise. It is agreed on like a codec, and never sent by.
bool isAuxiliary(std::string_view codecName);
/// Of those, what is sent beforehand: red, ulpfec, flexfec-03.
bool isFec(std::string_view codecName);
/// "video/rtx" (RFC 4588 §8.2).
bool isRtx(const RTCRtpCodec& codec);

/// W3C §5.4.2 setCodecPreferences, its checks: the list without what it says twice. kInvalidModificationError for what
/// the factory does not have, for another kind's, and for a list of nothing but repair, tones and comfort noise.
Result<std::vector<RTCRtpCodec>> checkedPreferences(MediaKind kind, const std::vector<RTCRtpCodec>& codecs,
                                                    const media::CodecFactory& factory);

}  // namespace tincan::inline v0::stack
