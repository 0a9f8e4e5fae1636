#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/boxed.h"
#include "base/endpoint.h"
#include "base/queue.h"
#include "base/random.h"
#include "dtls/connection.h"
#include "ice/agent.h"
#include "session/packet_sink.h"
#include "stack/configuration.h"
#include "stack/departures.h"
#include "stack/dtls_path.h"
#include "stack/dtls_renewal.h"
#include "stack/sctp_path.h"
#include "stack/srtp_path.h"
#include "stack/transport_counters.h"

namespace tincan::inline v0::stack {

/// One ICE agent with DTLS over it, and SRTP and SCTP keyed and carried by that DTLS: the plain code that joins the
/// layers. It moves bytes until quiet, and knows nothing of tracks, descriptions or callbacks. Owned by PeerConnection.
///
///     network ─► ICE ─► first byte (RFC 7983 §7) ─┬─► DTLS ─► SCTP ─► sctp events
///                                                 └─► SRTP and SRTCP ─► unprotect ─► pollMedia
///     sendRtp, sendRtcp ─► SRTP ─┐
///     SCTP ─► DTLS ──────────────┴─► ICE ─► pollTransmit
class Transport final : public session::PacketSink {
 public:
  using Counters = TransportCounters;
  using Media = SrtpPath::Media;

  struct DtlsStateChanged {
    dtls::State state;
    std::optional<Error> error;
  };
  using Event = std::variant<ice::Event, DtlsStateChanged, sctp::Event>;

  /// `identity` outlives the transport, and so does the workspace in `srtp`, if there is one.
  Transport(ice::AgentConfig ice, SecuritySettings security, const crypto::Identity& identity, RandomSource& random,
            PacketPool& pool, rtp::SrtpConfig srtp = {});
  ~Transport() override;

  // ---- ICE ----
  /// Of the generation that runs.
  const ice::Credentials& localCredentials() const { return ice_.localCredentials(); }
  ice::Role iceRole() const { return ice_.role(); }
  void setIceRole(ice::Role role) { ice_.setRole(role); }
  /// Whether the DTLS handshake may ride on the checks; before any of them.
  void allowSped(WarpPolicy policy);
  /// The peer's description says that it can: where we accept that, our first check has the first flight.
  void noteSped(bool remote);
  void gather(TimePoint now);
  /// Servers and policy of the next gathering.
  void configureIce(const std::vector<ice::ServerUrl>& servers, bool relayOnly) { ice_.configure(servers, relayOnly); }
  /// A new generation, with credentials that a description has told.
  void restartIce(TimePoint now, ice::Credentials local);
  void takeBackRestart(TimePoint now);
  /// What the peer's description says of its agent.
  struct RemoteIce {
    ice::Credentials credentials;
    bool lite = false, renomination = false, sped = false;
  };
  void setRemoteIce(TimePoint now, const RemoteIce& remote);
  /// Whether these are of another agent of the peer's than the one that was told, under the same credentials of ours.
  bool isOtherAgent(const ice::Credentials& remote) const { return ice_.isOtherRemote(remote); }
  void addRemoteCandidate(TimePoint now, const ice::Candidate& candidate);
  void endOfRemoteCandidates(TimePoint now);
  std::optional<ice::PairInfo> candidatePair() const { return ice_.selectedPair(); }
  /// How often another pair was selected: packets take another way since.
  uint64_t candidatePairChanges() const { return ice_.stats().selectedPairChanges; }
  /// For statistics, which read it.
  const ice::Agent& iceAgent() const { return ice_; }
  const ice::Stats& iceStats() const { return ice_.stats(); }
  std::vector<std::string> pairReport() const { return ice_.pairReport(); }
  const std::vector<std::string>& candidateNotes() const { return ice_.candidateNotes(); }
  std::array<std::string_view, 2> ufrags() const { return ice_.ufrags(); }
  bool pollIoRequest(IoRequest& out) { return ice_.pollIoRequest(out); }
  void handleIoResult(TimePoint now, const IoResult& result);

  // ---- DTLS ----
  /// From the descriptions, once both are there. DTLS itself starts when ICE has a pair; ClientHellos that were faster
  /// than the answer are kept until now.
  void setDtlsParameters(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote);
  /// The descriptions may have moved the peer to another transport of its own (RFC 9143 §7.3.3: the tagged section is
  /// another one). Whether it did, only a handshake tells: it is made beside the association in force, which stays when
  /// nobody answers.
  void expectRenewal(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote);
  /// An offer of ours may make it move before its answer is here.
  void prepareRenewal();
  /// It did not: the offer was taken back, or its answer leaves the peer where it is.
  void endPreparedRenewal(TimePoint now);
  /// The peer is another one, by its certificates (RFC 8842 §5.1): what was agreed with the one before ends at once.
  void replaceDtls(TimePoint now, dtls::Role role, std::vector<crypto::Fingerprint> remote, const RemoteIce& ice);
  bool dtlsRoleKnown() const { return dtls() != nullptr; }
  dtls::Role dtlsRole() const { return dtls_.role(); }
  /// Of the association that is about to follow the one in force, while that is not sure; else as dtlsRole().
  dtls::Role nextDtlsRole() const { return renewal_ && !renewal_->until.isNever() ? renewal_->role : dtlsRole(); }
  dtls::State dtlsState() const { return dtls_.state(); }
  /// Of the association in force; null before the role is known. To look at alone.
  const dtls::Connection* dtls() const { return dtls_.connection(); }
  std::optional<crypto::SrtpProfile> srtpProfile() const { return srtp_.profile(); }

