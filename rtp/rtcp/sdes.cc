#include "rtp/rtcp/sdes.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr size_t kMaxText = 255;  // one byte of length

void padToWord(ByteWriter& writer, size_t start) {
  while (writer.ok() && (writer.size() - start) % 4 != 0) writer.u8(0);
}

}  // namespace

Verdict SdesView::parse(const Block& block, SdesView& out) {
  out.count_ = block.count;
  out.body_ = block.body;
  return out.walk([](Ssrc) {}, [](SdesType, std::string_view) {}) ? Verdict::kOk : Verdict::kMalformed;
}

Verdict parse(const Block& block, Sdes& out) {
  out.chunks.clear();
  SdesView view;
  if (SdesView::parse(block, view) != Verdict::kOk) return Verdict::kMalformed;
  out.chunks.reserve(block.count);
  view.walk(
      [&](Ssrc ssrc) {
        out.chunks.push_back({ssrc, {}});
      },
      [&](SdesType type, std::string_view text) {
        out.chunks.back().items.push_back({type, std::string(text)});
      });
  return Verdict::kOk;
}

Verdict parse(const Block& block, Bye& out) {
  out.sources.clear();
  out.reason.clear();
  ByteReader reader(block.body);
  if (reader.remaining() < size_t{4} * block.count) return Verdict::kMalformed;
  out.sources.reserve(block.count);
  for (size_t i = 0; i < block.count; ++i) out.sources.push_back(Ssrc(reader.u32()));
  if (reader.atEnd()) return Verdict::kOk;
  const ByteView reason = reader.prefixed8();
  if (!reader.ok()) return Verdict::kMalformed;
  out.reason = asText(reason);
  return Verdict::kOk;
}

bool write(ByteWriter& writer, const Sdes& sdes) {
  if (sdes.chunks.size() > kMaxCount) return false;
  const size_t start = writer.size();
  BlockWriter block(writer, static_cast<uint8_t>(sdes.chunks.size()), kSdesType);
  for (const Sdes::Chunk& chunk : sdes.chunks) {
    writer.u32(chunk.ssrc.value());
    for (const Sdes::Item& item : chunk.items) {
      if (item.text.size() > kMaxText || static_cast<uint8_t>(item.type) == 0) return false;
      writer.u8(static_cast<uint8_t>(item.type));
      writer.u8(static_cast<uint8_t>(item.text.size()));
      writer.bytes(asBytes(item.text));
    }
    writer.u8(0);
    padToWord(writer, start);
  }
  return block.close();
}

bool write(ByteWriter& writer, const Bye& bye) {
  if (bye.sources.size() > kMaxCount || bye.reason.size() > kMaxText) return false;
  const size_t start = writer.size();
  BlockWriter block(writer, static_cast<uint8_t>(bye.sources.size()), kByeType);
  for (Ssrc source : bye.sources) writer.u32(source.value());
  if (!bye.reason.empty()) {
    writer.u8(static_cast<uint8_t>(bye.reason.size()));
    writer.bytes(asBytes(bye.reason));
    padToWord(writer, start);
  }
  return block.close();
}

}  // namespace tincan::inline v0::rtp::rtcp
