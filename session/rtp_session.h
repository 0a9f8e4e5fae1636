#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "rtp/congestion/remote_estimator.h"
#include "rtp/congestion_feedback_collector.h"
#include "rtp/received_packet.h"
#include "rtp/transport_feedback_collector.h"
#include "session/collision_guard.h"
#include "session/congestion_observer.h"
#include "session/packet_sink.h"
#include "session/path_delay.h"
#include "session/reporter.h"
#include "session/router.h"
#include "session/rtcp_receiver.h"
#include "session/section.h"
#include "session/send_queue.h"
#include "session/session_listener.h"
#include "session/streams.h"

namespace tincan::inline v0::session {

/// All RTP and RTCP between two ends, over one transport: the parts of this folder joined. Needs no PeerConnection and
/// no description: whoever has agreed on sections by other means (a media server, a test) uses it as it is. A
/// deterministic machine like all others: time, packets and randomness come in, packets go to the sink.
///
///     receiveRtp ─► parsed once ─► transport-wide count ─► Router ─┬► RTX undone ─┐
///                                                                  ├► InboundStream ─► FecReceiver ─► SessionListener::onPacket
///                                                                  └► FlexFEC ─► the stream's FecReceiver ─► …
///     receiveRtcp ─► RtcpReceiver ─► streams, SessionListener, CongestionObserver
///     OutboundStream::add, forward ─► SendQueue, paced ─► PacketSink::sendRtp
///     Reporter ─► reports, feedback, BYE ─► PacketSink::sendRtcp
class RtpSession {
 public:
  struct Config {
    Reporter::Config reports{};
    rtp::Pacer::Config pacing{};
  };
  struct Counters {
    uint64_t malformed = 0;          ///< RTP or RTCP that does not parse
    uint64_t strayRepairs = 0;       ///< repairs of nothing that is heard, padding, or of an unknown type
    uint64_t duplicates = 0;         ///< that came again, and went no further
    uint64_t strayParity = 0;        ///< of a stream that is not heard, or not of its section; RED that is malformed
    uint64_t congestionReports = 0;  ///< of RFC 8888, that we sent
  };

  /// What is passed in outlives the session.
  RtpSession(Config config, PacketSink& sink, SessionListener& listener, RandomSource& random, PacketPool& pool)
      : RtpSession(std::move(config), sink, listener, random, pool, Ssrc(random.u32())) {}

  /// What is agreed on now. Streams of sections that receive no more go.
  void setSections(std::vector<Section> sections);
  /// A stream of ours; one whose SSRC has been there before goes on in its numbers. Valid until `remove`.
  OutboundStream& add(OutboundStream::Config config);
  /// Says no goodbye: the SSRC may come back. What waits is dropped.
  void remove(OutboundStream& stream);

  void receiveRtp(TimePoint at, Ecn ecn, PacketBuffer packet);
  void receiveRtcp(TimePoint at, const PacketBuffer& packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  /// Sends what streams have queued since, as far as it may go.
  void flush(TimePoint now) { queue_.flush(now); }
  /// Reports begin, where there is anything to report on. Without a call: at the first timeout.
  void start(TimePoint now);
  /// Feedback that somebody above has to say (NACK, PLI): at once, or not at all.
  void sendFeedback(TimePoint now, std::vector<rtp::rtcp::Packet> feedback) {
    reporter_.sendFeedback(now, std::move(feedback));
  }
  /// Says goodbye (RFC 3550 §6.3.7). All streams go.
  void close(TimePoint now);

  /// Who is told what leaves and what the peer says of it. Outlives the session, or is taken off with nullptr.
  void setObserver(CongestionObserver* observer);
  /// The stream that has a section's rid now; null before it is heard.
  InboundStream* find(std::string_view mid, std::string_view rid);

  Streams& streams() { return streams_; }
  const Streams& streams() const { return streams_; }
  SendQueue& queue() { return queue_; }
  const SendQueue& queue() const { return queue_; }
  const Reporter& reporter() const { return reporter_; }
  const Router& router() const { return router_; }
  uint64_t collisions() const { return guard_.collisions(); }
  const Counters& counters() const { return counters_; }

 private:
  RtpSession(Config config, PacketSink& sink, SessionListener& listener, RandomSource& random, PacketPool& pool,
             Ssrc fallback);

  InboundStream& begin(TimePoint now, const Router::Route& route);
  void end(Ssrc ssrc);
  void deliver(InboundStream& stream, rtp::ReceivedPacket packet);
  void deliverRepeated(TimePoint at, InboundStream& stream);
  void deliverRepaired(TimePoint at, InboundStream& stream);
  void receiveFlexfec(const rtp::ReceivedPacket& packet);
  bool hasRoomForFec() const;
  void noteArrival(const rtp::ReceivedPacket& packet);
  void sendArrivals(TimePoint now);
  void resolveCollision(TimePoint now, Ssrc ssrc);
  Ssrc unusedSsrc();

  PacketSink& sink_;
  SessionListener& listener_;
  RandomSource& random_;
  PacketPool& pool_;
  SendQueue queue_;
  Streams streams_;
  Reporter reporter_;
  RtcpReceiver rtcp_;
  Router router_;
  CollisionGuard guard_;
  rtp::ExtensionIds ids_;
  std::optional<rtp::TransportFeedbackCollector> arrivals_;
  std::optional<rtp::CongestionFeedbackCollector> marks_;  // where that was agreed on: in the place of arrivals_
  PathDelay path_;
  std::unique_ptr<rtp::RemoteEstimator> estimator_;     // for a peer that wants no such feedback, but heeds REMB
  std::map<Ssrc, OutboundStream::Position> positions_;  // of streams that went and may come back
  std::vector<Ssrc> reporting_;                         // empty between calls
  Counters counters_;
};

}  // namespace tincan::inline v0::session
