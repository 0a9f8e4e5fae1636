#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "session/rtp_session.h"
#include "stack/configuration.h"
#include "stack/transport.h"

namespace tincan::inline v0::stack {

/// A Transport with an RtpSession over it, and nothing else: for media servers, recorders and tests that agree on
/// sections by signalling of their own. What a PeerConnection has beside it (descriptions, tracks, codecs, data
/// channels) is not here. Driven like every Endpoint; the listener is called while packets are received.
///
///     parameters() ─► signalling ─► the other end's connect()
///     oncandidate  ─► signalling ─► the other end's addRemoteCandidate()
///     session()    sections, streams; wake() after something was queued from outside its own callbacks
class SessionEndpoint final : public Endpoint {
 public:
  struct Config {
    ice::AgentConfig ice{};  ///< the controlling end is the client of DTLS
    SecuritySettings security{};
    rtp::SrtpConfig srtp{};
    session::RtpSession::Config session{};
  };
  /// What the other end has to be told.
  struct Parameters {
    ice::Credentials credentials;
    std::vector<crypto::Fingerprint> fingerprints;
  };

  /// What is passed in outlives the endpoint.
  SessionEndpoint(Config config, const crypto::Identity& identity, session::SessionListener& listener,
                  RandomSource& random, PacketPool& pool);
  ~SessionEndpoint() override;

  Parameters parameters() const;
  /// Gathers, checks and shakes hands. Once.
  void connect(Parameters remote);
  void addRemoteCandidate(ice::Candidate candidate);
  /// Says goodbye and ends.
  void close();

  session::RtpSession& session() { return session_; }
  const session::RtpSession& session() const { return session_; }
  Transport& transport() { return transport_; }
  const Transport& transport() const { return transport_; }
  /// Media goes through. Not after close(), or when the driver went: then the session has no streams any more, and who
  /// holds one of them lets it be.
  bool connected() const { return !closed_ && transport_.mediaReady(); }
  /// Asks for a drain soon.
  void wake() {
    if (wake_) wake_();
  }

  std::function<void(const ice::Candidate&)> oncandidate;
  std::function<void()> onconnected;
  /// ICE or DTLS has failed.
  std::function<void()> onfailed;

  void receive(TimePoint now, const Route& route, PacketBuffer packet) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override;
  bool pollTransmit(TimePoint now, Transmit& out) override;
  bool pollIoRequest(IoRequest& out) override;
  void handleIoResult(TimePoint now, IoResult result) override;
  bool dispatchEvents(TimePoint now) override;
  std::array<std::string_view, 2> ufrags() const override { return transport_.ufrags(); }
  void setWake(std::function<void()> wake) override { wake_ = std::move(wake); }
  void leave(TimePoint now) override;
  void setParting(std::function<void()> parting) override { parting_ = std::move(parting); }

 private:
  void advance(TimePoint now);
  void takeMedia();
  bool dispatch(const Transport::Event& event);

  const crypto::Identity& identity_;
  const dtls::Role role_;
  Transport transport_;
  session::RtpSession session_;
  // Calls know no time: they wait for the next drain.
  std::optional<Parameters> remote_;
  std::vector<ice::Candidate> candidates_;
  bool closing_ = false, closed_ = false, socketsToClose_ = false;
  bool told_ = false;  // onconnected
  TimePoint now_;
  std::function<void()> wake_, parting_;
};

}  // namespace tincan::inline v0::stack
