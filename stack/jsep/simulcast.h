#pragma once

#include <string>
#include <vector>

#include "stack/jsep/remote_description.h"
#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// Of the encodings that the peer offers to send, those that are taken: the first kMaxRids of a section of pictures, and
/// all of them, since each is decoded by itself.
std::vector<RidSpec> acceptedRids(const RemoteSection& offered);

/// What an answer leaves of what was offered (RFC 8853 §5.3.2): encodings that it does not name are not sent, those that
/// it pauses wait. Nothing where it has no simulcast at all.
std::vector<RidSpec> agreedRids(const std::vector<RidSpec>& offered, const std::vector<RidSpec>& answered);

std::vector<RidSpec> toSpecs(const std::vector<std::string>& rids);
std::vector<std::string> idsOf(const std::vector<RidSpec>& rids);

}  // namespace tincan::inline v0::stack
