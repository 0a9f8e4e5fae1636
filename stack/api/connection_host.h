#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "stack/api/rtp_parameters.h"
#include "stack/api/stats/stats_report.h"

namespace tincan::inline v0::stack {

class DtlsTransport;
class RtpReceiver;
class RtpSender;

/// What the objects that a connection gives away (transceivers, senders, receivers) ask of it, and all that they know of
/// it. They outlive it: `ConnectionLink::host` is null then.
class ConnectionHost {
 public:
  virtual bool isClosed() const = 0;
  /// A direction, a track or a stream is another one: W3C §4.7.3 looks whether that needs a round.
  virtual void negotiationMayBeNeeded() = 0;
  /// Frames that come from the application wait to be fetched.
  virtual void mediaWaits() = 0;
  /// Runs with the connection's events, after those that wait.
  virtual void postEvent(std::function<void()> event) = 0;
  /// What was negotiated for the m-line of this one; empty before that. A receiver is told what it may be sent.
  virtual RTCRtpParameters parametersOf(const RtpSender& sender) const = 0;
  virtual RTCRtpParameters parametersOf(const RtpReceiver& receiver) const = 0;
  /// Null before a description with its m-line was set.
  virtual std::shared_ptr<DtlsTransport> transportOf(const RtpSender& sender) const = 0;
  virtual std::shared_ptr<DtlsTransport> transportOf(const RtpReceiver& receiver) const = 0;
  /// §8.4, with the sender or receiver as selector.
  virtual RTCStatsReport statsOf(const RtpSender& sender) const = 0;
  virtual RTCStatsReport statsOf(const RtpReceiver& receiver) const = 0;
  /// W3C §7.2, "determine if DTMF can be sent".
  virtual bool takesTones(const RtpSender& sender) const = 0;
  /// A text that nobody can guess, for transactionId.
  virtual std::string freshId() = 0;
  /// Milliseconds since 1970, of a time of the connection's.
  virtual double wallMillis(TimePoint at) const = 0;
  virtual TimePoint now() const = 0;

 protected:
  ~ConnectionHost() = default;
};

/// Shared by a connection and what it gives away.
struct ConnectionLink {
  ConnectionHost* host = nullptr;
};

/// Has the connection's driver come by, for as long as there is a connection.
inline std::function<void()> wakeOf(const std::shared_ptr<ConnectionLink>& link) {
  return [weak = std::weak_ptr(link)] {
    if (const auto alive = weak.lock(); alive && alive->host) alive->host->mediaWaits();
  };
}

}  // namespace tincan::inline v0::stack
