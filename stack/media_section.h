#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "media/encoded_source.h"
#include "rtp/extensions.h"
#include "session/section.h"
#include "stack/layer_selector.h"
#include "stack/media_sender.h"
#include "stack/negotiated_section.h"

namespace tincan::inline v0::stack {

/// One negotiated section and what a MediaSession keeps for it: its sender, and who chooses among what it receives.
struct MediaSection {
  NegotiatedSection negotiated;
  std::unique_ptr<MediaSender> sender{};
  std::vector<CodecSpec> sending{};                 ///< of each of the sender's encodings
  std::vector<std::optional<RTCRtpCodec>> asked{};  ///< what their parameters wished when it was made
  uint32_t mostBySize = 0;                          ///< that SenderRates::noteSizes has heeded
  std::shared_ptr<media::EncodedSource> source{};   ///< of its track, which chose the codec; null: an encoder's
  std::shared_ptr<LayerSelector> layers{};          ///< of what the peer sends in several encodings
  MediaKind kind() const { return negotiated.transceiver->kind(); }
};

rtp::ExtensionMap extensionMap(const NegotiatedSection& section);
/// What was negotiated, in the session's words.
session::Section toSession(const NegotiatedSection& section);

}  // namespace tincan::inline v0::stack
