#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdp/attributes.h"

/// The grammars of single attribute values: each takes what stands behind the colon and gives nothing when the text
/// breaks the grammar.
namespace tincan::inline v0::sdp {

std::optional<Direction> parseDirection(std::string_view text);
std::optional<Setup> parseSetup(std::string_view text);
/// "IN IP4 0.0.0.0"
std::optional<Connection> parseConnection(std::string_view text);
std::optional<Bandwidth> parseBandwidth(std::string_view text);
std::optional<Group> parseGroup(std::string_view text);
std::optional<MsidSemantic> parseMsidSemantic(std::string_view text);
std::optional<Fingerprint> parseFingerprint(std::string_view text);
std::optional<RtcpAddress> parseRtcpAddress(std::string_view text);
std::optional<RtpMap> parseRtpMap(std::string_view text);
std::optional<RtcpFeedback> parseRtcpFeedback(std::string_view text);
std::optional<ExtMap> parseExtMap(std::string_view text);
std::optional<Msid> parseMsid(std::string_view text);
std::optional<SsrcGroup> parseSsrcGroup(std::string_view text);
std::optional<Rid> parseRid(std::string_view text);
std::optional<Simulcast> parseSimulcast(std::string_view text);
/// RFC 8839 §5.4: 4 to 256 characters for a fragment, 22 to 256 for a password.
std::optional<std::string> parseIceText(std::string_view text, size_t minimum);
bool isIceText(std::string_view text, size_t minimum);
std::optional<std::vector<std::string>> parseWords(std::string_view text);
/// RFC 8851 §4: rid-id = 1*(alpha-numeric / "-" / "_").
bool isRid(std::string_view text);

}  // namespace tincan::inline v0::sdp
