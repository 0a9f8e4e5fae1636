#include "rtp/rtcp/packet.h"

#include <utility>

namespace tincan::inline v0::rtp::rtcp {
namespace {

template <class T>
Verdict parseInto(const Block& block, std::vector<Packet>& out) {
  T& packet = std::get<T>(out.emplace_back(std::in_place_type<T>));
  return parse(block, packet);
}

Verdict keepUnknown(const Block& block, std::vector<Packet>& out) {
  Unknown unknown{block.type, block.count, toBytes(block.body)};
  unknown.body.resize((unknown.body.size() + 3) / 4 * 4);
  out.emplace_back(std::move(unknown));
  return Verdict::kOk;
}

Verdict parseBlock(const Block& block, std::vector<Packet>& out) {
  switch (block.type) {
    case kSenderReportType: return parseInto<SenderReport>(block, out);
    case kReceiverReportType: return parseInto<ReceiverReport>(block, out);
    case kSdesType: return parseInto<Sdes>(block, out);
    case kByeType: return parseInto<Bye>(block, out);
    case kAppType: return parseInto<App>(block, out);
    case kExtendedReportType: return parseInto<ExtendedReport>(block, out);
    case kTransportFeedbackType:
      if (block.count == kNackFormat) return parseInto<Nack>(block, out);
      if (block.count == kTmmbrFormat) return parseInto<Tmmbr>(block, out);
      if (block.count == kTmmbnFormat) return parseInto<Tmmbn>(block, out);
      if (block.count == kCongestionFormat) return parseInto<CongestionFeedback>(block, out);
      if (block.count == kTransportWideFormat) return parseInto<TransportFeedback>(block, out);
      break;
    case kPayloadFeedbackType:
      if (block.count == kPliFormat) return parseInto<Pli>(block, out);
      if (block.count == kSliFormat) return parseInto<Sli>(block, out);
      if (block.count == kRpsiFormat) return parseInto<Rpsi>(block, out);
      if (block.count == kFirFormat) return parseInto<Fir>(block, out);
      if (isRemb(block)) return parseInto<Remb>(block, out);
      break;
    default: break;
  }
  return keepUnknown(block, out);
}

}  // namespace

Verdict parseCompound(ByteView compound, std::vector<Packet>& out) {
  out.clear();
  if (compound.empty()) return Verdict::kMalformed;
  BlockReader counter(compound);
  Block block;
  size_t blocks = 0;
  while (counter.next(block)) ++blocks;
  if (counter.failed()) return Verdict::kMalformed;
  out.reserve(blocks);
  BlockReader reader(compound);
  while (reader.next(block)) {
    const Verdict verdict = parseBlock(block, out);
    if (verdict != Verdict::kOk) {
      out.clear();
      return verdict;
    }
  }
  return Verdict::kOk;
}

Result<std::vector<Packet>> parseCompound(ByteView compound) {
  std::vector<Packet> packets;
  switch (parseCompound(compound, packets)) {
    case Verdict::kOk: return packets;
    case Verdict::kMalformed: return {ErrorCode::kMalformed, "rtcp packet"};
    case Verdict::kLimit: return {ErrorCode::kLimit, "rtcp list size"};
  }
  return {ErrorCode::kMalformed, "rtcp packet"};
}

bool write(ByteWriter& writer, const Unknown& unknown) {
  BlockWriter block(writer, unknown.count, unknown.type);
  writer.bytes(unknown.body);
  return unknown.count <= kMaxCount && block.close();
}

bool write(ByteWriter& writer, const Packet& packet) {
  return std::visit([&](const auto& one) { return write(writer, one); }, packet);
}

}  // namespace tincan::inline v0::rtp::rtcp
