#include "sdp/attribute_values.h"

#include "sdp/text.h"

namespace tincan::inline v0::sdp {
namespace {

std::optional<uint8_t> hexByte(char high, char low) {
  const auto digit = [](char c) {
    if (isDigit(c)) return c - '0';
    const char lower = toLower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  const int h = digit(high), l = digit(low);
  if (h < 0 || l < 0) return std::nullopt;
  return static_cast<uint8_t>(h << 4 | l);
}

std::optional<SimulcastStreams> parseStreams(std::string_view list) {
  SimulcastStreams streams;
  if (list.empty() || list.back() == ';') return std::nullopt;
  while (!list.empty()) {
    std::string_view alternatives = takeUntil(list, ';');
    if (alternatives.empty() || alternatives.back() == ',') return std::nullopt;
    auto& stream = streams.emplace_back();
    while (!alternatives.empty()) {
      std::string_view rid = takeUntil(alternatives, ',');
      const bool paused = !rid.empty() && rid.front() == '~';
      if (paused) rid.remove_prefix(1);
      if (!isRid(rid)) return std::nullopt;
      stream.push_back({std::string(rid), paused});
    }
  }
  return streams;
}

}  // namespace

bool isRid(std::string_view text) {
  return !text.empty() && allOf(text, [](char c) { return isAlpha(c) || isDigit(c) || c == '-' || c == '_'; });
}

std::optional<Direction> parseDirection(std::string_view text) {
  for (Direction direction : {Direction::kSendRecv, Direction::kSendOnly, Direction::kRecvOnly, Direction::kInactive})
    if (text == name(direction)) return direction;
  return std::nullopt;
}

std::optional<Setup> parseSetup(std::string_view text) {
  for (Setup setup : {Setup::kActpass, Setup::kActive, Setup::kPassive, Setup::kHoldconn})
    if (text == name(setup)) return setup;
  return std::nullopt;
}

std::optional<std::vector<std::string>> parseWords(std::string_view text) {
  std::vector<std::string> words;
  for (std::string_view word = takeWord(text); !word.empty(); word = takeWord(text)) {
    if (!isWord(word)) return std::nullopt;
    words.emplace_back(word);
  }
  return words;
}

std::optional<Connection> parseConnection(std::string_view text) {
  const std::string_view networkType = takeUntil(text, ' ');
  const std::string_view addressType = takeUntil(text, ' ');
  if (!isToken(networkType) || !isToken(addressType) || !isWord(text)) return std::nullopt;
  return Connection{std::string(networkType), std::string(addressType), std::string(text)};
}

std::optional<Bandwidth> parseBandwidth(std::string_view text) {
  const std::string_view type = takeUntil(text, ':');
  const auto value = parseNumber(text);
  if (!isToken(type) || !value) return std::nullopt;
  return Bandwidth{std::string(type), *value};
}

std::optional<Group> parseGroup(std::string_view text) {
  const std::string_view semantics = takeWord(text);
  auto mids = parseWords(text);
  if (!isToken(semantics) || !mids) return std::nullopt;
  return Group{std::string(semantics), std::move(*mids)};
}

std::optional<MsidSemantic> parseMsidSemantic(std::string_view text) {
  const std::string_view semantic = takeWord(text);
  auto ids = parseWords(text);
  if (!isToken(semantic) || !ids) return std::nullopt;
  return MsidSemantic{std::string(semantic), std::move(*ids)};
}

std::optional<Fingerprint> parseFingerprint(std::string_view text) {
  const std::string_view algorithm = takeUntil(text, ' ');
  if (!isToken(algorithm) || text.size() % 3 != 2) return std::nullopt;
  Fingerprint fingerprint{lowerCase(algorithm), {}};
  for (size_t i = 0; i < text.size(); i += 3) {
    const auto byte = hexByte(text[i], text[i + 1]);
    if (!byte || (i + 2 < text.size() && text[i + 2] != ':')) return std::nullopt;
    fingerprint.value.push_back(*byte);
  }
  return fingerprint;
}

std::optional<RtcpAddress> parseRtcpAddress(std::string_view text) {
  const bool withAddress = text.find(' ') != std::string_view::npos;
  const auto port = parseNumber(takeUntil(text, ' '), 65535);
  if (!port) return std::nullopt;
  RtcpAddress rtcp{static_cast<uint16_t>(*port), std::nullopt};
  if (!withAddress) return rtcp;
  rtcp.connection = parseConnection(text);
  if (!rtcp.connection) return std::nullopt;
  return rtcp;
}

std::optional<RtpMap> parseRtpMap(std::string_view text) {
  const auto payloadType = parseNumber(takeUntil(text, ' '), 127);
  const std::string_view encoding = takeUntil(text, '/');
  const bool withChannels = text.find('/') != std::string_view::npos;
  const auto clockRate = parseNumber(takeUntil(text, '/'), UINT32_MAX);
  if (!payloadType || !isToken(encoding) || !clockRate || *clockRate == 0) return std::nullopt;
  RtpMap map{static_cast<uint8_t>(*payloadType), std::string(encoding), static_cast<uint32_t>(*clockRate), {}};
  if (!withChannels) return map;
  const auto channels = parseNumber(text, 255);
  if (!channels || *channels == 0) return std::nullopt;
  map.channels = static_cast<uint32_t>(*channels);
  return map;
}

std::optional<RtcpFeedback> parseRtcpFeedback(std::string_view text) {
  const std::string_view format = takeUntil(text, ' ');
  if (text.empty() || !isTokenChar(text.front()) || text.back() == ' ') return std::nullopt;
  if (format == "*") return RtcpFeedback{std::nullopt, std::string(text)};
  const auto payloadType = parseNumber(format, 127);
  if (!payloadType) return std::nullopt;
  return RtcpFeedback{static_cast<uint8_t>(*payloadType), std::string(text)};
}

std::optional<ExtMap> parseExtMap(std::string_view text) {
  std::string_view head = takeUntil(text, ' ');
  const std::string_view uri = takeUntil(text, ' ');
  const bool withDirection = head.find('/') != std::string_view::npos;
  const auto id = parseNumber(takeUntil(head, '/'), 4351);
  // RFC 8285 §5 and §7: 1…255 are used, 4096…4351 only offered.
  if (!id || *id == 0 || (*id > 255 && *id < 4096) || !isWord(uri)) return std::nullopt;
  ExtMap map{static_cast<uint16_t>(*id), std::nullopt, std::string(uri), std::string(text)};
  if (!withDirection) return map;
  map.direction = parseDirection(head);
  if (!map.direction) return std::nullopt;
  return map;
}

std::optional<Msid> parseMsid(std::string_view text) {
  const std::string_view streamId = takeUntil(text, ' ');
  if (!isWord(streamId) || (!text.empty() && !isWord(text))) return std::nullopt;
  return Msid{std::string(streamId), std::string(text)};
}

std::optional<SsrcGroup> parseSsrcGroup(std::string_view text) {
  const std::string_view semantics = takeWord(text);
  if (!isToken(semantics)) return std::nullopt;
  SsrcGroup group{std::string(semantics), {}};
  for (std::string_view word = takeWord(text); !word.empty(); word = takeWord(text)) {
    const auto ssrc = parseNumber(word, UINT32_MAX);
    if (!ssrc) return std::nullopt;
    group.ssrcs.push_back(static_cast<uint32_t>(*ssrc));
  }
  return group;
}

std::optional<Rid> parseRid(std::string_view text) {
  const std::string_view id = takeUntil(text, ' ');
  const std::string_view way = takeUntil(text, ' ');
  if (!isRid(id) || (way != "send" && way != "recv")) return std::nullopt;
  return Rid{std::string(id), way == "send", std::string(text)};
}

std::optional<Simulcast> parseSimulcast(std::string_view text) {
  Simulcast simulcast;
  // RFC 8853 §5.1: one list for each direction, in either order.
  for (std::string_view way = takeWord(text); !way.empty(); way = takeWord(text)) {
    if (way != "send" && way != "recv") return std::nullopt;
    SimulcastStreams& target = way == "send" ? simulcast.send : simulcast.receive;
    auto streams = parseStreams(takeWord(text));
    if (!streams || !target.empty()) return std::nullopt;
    target = std::move(*streams);
  }
  if (simulcast.send.empty() && simulcast.receive.empty()) return std::nullopt;
  return simulcast;
}

bool isIceText(std::string_view text, size_t minimum) {
  constexpr size_t kMaximum = 256;
  return text.size() >= minimum && text.size() <= kMaximum && allOf(text, isIceChar);
}

std::optional<std::string> parseIceText(std::string_view text, size_t minimum) {
  return isIceText(text, minimum) ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace tincan::inline v0::sdp
