#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stack/api/dtmf_playout.h"

namespace tincan::inline v0::stack {

class RtpSender;
struct ConnectionLink;

struct RTCDTMFToneChangeEvent {
  std::string tone;  ///< that begins; "," for a pause of two seconds, "" when the last one is over
};

/// W3C RTCDTMFSender (§7.2): telephone tones as named events (RFC 4733) in place of the sender's sound. Played as the
/// sender's track is captured, in its steps: without a track nothing is.
class DTMFSender {
 public:
  DTMFSender(const RtpSender& sender, std::shared_ptr<ConnectionLink> link);

  /// Replaces what waits. `duration` of each tone (40 to 6000 ms) and the gap behind it (30 to 6000 ms) are brought
  /// within their bounds. InvalidStateError where canInsertDTMF() is false; SyntaxError for anything but 0-9, A-D, #, *
  /// and the comma (the W3C's InvalidCharacterError).
  Result<void> insertDTMF(std::string_view tones, uint32_t duration = 100, uint32_t interToneGap = 70);
  /// The sender sends sound, and the far end takes telephone-event.
  bool canInsertDTMF() const;
  const std::string& toneBuffer() const { return playout_.buffer(); }

  std::function<void(RTCDTMFToneChangeEvent)> ontonechange;

  // -- for the stack --
  DtmfPlayout& playout() { return playout_; }

 private:
  const RtpSender& sender_;
  std::shared_ptr<ConnectionLink> link_;
  DtmfPlayout playout_;
};

}  // namespace tincan::inline v0::stack
