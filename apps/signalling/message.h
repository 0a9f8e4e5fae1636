#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "stack/configuration.h"

namespace tincan::inline v0::apps {

/// The call is over.
struct Bye {
  std::string reason{};  ///< in words, for people; may be empty
};

/// What the sender has received so far: what our page says, so that a call too short for RTCP's receiver reports
/// (audio's come about every 5 s, RFC 3550 §6.2) can still be judged.
struct Received {
  uint64_t audioPackets = 0;
  uint64_t videoFrames = 0;  ///< decoded
};

/// What the other end found to mend in what we wrote; nothing to act upon.
struct Notes {};

/// What two peers tell each other to set up a call, one JSON object each:
///
///     {"description": {"type": "offer", "sdp": "v=0…"}}
///     {"candidate": {"candidate": "candidate:…", "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": "…"}}
///     {"candidate": null}                       no more candidates (the same as an empty candidate text)
///     {"notes": ["line 7: …"]}                  from --stdio: what was mended in a description
///     {"received": {"audioPackets": 100, "videoFrames": 60}}        from our page, now and then
///     {"bye": true, "reason": "time is up"}     the reason is optional
using SignallingMessage = std::variant<stack::RTCSessionDescription, stack::RTCIceCandidate, Received, Bye, Notes>;

/// A description of 128 sections as browsers write them (sdp::kMaxTextSize), its line ends escaped: some 800 KiB.
inline constexpr size_t kMaxSignallingMessage = 1 << 20;

/// kSyntaxError, in one line, for what is none of the above.
Result<SignallingMessage> parseMessage(std::string_view json);
/// Whether a message that parseMessage refused was meant as a candidate: the others may do, so it is no end of a call.
bool meansCandidate(std::string_view json);
/// One line, no newline at its end.
std::string toJson(const SignallingMessage& message);
/// {"notes":[…]}, for whoever reads --stdio: a text for each thing of a description that was mended or left out.
std::string notesJson(const std::vector<std::string>& lines);

}  // namespace tincan::inline v0::apps
