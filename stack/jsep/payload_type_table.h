#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/codec/codec_format.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// What payload types have meant in a session, in either side's descriptions: a number that has had a meaning keeps it
/// (RFC 3264 §8.3.2, RFC 9429 §5.2.2), and in one BUNDLE it has one meaning (RFC 9143 §9.1). Bounded by what a payload
/// type can be.
class PayloadTypeTable {
 public:
  /// A description has this codec. The newest one counts: a peer that gives a number another meaning is believed.
  void learn(MediaKind kind, const CodecSpec& codec);
  /// Numbers for a codec of ours, RTX's included: those that it has had last, else those that it comes with, else free
  /// ones. False when there are none left.
  bool number(MediaKind kind, CodecSpec& codec);

 private:
  struct Meaning {
    uint8_t type = 0;
    std::optional<uint8_t> repairs{};  // RTX: of this payload type, and no format
    MediaKind kind{};
    media::CodecFormat format{};
  };

  const Meaning* find(uint8_t type) const;
  static bool means(const Meaning* meaning, MediaKind kind, const media::CodecFormat& format);
  std::optional<uint8_t> known(MediaKind kind, const media::CodecFormat& format) const;
  std::optional<uint8_t> free(uint8_t wanted) const;
  void set(Meaning meaning);

  std::vector<Meaning> meanings_;  // one of a payload type, the newest last; idle connections have none
};

}  // namespace tincan::inline v0::stack
