#include "stack/jsep/payload_type_table.h"

#include <utility>

#include "stack/jsep/codec_format.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint8_t kHighest = 127;  // RFC 3550 §5.1: seven bits

}  // namespace

const PayloadTypeTable::Meaning* PayloadTypeTable::find(uint8_t type) const {
  for (const Meaning& meaning : meanings_)
    if (meaning.type == type) return &meaning;
  return nullptr;
}

void PayloadTypeTable::set(Meaning meaning) {
  if (meaning.type > kHighest) return;
  std::erase_if(meanings_, [&](const Meaning& other) { return other.type == meaning.type; });
  meanings_.push_back(std::move(meaning));
}

void PayloadTypeTable::learn(MediaKind kind, const CodecSpec& codec) {
  if (codec.rtxPayloadType) set({*codec.rtxPayloadType, codec.payloadType, kind, {}});
  set({codec.payloadType, std::nullopt, kind, formatOf(kind, codec)});
}

bool PayloadTypeTable::means(const Meaning* meaning, MediaKind kind, const media::CodecFormat& format) {
  return meaning && !meaning->repairs && meaning->kind == kind && media::sameCodec(meaning->format, format);
}

std::optional<uint8_t> PayloadTypeTable::known(MediaKind kind, const media::CodecFormat& format) const {
  for (auto newest = meanings_.rbegin(); newest != meanings_.rend(); ++newest)
    if (means(&*newest, kind, format)) return newest->type;
  return std::nullopt;
}

// RFC 3551 §3: the dynamic range, its upper end first, where the usual numbers are fewer; then the part below it that
// RFC 5761 §4 leaves to RTP beside RTCP.
std::optional<uint8_t> PayloadTypeTable::free(uint8_t wanted) const {
  if (!find(wanted)) return wanted;
  for (const auto& [first, last] : {std::pair<uint8_t, uint8_t>{114, 124}, {35, 63}, {96, 127}}) {
    for (uint8_t type = first; type <= last; ++type)
      if (!find(type)) return type;
  }
  return std::nullopt;
}

bool PayloadTypeTable::number(MediaKind kind, CodecSpec& codec) {
  media::CodecFormat format = formatOf(kind, codec);
  std::optional<uint8_t> type = codec.payloadType;
  if (!means(find(codec.payloadType), kind, format)) type = known(kind, format);
  if (!type) type = free(codec.payloadType);
  if (!type) return false;
  codec.payloadType = *type;
  set({*type, std::nullopt, kind, std::move(format)});
  if (!codec.rtxPayloadType) return true;
  std::optional<uint8_t> rtx;
  for (const Meaning& meaning : meanings_)
    if (meaning.repairs == type && meaning.kind == kind) rtx = meaning.type;
  if (!rtx) rtx = free(*codec.rtxPayloadType);
  codec.rtxPayloadType = rtx;  // without a number there is no repair
  if (rtx) set({*rtx, type, kind, {}});
  return true;
}

}  // namespace tincan::inline v0::stack
