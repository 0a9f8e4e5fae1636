#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/ecn.h"
#include "base/strong_id.h"
#include "base/time.h"
#include "rtp/rtcp/congestion_feedback.h"
#include "rtp/rtcp/feedback.h"
#include "rtp/rtcp/transport_feedback.h"
#include "rtp/stats/reported_loss.h"

namespace tincan::inline v0::session {

/// What a packet is to the line.
enum class DepartureKind : uint8_t { kMedia, kRetransmission, kParity, kPadding };

/// One packet that left, as congestion control counts it.
struct Departure {
  std::optional<uint16_t> transportSequence;  ///< none: its section has not negotiated it
  Ssrc ssrc;
  uint16_t sequenceNumber = 0;
  size_t bytes = 0;  ///< of plain RTP
  DepartureKind kind = DepartureKind::kMedia;
  bool sound = false;
  Ecn ecn = Ecn::kNotCapable;
  uint32_t probeCluster = 0;  ///< that it is part of; 0: none
};

/// What a congestion controller hears of one session. It does not call back from here: it is asked for its rates by
/// whoever owns it, and those are set on the SendQueue.
class CongestionObserver {
 public:
  virtual ~CongestionObserver() = default;

  /// A packet goes to the sink now.
  virtual void onSent(TimePoint now, const Departure& packet) = 0;
  /// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.
  virtual void onTransportFeedback(TimePoint, const rtp::rtcp::TransportFeedback&) {}
  /// RFC 8888 §3.1.
  virtual void onCongestionFeedback(TimePoint, const rtp::rtcp::CongestionFeedback&) {}
  /// draft-alvestrand-rmcat-remb-03 §2.2, of those that name a source of ours.
  virtual void onRemb(TimePoint, const rtp::rtcp::Remb&) {}
  /// What a report block about a source of ours adds (RFC 3550 §6.4.1).
  virtual void onLoss(TimePoint, const rtp::ReportedLoss&) {}
  /// Smoothed, from a report.
  virtual void onRoundTripTime(TimePoint, Duration) {}
};

}  // namespace tincan::inline v0::session
