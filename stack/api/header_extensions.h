#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "stack/rtp_capabilities.h"

/// webrtc-extensions §5, "RTP header extension control": which extensions a transceiver's next offers and answers have.
namespace tincan::inline v0::stack {

/// webrtc-extensions: one without which BUNDLE does not work (RFC 9143 §15.2) is never stopped.
bool isMandatoryExtension(std::string_view uri);

/// setHeaderExtensionsToNegotiate(), its checks: `wish` names the extensions of `known`, each of them. TypeError for one
/// without a URI, InvalidModificationError for one more or less, one that is not known, and for a mandatory one that
/// is not to go both ways.
Result<void> checkExtensions(const std::vector<RTCRtpHeaderExtensionCapability>& wish,
                             const std::vector<RTCRtpHeaderExtensionCapability>& known);

/// The wish for one of them; null without one.
const RTCRtpHeaderExtensionCapability* findExtension(const std::vector<RTCRtpHeaderExtensionCapability>& list,
                                                     std::string_view uri);

/// What is left of `extensions` where `wish` stops some, and in which directions. What it does not name stays.
std::vector<ExtensionSpec> wishedOf(const std::vector<RTCRtpHeaderExtensionCapability>& wish,
                                    std::vector<ExtensionSpec> extensions);

}  // namespace tincan::inline v0::stack
