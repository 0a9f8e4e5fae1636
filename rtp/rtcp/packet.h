#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "rtp/rtcp/app.h"
#include "rtp/rtcp/block.h"
#include "rtp/rtcp/codec_control.h"
#include "rtp/rtcp/congestion_feedback.h"
#include "rtp/rtcp/extended_report.h"
#include "rtp/rtcp/feedback.h"
#include "rtp/rtcp/reports.h"
#include "rtp/rtcp/sdes.h"
#include "rtp/rtcp/transport_feedback.h"

namespace tincan::inline v0::rtp::rtcp {

/// A packet type or feedback format that we do not speak, kept as it came (but for its padding).
struct Unknown {
  uint8_t type = 0;
  uint8_t count = 0;
  Bytes body;  ///< whole words: zeros fill what odd padding left
  bool operator==(const Unknown&) const = default;
};

using Packet = std::variant<SenderReport, ReceiverReport, Sdes, Bye, Nack, Pli, Fir, TransportFeedback, Remb, App,
                            ExtendedReport, CongestionFeedback, Tmmbr, Tmmbn, Sli, Rpsi, Unknown>;

/// All packets of a compound packet, or of a reduced-size one (RFC 5506: any first packet is good). One that lies about
/// its length, or passes a bound, has the whole refused: kMalformed, kLimit.
Result<std::vector<Packet>> parseCompound(ByteView compound);
/// The same into a vector that the caller keeps (it is emptied first).
Verdict parseCompound(ByteView compound, std::vector<Packet>& out);

/// False when it does not fit or cannot be said on the wire; the writer is then of no use.
bool write(ByteWriter& writer, const Unknown& unknown);
bool write(ByteWriter& writer, const Packet& packet);

}  // namespace tincan::inline v0::rtp::rtcp
