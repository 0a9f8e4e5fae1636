#pragma once

#include <cstdlib>

#include "base/bytes.h"
#include "sdp/parser.h"
#include "sdp/writer.h"

namespace tincan::inline v0::fuzz {

/// Whatever the letter takes, the lenient reader takes as the same; whatever it mends is then by the letter, but for ICE
/// credentials, and needs no mending any more. Its notes speak of lines that are there.
inline void fuzzSdpLenient(ByteView data) {
  sdp::Notes notes;
  const auto session = sdp::parseLeniently(asText(data), notes);
  const auto strict = sdp::parse(asText(data));
  if (!session) {
    // A credential that is essential is refused by both; the letter reads no more than the field does.
    if (strict || !sdp::errorLine(session.error())) std::abort();
    return;
  }
  for (const sdp::Note& note : notes.all())
    if (note.line > data.size() + 1 || note.what.empty() || note.rule.empty()) std::abort();
  const auto text = sdp::write(*session);
  if (!text) {
    bool credentials = text.error().code() == ErrorCode::kLimit;  // CRLF for LF may carry a text past the limit
    for (const sdp::Note& note : notes.all()) credentials = credentials || note.rule == "RFC 8839 §5.4";
    if (!credentials && notes.omitted() == 0) std::abort();
    return;
  }
  sdp::Notes none;
  const auto again = sdp::parseLeniently(*text, none);
  if (!again || !(*again == *session) || !none.all().empty()) std::abort();
}

}  // namespace tincan::inline v0::fuzz
