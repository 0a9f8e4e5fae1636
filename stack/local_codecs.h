#pragma once

#include <vector>

#include "media/codec/codec_factory.h"
#include "stack/configuration.h"
#include "stack/jsep/types.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::stack {

/// What our side has to say about codecs in a section: the factory's formats, narrowed by which way media goes, or by
/// setCodecPreferences. Made when a description is, and not kept: idle connections need none.
class LocalCodecs {
 public:
  /// Both ways of looking at a section.
  struct Wish {
    MediaKind kind{};
    Direction direction = Direction::kSendRecv;
    const std::vector<RTCRtpCodec>& preferences;  ///< empty: none
  };

  explicit LocalCodecs(const media::CodecFactory& factory, const FecSettings& fec = {});

  const MediaCapabilities& all(MediaKind kind) const;
  /// RFC 9429 §5.2.1 and §5.2.2: what was agreed on before comes first, under its numbers; then what else there is.
  /// Numbers of what is new are wishes.
  std::vector<CodecSpec> offer(const Wish& wish, const std::vector<CodecSpec>& agreed) const;
  /// RFC 9429 §5.3.1, of what the offer and all() have in common: in the offer's order, or in that of the preferences.
  /// Empty where the preferences leave nothing.
  std::vector<CodecSpec> answer(const Wish& wish, const std::vector<CodecSpec>& common) const;

  /// Whether it can be sent by.
  bool encodes(MediaKind kind, const CodecSpec& codec) const;

 private:
  struct Format {
    media::SupportedFormat supported;
    CodecSpec spec;
  };
  const std::vector<Format>& formats(MediaKind kind) const { return kind == MediaKind::kAudio ? audio_ : video_; }
  const Format* find(MediaKind kind, const CodecSpec& codec) const;
  static std::vector<Format> formatsOf(MediaCapabilities& capabilities, MediaKind kind,
                                       const media::CodecFactory& factory, const FecSettings& fec);

  MediaCapabilities all_[2];  // sound, pictures
  MediaCapabilities none_;
  std::vector<Format> audio_, video_;
};

}  // namespace tincan::inline v0::stack
