#include "stack/jsep/payload_type_table.h"

#include <utility>

#include "stack/jsep/codec_format.h"

namespace tincan::stack {

void PayloadTypeTable::set(uint8_t type, Meaning meaning) {
  if (type >= types_.size()) return;
  meaning.learnt = ++count_;
  types_[type] = std::move(meaning);
}

void PayloadTypeTable::learn(MediaKind kind, const CodecSpec& codec) {
  media::CodecFormat format = formatOf(kind, codec);
  if (codec.rtxPayloadType) set(*codec.rtxPayloadType, {kind, format, codec.payloadType});
  set(codec.payloadType, {kind, std::move(format), std::nullopt});
}

bool PayloadTypeTable::means(uint8_t type, MediaKind kind, const media::CodecFormat& format) const {
  if (type >= types_.size() || !types_[type]) return false;
  const Meaning& meaning = *types_[type];
  return !meaning.repairs && meaning.kind == kind && media::sameCodec(meaning.format, format);
}

std::optional<uint8_t> PayloadTypeTable::known(MediaKind kind, const media::CodecFormat& format) const {
  std::optional<uint8_t> newest;
  for (size_t type = 0; type < types_.size(); ++type) {
    if (!means(static_cast<uint8_t>(type), kind, format)) continue;
    if (!newest || types_[*newest]->learnt < types_[type]->learnt) newest = static_cast<uint8_t>(type);
  }
  return newest;
}

// RFC 3551 §3: the dynamic range, its upper end first, where the usual numbers are fewer; then the part below it that
// RFC 5761 §4 leaves to RTP beside RTCP.
std::optional<uint8_t> PayloadTypeTable::free(uint8_t wanted) const {
  if (!types_[wanted]) return wanted;
  for (const auto& [first, last] : {std::pair<uint8_t, uint8_t>{114, 124}, {35, 63}, {96, 127}}) {
    for (uint8_t type = first; type <= last; ++type)
      if (!types_[type]) return type;
  }
  return std::nullopt;
}

bool PayloadTypeTable::number(MediaKind kind, CodecSpec& codec) {
  media::CodecFormat format = formatOf(kind, codec);
  std::optional<uint8_t> type = codec.payloadType;
  if (!means(codec.payloadType, kind, format)) type = known(kind, format);
  if (!type) type = free(codec.payloadType);
  if (!type) return false;
  codec.payloadType = *type;
  set(*type, {kind, format, std::nullopt});
  if (!codec.rtxPayloadType) return true;
  std::optional<uint8_t> rtx;
  for (size_t i = 0; i < types_.size(); ++i)
    if (types_[i] && types_[i]->repairs == type && types_[i]->kind == kind) rtx = static_cast<uint8_t>(i);
  if (!rtx) rtx = free(*codec.rtxPayloadType);
  codec.rtxPayloadType = rtx;  // without a number there is no repair
  if (rtx) set(*rtx, {kind, std::move(format), type});
  return true;
}

}  // namespace tincan::stack