  // ---- data ----
  /// Our INIT for descriptions, as SctpPath::localInit.
  ByteView localSctpInit(const sctp::DataChannels::Config& config, bool another) {
    return sctp_.localInit(config, another);
  }
  /// The association starts when DTLS has connected: with the INITs of both descriptions, or, where one of those is empty,
  /// with a handshake of its own. One that is there goes on, with the peer's newest message size.
  void startSctp(sctp::DataChannels::Config config, Bytes localInit = {}, Bytes remoteInit = {});
  /// Its section was rejected: the association ends, with its channels. The next one is new.
  void stopSctp(TimePoint now);
  /// For statistics, which read it; null without an association.
  const sctp::DataChannels* data() const { return sctp_.data(); }
  /// From startSctp to stopSctp: channels may be opened, though nothing travels before DTLS has connected.
  bool hasData() const { return data() != nullptr; }
  /// The association stands.
  bool dataConnected() const { return hasData() && data()->connected(); }
  /// How many channels there may be at once (W3C §6.1.1); nullopt before the association stands.
  std::optional<uint16_t> maxChannels() const {
    return dataConnected() ? std::optional(data()->maxChannels()) : std::nullopt;
  }
  Result<uint16_t> openChannel(TimePoint now, const sctp::ChannelOptions& options);
  Result<void> sendMessage(TimePoint now, uint16_t channel, Bytes message, bool binary);
  void closeChannel(TimePoint now, uint16_t channel);
  /// What resets them leaves at once, as far as nothing of theirs is under way: before a close(), which ends everything.
  void closeChannelsNow(TimePoint now, const std::vector<uint16_t>& channels);
  /// Whether ids of ours are even there (RFC 8832 §6).
  bool opensEven() const { return sctp_.dtlsClient(); }
  /// How often an association that had carried nothing gave way to one of the other role: what was opened over it is to be
  /// opened again.
  uint64_t channelsUnopened() const { return sctp_.unopened(); }
  /// Bytes of one channel that wait in SCTP; 0 without an association.
  uint64_t bufferedAmount(uint16_t channel) const { return hasData() ? data()->bufferedAmount(channel) : 0; }
  /// The largest message that the peer takes; nullopt before that is known.
  std::optional<uint64_t> maxSendSize() const;

  // ---- media ----
  bool mediaReady() const override { return srtp() != nullptr; }
  const rtp::SrtpSession* srtp() const { return srtp_.session(); }
  /// Whether a section of the descriptions carries media, as SrtpPath::setCarriesMedia.
  void setCarriesMedia(bool carries) { srtp_.setCarriesMedia(carries); }
  /// RTP packets of one moment in the clear, a picture's for instance: protected in place side by side, and moved from.
  void sendRtp(TimePoint now, std::span<PacketBuffer> packets) override;
  /// One RTCP compound, likewise.
  void sendRtcp(TimePoint now, PacketBuffer packet) override;
  /// As ICE's checks of the selected pair say.
  std::optional<Duration> roundTripTime() const override { return ice_.roundTripTime(); }
  /// What has come, in its order. RTP waits for its like, to be unprotected side by side with it: 32 packets at most,
  /// and never longer than until somebody asks.
  bool pollMedia(Media& out) { return srtp_.pollMedia(out); }
  /// Some of it waits no longer for anything, and pollMedia is due: a full batch, or RTCP.
  bool mediaDue() const { return srtp_.due(); }
  /// Something has come that pollMedia has not given yet.
  bool mediaWaits() const { return srtp_.waits(); }
  /// From the next packet on (RFC 9335). Without a call: what the SrtpConfig says.
  void setCryptex(rtp::Cryptex cryptex) { srtp_.setCryptex(cryptex); }
  /// This one carries RTCP alone, and `rtp` its RTP: as SrtpPath::setRtp.
  void setRtp(Transport& rtp) { srtp_.setRtp(&rtp.srtp_); }

  // ---- the contract ----
  void receive(TimePoint now, const Route& route, PacketBuffer packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(TimePoint now, Transmit& out);
  std::optional<Event> pollEvent();
  void close(TimePoint now);

  const Counters& counters() const { return counters_; }

 private:
  enum class Kind { kDtls, kRtp, kRtcp, kUnknown };
  void useRemoteIce(TimePoint now, const RemoteIce& remote);
  static Kind classify(ByteView packet);
  bool receiveInner(TimePoint now, PacketBuffer packet);
  void receiveDtls(TimePoint now, PacketBuffer packet);
  bool pumpRenewal(TimePoint now);
  bool receiveRenewal(TimePoint now, PacketBuffer& packet);
  void promoteRenewal(TimePoint now);
  void followMoved(TimePoint now);
  void dropRenewal(TimePoint now);
  void takeOver(TimePoint now);
  void renewSctp(TimePoint now);
  void tellSctpEvents();
  bool holdsData();
  void pump(TimePoint now);
  bool pumpIceEvents();
  bool pumpDtls(TimePoint now);
  bool pumpSctp(TimePoint now);
  void startSctpIfDue(TimePoint now);
  void handleDtlsEvent(TimePoint now, dtls::Event event);

  Counters counters_;  // before those that count in it
  PacketPool& pool_;
  ice::Agent ice_;  // before those that send over it
  Departures out_;
  DtlsPath dtls_;
  SrtpPath srtp_;
  SctpPath sctp_;
  WarpPolicy warp_ = WarpPolicy::kOff;
  Boxed<DtlsRenewal> renewal_;
  std::optional<Route> soughtOn_;  // where the hello of a promoted association went, while nobody has answered it
  Queue<Event> events_;
};

}  // namespace tincan::inline v0::stack
