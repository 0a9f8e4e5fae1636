#pragma once

#include "base/bytes.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::rtp::rtcp {

/// Parses compound packets for whoever acts on them at once. What parseCompound copies into a list lies here in structs
/// that are kept from packet to packet: no allocation once they have grown. Owned by the receiver of one session's
/// RTCP.
class CompoundParser {
 public:
  /// Calls `visit` with each packet, in order: a const reference to one of the alternatives of Packet, but SdesView for
  /// SDES and Block for what is not known. It is good until `visit` returns. One that lies has the whole refused before
  /// anything is visited.
  template <class Visitor>
  Verdict parse(ByteView compound, Visitor&& visit) {
    const Verdict verdict = walk(compound, [](const auto&) {});
    return verdict == Verdict::kOk ? walk(compound, visit) : verdict;
  }

 private:
  template <class Visitor>
  Verdict walk(ByteView compound, Visitor&& visit) {
    BlockReader reader(compound);
    Block block;
    while (reader.next(block)) {
      const Verdict verdict = parseBlock(block, visit);
      if (verdict != Verdict::kOk) return verdict;
    }
    return reader.failed() || compound.empty() ? Verdict::kMalformed : Verdict::kOk;
  }

  template <class T, class Visitor>
  static Verdict into(const Block& block, T& kept, Visitor&& visit) {
    const Verdict verdict = rtcp::parse(block, kept);
    if (verdict == Verdict::kOk) visit(static_cast<const T&>(kept));
    return verdict;
  }

  template <class Visitor>
  Verdict parseBlock(const Block& block, Visitor&& visit) {
    switch (block.type) {
      case kSenderReportType: return into(block, senderReport_, visit);
      case kReceiverReportType: return into(block, receiverReport_, visit);
      case kSdesType: {
        SdesView sdes;
        const Verdict verdict = SdesView::parse(block, sdes);
        if (verdict == Verdict::kOk) visit(static_cast<const SdesView&>(sdes));
        return verdict;
      }
      case kByeType: return into(block, bye_, visit);
      case kAppType: return into(block, app_, visit);
      case kExtendedReportType: return into(block, extendedReport_, visit);
      case kTransportFeedbackType:
        switch (block.count) {
          case kNackFormat: return into(block, nack_, visit);
          case kTmmbrFormat: return into(block, tmmbr_, visit);
          case kTmmbnFormat: return into(block, tmmbn_, visit);
          case kCongestionFormat: return into(block, congestion_, visit);
          case kTransportWideFormat: return into(block, transportFeedback_, visit);
          default: break;
        }
        break;
      case kPayloadFeedbackType:
        switch (block.count) {
          case kPliFormat: return into(block, pli_, visit);
          case kSliFormat: return into(block, sli_, visit);
          case kRpsiFormat: return into(block, rpsi_, visit);
          case kFirFormat: return into(block, fir_, visit);
          default:
            if (isRemb(block)) return into(block, remb_, visit);
        }
        break;
      default: break;
    }
    visit(block);
    return Verdict::kOk;
  }

  SenderReport senderReport_;
  ReceiverReport receiverReport_;
  Bye bye_;
  App app_;
  ExtendedReport extendedReport_;
  Nack nack_;
  Pli pli_;
  Fir fir_;
  TransportFeedback transportFeedback_;
  Remb remb_;
  CongestionFeedback congestion_;
  Tmmbr tmmbr_;
  Tmmbn tmmbn_;
  Sli sli_;
  Rpsi rpsi_;
};

}  // namespace tincan::inline v0::rtp::rtcp
