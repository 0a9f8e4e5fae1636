#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "sdp/notes.h"
#include "sdp/session.h"

namespace tincan::inline v0::sdp {

// LIMITS B08: room for 128 sections as browsers write them, each up to 6 KiB. Of lines of four bytes, the costliest, that
// is a model of some 20 MiB while it is read.
constexpr size_t kMaxTextSize = 1024 * 1024;
constexpr size_t kMaxMediaSections = 128;

/// Reads a session description (RFC 8866 and the attributes of sdp/attributes.h). Lines may end in LF or CRLF, the last
/// one in nothing. The order of line types is enforced (RFC 8866 §5), a malformed attribute that we know is an error
/// (RFC 8829 §5.8), one that we do not know is kept. Duplicates of a mid, of an SSRC between sections, of an extmap id,
/// a payload type or a rid in one section are errors. Time and memory grow with the size of the text (times the
/// logarithm of its distinct SSRCs).
///
/// Errors are kMalformed or kLimit, and their message begins with "line N: ".
Result<Session> parse(std::string_view text);

/// Reads it as browsers do, which is what descriptions of peers want: line types in any order, blanks and empty lines
/// anywhere, and what the call can do without mended or left out, each with a note. What it cannot do without is an
/// error as above: m=, and an ice-ufrag, ice-pwd or fingerprint that nothing else stands in for. What comes out keeps
/// every promise of parse(): write() prints it, and parseLeniently() reads that back without a word (parse() too, but
/// for the characters that browsers let pass in ICE credentials).
Result<Session> parseLeniently(std::string_view text, Notes& notes);

/// The line that an error of parse() speaks of (from 1): what W3C calls sdpLineNumber.
std::optional<size_t> errorLine(const Error& error);

}  // namespace tincan::inline v0::sdp
