#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "rtp/rtcp/packet.h"
#include "rtp/rtcp/scheduler.h"
#include "session/packet_sink.h"
#include "session/streams.h"

namespace tincan::inline v0::session {

/// What a session says in RTCP, and when: reports by the schedule (RFC 3550 §6.3, RFC 4585 §3.5), feedback early, BYE at
/// the end. Owned by RtpSession, whose streams it reads.
///
///     start ─► handleTimeout at each deadline ─► SR and SDES a medium, or RR and SDES
///     sendFeedback ─► at once where the schedule allows it (RFC 4585 §3.5.2), reduced-size (RFC 5506)
///     leave ─► RR, SDES and BYE, where anything has been said before (RFC 3550 §6.3.7)
class Reporter {
 public:
  struct Config {
    std::string cname{};           ///< RFC 8834 §4.9: one for a connection
    int64_t unixMicrosAtZero = 0;  ///< the wall time of TimePoint(): what sender reports carry
    double bandwidth = 6250;       ///< for RTCP, bytes a second
  };

  Reporter(Config config, Streams& streams, PacketSink& sink, RandomSource& random, PacketPool& pool);

  /// Who speaks while nothing is sent.
  void setFallbackSsrc(Ssrc ssrc) { fallbackSsrc_ = ssrc; }
  Ssrc fallbackSsrc() const { return fallbackSsrc_; }
  /// Who our feedback and receiver reports are from.
  Ssrc localSsrc() const { return streams_.outbound.empty() ? fallbackSsrc_ : streams_.outbound.front()->ssrc(); }

  /// Schedules the first report; without effect later.
  void start(TimePoint now);
  bool started() const { return scheduler_.state() != rtp::rtcp::RtcpScheduler::State::kIdle; }
  /// A compound was heard.
  void received(size_t size);
  TimePoint nextTimeout() const { return scheduler_.nextTimeout(); }
  void handleTimeout(TimePoint now);
  /// Goes at once or not at all: who wanted it wants it again.
  void sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback);
  /// What keeps a clock of its own and no schedule: what the peer's rate control lives on. Gives what it took of the
  /// network; 0 when it does not fit into one packet.
  size_t send(TimePoint now, const std::vector<rtp::rtcp::Packet>& packets);
  /// These sources of ours are no more (RFC 3550 §6.6).
  size_t sendGoodbye(TimePoint now, const std::vector<Ssrc>& sources);
  /// All are no more. Nothing is said after that.
  void leave(TimePoint now);

  /// From the last report that said it; where none does, since nothing is sent, from the sink, anew with each report of
  /// ours.
  std::optional<Duration> roundTripTime() const { return roundTripTime_; }
  void setRoundTripTime(TimePoint now, Duration rtt) {
    roundTripTime_ = rtt;
    roundTripTold_ = now;
  }
  int64_t unixMicrosAtZero() const { return config_.unixMicrosAtZero; }
  NtpTime wall(TimePoint now) const { return NtpTime::fromUnixMicros(config_.unixMicrosAtZero + now.micros()); }
  /// Reports sent.
  uint64_t reports() const { return reports_; }

 private:
  void countMembers(TimePoint now);
  size_t sendReports(TimePoint now);
  std::vector<rtp::rtcp::ReportBlock> takeReportBlocks(TimePoint now, size_t most);
  std::vector<const OutboundStream*> reportingStreams(size_t& sounds) const;

  Config config_;
  Streams& streams_;
  PacketSink& sink_;
  PacketPool& pool_;
  rtp::rtcp::RtcpScheduler scheduler_;
  Ssrc fallbackSsrc_;
  uint64_t reports_ = 0;
  std::optional<Duration> roundTripTime_;
  std::optional<TimePoint> roundTripTold_;  // by a report
};

}  // namespace tincan::inline v0::session
