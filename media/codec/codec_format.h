#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tincan::inline v0::media {

enum class CodecKind : uint8_t { kAudio, kVideo };

/// A codec as a description says it: what a=rtpmap and a=fmtp hold, without the payload type.
struct CodecFormat {
  CodecKind kind = CodecKind::kVideo;
  std::string name{};      ///< "VP8", "opus": RFC 4855 §3, compared without regard to case
  uint32_t clockRate = 0;  ///< of the RTP timestamps, in Hz
  uint8_t channels = 1;    ///< audio; what rtpmap says (opus: always 2, RFC 7587 §7)
  /// a=fmtp, in the order written; one without '=' has an empty value.
  std::vector<std::pair<std::string, std::string>> parameters{};

  /// The value of a parameter, whose name is compared without regard to case, or `otherwise`.
  std::string_view parameter(std::string_view key, std::string_view otherwise = {}) const;
  /// A parameter that is a decimal number; `otherwise` when it is absent or is none.
  uint32_t number(std::string_view key, uint32_t otherwise) const;
  bool is(std::string_view codecName) const;
  bool operator==(const CodecFormat&) const = default;
};

/// Whether two formats are the same codec in the sense of RFC 9429 §5.10 and RFC 3264 §6.1: name, clock rate and
/// channels, and those parameters that tell one configuration of a codec from another: H.264 profile and
/// packetization-mode (RFC 6184 §8.2.2), H.265 profile-id and tier-flag (RFC 7798 §7.2.2), VP9 profile-id (RFC 9628
/// §6.1), AV1 profile (its payload format, §7.2.3). A level is not among them.
bool sameCodec(const CodecFormat& a, const CodecFormat& b);

/// Payloads number their pictures (RFC 7741 §4.2, RFC 9628 §4.2): who receives knows that nothing is missing between two,
/// though packet numbers are. Only these can have ULPFEC, whose parity is numbered among the media: libwebrtc's rule.
bool hasPictureNumbers(const CodecFormat& format);

/// Packets say which spatial layer they are of (RFC 9628 §4.2). Of other codecs a receiver learns it from a dependency
/// descriptor alone: without one it takes the layers of a picture for pictures.
bool tellsSpatialLayers(const CodecFormat& format);

/// A video codec of the generation after VP8 and H.264: the same picture in about two thirds of the bits. What is not
/// known is taken for one of theirs.
bool isFrugal(const CodecFormat& format);

}  // namespace tincan::inline v0::media
