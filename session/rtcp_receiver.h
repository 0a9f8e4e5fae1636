#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "rtp/rtcp/compound_parser.h"
#include "session/congestion_observer.h"
#include "session/packet_sink.h"
#include "session/reporter.h"
#include "session/session_listener.h"
#include "session/streams.h"

namespace tincan::inline v0::session {

/// What the peer says in RTCP, taken to the streams that it is about. Owned by RtpSession.
///
///     SR ─► the inbound stream's clock       report blocks ─► the outbound stream's statistics, the round trip
///     NACK ─► its retransmissions            PLI, FIR ─► SessionListener::onKeyFrameRequest
///     SDES ─► CNAMEs    BYE ─► onGoodbye     TWCC, RFC 8888, REMB ─► CongestionObserver
class RtcpReceiver {
 public:
  RtcpReceiver(Streams& streams, Reporter& reporter, PacketSink& sink, SessionListener& listener)
      : streams_(streams), reporter_(reporter), sink_(sink), listener_(listener) {}

  void setObserver(CongestionObserver* observer) { observer_ = observer; }
  /// False when it is malformed: then nothing of it was believed. Adds who reports to `sources`.
  bool receive(TimePoint now, ByteView compound, std::vector<Ssrc>& sources);

 private:
  void handle(TimePoint now, const rtp::rtcp::SenderReport& report);
  void handle(TimePoint now, const rtp::rtcp::ReceiverReport& report);
  void handle(TimePoint now, const rtp::rtcp::Nack& nack);
  void handle(TimePoint now, const rtp::rtcp::Pli& pli);
  void handle(TimePoint now, const rtp::rtcp::Fir& fir);
  void handle(TimePoint now, const rtp::rtcp::Remb& remb);
  void handle(TimePoint now, const rtp::rtcp::TransportFeedback& feedback);
  void handle(TimePoint now, const rtp::rtcp::CongestionFeedback& feedback);
  void handle(TimePoint now, const rtp::rtcp::Bye& bye);
  void handle(TimePoint now, const rtp::rtcp::SdesView& names);
  /// What says nothing to us.
  template <class T>
  void handle(TimePoint, const T&) {}
  void handleBlocks(TimePoint now, const std::vector<rtp::rtcp::ReportBlock>& blocks);

  Streams& streams_;
  Reporter& reporter_;
  PacketSink& sink_;
  SessionListener& listener_;
  CongestionObserver* observer_ = nullptr;
  rtp::rtcp::CompoundParser parser_;
  std::vector<Ssrc>* sources_ = nullptr;               // during receive
  std::unordered_map<uint64_t, uint8_t> firSequence_;  // of the last FIR obeyed, by requester and target
};

}  // namespace tincan::inline v0::session
