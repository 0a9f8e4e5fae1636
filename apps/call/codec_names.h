#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "stack/rtp_capabilities.h"

namespace tincan::inline v0::apps {

/// `--codec`: names as people say them ("vp9", "H264", "opus"), and what they stand for.

/// Every codec of that name and kind that can be sent and received here, in the order of the names, with the RTX and FEC
/// that goes beside them. Empty where no name is of that kind.
std::vector<stack::RTCRtpCodec> codecsNamed(stack::MediaKind kind, const std::vector<std::string>& names);

/// `--send-codec`: that of one encoding, by its place among the names of its kind; where they are fewer, the last one. None
/// where no name is of that kind.
std::optional<stack::RTCRtpCodec> encodingCodec(stack::MediaKind kind, const std::vector<std::string>& names,
                                                size_t encoding);

/// One line that lists what there is, where a name is none of it.
Result<void> checkCodecNames(const std::string& option, const std::vector<std::string>& names);

}  // namespace tincan::inline v0::apps
