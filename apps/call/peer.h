#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/call/echo.h"
#include "apps/call/key_log_file.h"
#include "apps/call/options.h"
#include "apps/call/outputs.h"
#include "apps/call/recorder.h"
#include "apps/signalling/message.h"
#include "apps/table.h"
#include "devices/speaker.h"
#include "net/net.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::apps {

/// All that is known of a call when it is over.
struct CallOutcome {
  bool offerer = false;
  bool connected = false;        ///< at some time
  std::string endReason;         ///< why it ended, in words
  std::optional<Error> failure;  ///< what went wrong, when something did
  double seconds = 0;            ///< since the connection, or since the start without one
  std::optional<double> secondsToConnect, secondsToFirstFrame;
  stack::RTCStatsReport stats;
  std::string connectionState, iceState;
  Recorder::Seen seen;
  Received farEnd;  ///< as our page said last
  net::DriverStats network;
  std::vector<std::string> files;
};

/// The C++ end of one call: a PeerConnection with its driver, its camera and microphone, what records the far end, and
/// what answers on data channels. Says what to tell the far end through `send`, and says once that the call `ended`.
/// Callbacks come from the loop, never inside a call of this class; they may destroy the peer.
class Peer {
 public:
  struct Callbacks {
    std::function<void(const SignallingMessage&)> send;
    std::function<void(const std::vector<std::string>&)> notes;  ///< what was mended or left out, a line each
    std::function<void()> connected;
    std::function<void()> ended;  ///< outcome() is complete
  };

  static Result<std::unique_ptr<Peer>> create(net::Loop& loop, const CallOptions& options, Outputs outputs,
                                              bool offerer, Callbacks callbacks);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void receive(const SignallingMessage& message);
  /// One that is of no use is told as a note, the first of them: no end of a call.
  void passOverCandidate(const Error& why);
  /// Takes the final statistics, closes the connection, tells the far end unless it knows, and then calls `ended`.
  void hangUp(const std::string& reason, std::optional<Error> failure = std::nullopt, bool tell = true);

  bool isConnected() const { return connectedAt_.has_value(); }
  CallStats stats();
  const CallOutcome& outcome() const { return outcome_; }

 private:
  Peer(net::Loop& loop, const CallOptions& options, Outputs outputs, bool offerer, Callbacks callbacks);

  Result<void> start();
  Result<void> addMedia();
  Result<void> addTrack(const std::shared_ptr<media::MediaStreamTrack>& track);
  Result<void> preferCodecs();
  void wire();
  void playOn(media::MediaStreamTrack& track);
  void negotiate();
  void receiveDescription(const stack::RTCSessionDescription& description);
  void receiveCandidate(const stack::RTCIceCandidate& candidate);
  void tellDescriptionNotes();
  void tellConnectivity() const;
  void fail(Error error);
  void connectionChanged();
  void finish();
  void keepKeys();
  void averageBitrates();
  stack::RTCStatsReport report() const;

  net::Loop& loop_;
  const CallOptions options_;
  const bool offerer_;
  Callbacks callbacks_;
  net::OsRandom random_;
  Recorder recorder_;
  std::optional<KeyLogFile> keyLog_;
  std::optional<net::WorkerPool> workers_;  // outlives the connection
  std::unique_ptr<stack::PeerConnection> pc_;
  std::unique_ptr<net::Driver> driver_;
  std::vector<std::unique_ptr<Echo>> channels_;
  std::shared_ptr<media::MediaStream> stream_;
  std::shared_ptr<devices::Speaker> speaker_;
  std::deque<stack::RTCIceCandidate> earlyCandidates_;  // that came before their description
  size_t candidateNotes_ = 0;
  net::Timer timer_;
  TimePoint startedAt_;
  std::optional<TimePoint> connectedAt_;
  bool ending_ = false;
  CallOutcome outcome_;

  CallStats lastStats_;  // and when it was taken: bitrates are differences
  TimePoint lastLook_;
};

}  // namespace tincan::inline v0::apps
