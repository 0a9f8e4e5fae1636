#pragma once

#include "base/result.h"
#include "sdp/session.h"
#include "stack/jsep/remote_description.h"

/// The pieces of interpret() that read one m= section without looking at its neighbours.
namespace tincan::inline v0::stack {

/// Kind, mid, direction, the m= line; codecs, extensions and sources of a section that is accepted and supported.
Result<RemoteSection> readSection(const sdp::Session& session, const sdp::Media& media, size_t index,
                                  const Reading& reading);
/// The codecs of a section, RTX folded into what it repairs.
std::vector<CodecSpec> readCodecs(const sdp::Media& media);
/// The transport of `media`; what it lacks is looked for in the session's part, then in `tagged` (the section whose
/// transport the BUNDLE group uses, or nullptr).
Result<TransportDescription> readTransport(const sdp::Session& session, const sdp::Media& media,
                                           const sdp::Media* tagged, const Reading& reading);

}  // namespace tincan::inline v0::stack
