#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "ice/credentials.h"
#include "rtp/srtp_session.h"
#include "sdp/notes.h"
#include "stack/configuration.h"
#include "stack/jsep/added_candidates.h"
#include "stack/jsep/payload_type_table.h"
#include "stack/jsep/plan.h"
#include "stack/jsep/remote_description.h"
#include "stack/local_codecs.h"
#include "stack/rtp_transceiver.h"

namespace tincan::stack {

/// What our side of the transport says of itself in every description.
struct LocalTransport {
  std::string iceUfrag, icePwd;
  std::string fingerprint;
  bool dtlsIsClient = false, dtlsRoleKnown = false;
  bool iceLite = false, renomination = false, sped = false;
  /// Our INIT for descriptions (SNAP): told in an offer if `offersInit`, and in an answer to an offer that has one.
  Bytes sctpInit{};
  bool offersInit = false;
  bool otherPeer = false;  ///< the offer to answer is of other certificates: a new association, whatever runs
};

/// One m-line that both sides have agreed on: what MediaSession sends and receives by.
struct NegotiatedSection {
  std::string mid;
  std::shared_ptr<RtpTransceiver> transceiver;
  bool send = false, receive = false;
  std::vector<CodecSpec> codecs;       ///< what the peer may send, with our parameters
  std::optional<CodecSpec> sending{};  ///< what we send, with the peer's parameters; none: the first of `codecs`
  std::vector<ExtensionSpec> extensions;
  bool extmapAllowMixed = false;  ///< both take two-byte headers beside one-byte ones (RFC 8285 §6)
  std::vector<uint32_t> remoteSsrcs;
  std::vector<RtxPair> remoteRtx;

  /// Of a section that has codecs.
  const CodecSpec& sendingCodec() const { return sending ? *sending : codecs.front(); }
};

struct NegotiatedData {
  uint16_t sctpPort = 5000;
  uint64_t maxMessageSize = 65536;
  Bytes localInit{}, remoteInit{};  ///< where both have told theirs (SNAP); else empty
};

/// A remote track that came or went with a description.
struct TrackChange {
  std::shared_ptr<RtpTransceiver> transceiver;
  bool added = false;
  std::vector<MediaStreamPtr> streams;       ///< that it is in now
  std::vector<MediaStreamPtr> joined, left;  ///< since the description before
  bool fires = false;                        ///< ontrack is told
};

/// JSEP (RFC 8829) as the W3C shapes it: the signalling state, the four descriptions, the transceivers and the m-lines
/// that they share. It knows no transport and fires no event: it answers, and PeerConnection acts. Every failed call
/// leaves everything as it was.
///
///               setLocal(offer)                    setRemote(answer)
///     stable ───────────────────► have-local-offer ────────────────► stable
///        │ ▲        rollback             │ setRemote(offer): implicit rollback, then as from stable
///        │ └─────────────────────────────┘
///        │ setRemote(offer)                        setLocal(answer)
///        └──────────────────────► have-remote-offer ───────────────► stable
///
/// A provisional answer goes through have-local-pranswer or have-remote-pranswer on the same ways. It is in force like an
/// answer, as far as nothing is given up for it: rejected sections and their transceivers wait for the final one, and
/// rollback goes back to before the offer.
class Negotiation {
 public:
  Negotiation(RandomSource& random, uint64_t sessionId,
              RTCRtpHeaderEncryptionPolicy headerEncryption = RTCRtpHeaderEncryptionPolicy::kNegotiate,
              bool strictSdp = false, bool iceLite = false, const media::CodecFactory& codecs = media::builtInCodecs());

  RTCSignalingState signalingState() const { return state_; }
  void close() { state_ = RTCSignalingState::kClosed; }
  /// What transceivers ask, once there are any.
  void setLink(std::shared_ptr<ConnectionLink> link) { link_ = std::move(link); }

  // ---- transceivers ----
  const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers() const { return transceivers_; }
  std::shared_ptr<RtpTransceiver> addTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                 RTCRtpTransceiverDirection direction,
                                                 const std::vector<MediaStreamPtr>& streams);
  /// W3C §5.1 addTrack: the transceiver that may carry one more track without a new m-line; null when there is none.
  std::shared_ptr<RtpTransceiver> reusableFor(MediaKind kind) const;
  void setTrack(RtpTransceiver& transceiver, MediaStreamTrackPtr track, const std::vector<MediaStreamPtr>& streams);

  // ---- descriptions ----
  Result<RTCSessionDescription> createOffer(const LocalTransport& transport, bool wantsData);
  Result<RTCSessionDescription> createAnswer(const LocalTransport& transport);
  /// W3C §4.4.2, setLocalDescription without an SDP: the last created one, while it still says what there is; else a new
  /// one. ICE credentials that no description has told yet are as good as those of `transport`.
  Result<RTCSessionDescription> offerToSet(const LocalTransport& transport, bool wantsData);
  Result<RTCSessionDescription> answerToSet(const LocalTransport& transport);
  Result<void> setLocal(const RTCSessionDescription& description);
  Result<void> setRemote(const RTCSessionDescription& description);
  /// RFC 9429 §5.7: from any state but stable, and the same whichever of the two methods was called.
  Result<void> rollback();

  std::optional<RTCSessionDescription> localDescription(const std::vector<std::string>& candidates,
                                                        bool endOfCandidates) const;
  std::optional<RTCSessionDescription> remoteDescription() const;
  /// W3C §4.4.2: what is in force, and what is on its way to be.
  std::optional<RTCSessionDescription> currentLocalDescription(const std::vector<std::string>& candidates,
                                                               bool endOfCandidates) const;
  std::optional<RTCSessionDescription> pendingLocalDescription(const std::vector<std::string>& candidates,
                                                               bool endOfCandidates) const;
  std::optional<RTCSessionDescription> currentRemoteDescription() const;
  std::optional<RTCSessionDescription> pendingRemoteDescription() const;
  /// The mid and index that local candidates carry: those of the first section that is alive (RFC 9143 §7.2).
  std::pair<std::string, uint16_t> bundleTag() const;
  bool hasRemoteMid(const std::string& mid) const { return sectionOf(mid).has_value(); }
  std::optional<size_t> sectionOf(const std::string& mid) const;
  size_t remoteSectionCount() const;
  /// W3C §4.4.1.6: a candidate that was added, or the end of them, shows in the remote descriptions of its generation; of
  /// all where `ufrag` is empty. No section: every one.
  void noteRemoteCandidate(std::optional<size_t> section, const std::string& line, const std::string& ufrag);

  /// What was not as it should be in the description that setRemote() was given last, whether it took it or not, and
  /// what our answer to it had to reject.
  std::vector<sdp::Note> descriptionNotes() const;
  /// A whole exchange is in force and left not one section: why, in one sentence. Empty otherwise.
  std::string whyNothingAgreed() const;

  /// Provisional or final: an answer to the newest offer is there, and what both say holds.
  bool answered() const { return pending_ == std::nullopt || isProvisional(); }

  /// Changes since the last call.
  std::vector<TrackChange> takeTrackChanges();
  /// Transceivers that have left since the last call: stopped, and their m-line rejected by an answer.
  std::vector<std::shared_ptr<RtpTransceiver>> takeStopped();

  // ---- what is in force ----
  bool negotiated() const { return current_.has_value(); }
  /// Whose offer the newest exchange, pending or in force, began with.
  bool weOffered() const { return pending_ ? pending_->weOffered : current_ && current_->weOffered; }
  std::vector<NegotiatedSection> sections() const;
  std::optional<NegotiatedData> data() const;
  /// There is a data section, and it was rejected.
  bool dataRejected() const;
  /// How header extensions and CSRCs go once both descriptions of an exchange are there. We take hidden ones as soon as
  /// we may have offered to (RFC 9335 §4): the peer's packets may be faster than its answer.
  rtp::Cryptex cryptex() const;
  /// The CNAME of everything that we send (RFC 8834 §4.9: one for a connection).
  const std::string& cname() const { return cname_; }
  /// Our transport's ICE credentials as last described, pending descriptions included; nullopt before the first.
  std::optional<ice::Credentials> localCredentials() const;
  /// The ufrags of our descriptions, pending and current, as far as those have a transport.
  std::vector<std::string> toldUfrags() const;
  bool tells(const std::string& ufrag) const;
  /// Our newest description, with its answer where there is one, has a section that lives.
  bool hasTransport() const;
  /// The peer's offer that waits for our answer tells its INIT (SNAP).
  bool initOffered() const;
  /// The peer's transport as last described, pending descriptions included.
  const TransportDescription* remoteTransport() const;
  /// W3C §4.7.3, "check if negotiation is needed", for what this class can see.
  bool needed(bool wantsData) const;

 private:
  struct Line {
    MediaKind kind{};
    std::string mid;
    std::shared_ptr<RtpTransceiver> transceiver;  // null for data
    std::vector<CodecSpec> codecs;                // as last negotiated; empty before
    std::vector<ExtensionSpec> extensions;
    bool rejected = false;
    bool sctpMap = false;      // the peer's older form of a data section, and its protocol
    std::string dataProtocol;  // empty: ours
  };
  /// One offer with its answer, whole or on the way.
  struct Exchange {
    bool weOffered = false;
    SessionPlan local;
    std::string localSdp;
    RemoteDescription remote;
    std::string remoteSdp;
    std::vector<AddedCandidate> added;  ///< to remoteSdp, by addIceCandidate
    bool hasLocal = false, hasRemote = false;
  };
  /// A description that createOffer or createAnswer made, and the transceivers of an offer's sections; null for data.
  struct Made {
    SessionPlan plan;
    std::string text;
    std::vector<std::shared_ptr<RtpTransceiver>> transceivers;
  };
  /// What rollback goes back to.
  struct Snapshot {
    std::vector<Line> lines;
    std::vector<std::shared_ptr<RtpTransceiver>> transceivers;
    std::vector<std::optional<std::string>> mids;
    std::vector<bool> remoteSends;
    std::vector<std::vector<MediaStreamPtr>> streams;
    std::vector<std::optional<RTCRtpTransceiverDirection>> directions;
  };

  /// What an offer is made with.
  struct Choice {
    LocalCodecs codecs;
    PayloadTypeTable numbers;
  };

  Result<Made> makeOffer(const LocalTransport& transport, bool wantsData, uint64_t version);
  Result<Made> makeAnswer(const LocalTransport& transport, uint64_t version);
  LocalTransport likeLast(const Made& last, const LocalTransport& transport) const;
  Made planOffer(const LocalTransport& transport, bool wantsData, uint64_t version);
  void addSection(Made& made, MediaKind kind, const std::shared_ptr<RtpTransceiver>& transceiver, Choice& choice);
  SectionPlan planLine(const Line& line, const std::vector<SectionPlan>& beside, Choice& choice) const;
  std::vector<CodecSpec> planCodecs(const Line& line, Direction direction, Choice& choice) const;
  void fillSend(SectionPlan& plan, const RtpTransceiver& transceiver) const;
  void fillOurs(SessionPlan& plan, const LocalTransport& transport, uint64_t version) const;
  void fillInit(SessionPlan& plan, const LocalTransport& transport, const RemoteDescription* offer) const;
  const SectionPlan* runningData() const;
  std::string freshMid();

  Result<RemoteDescription> read(const RTCSessionDescription& description);
  void noteRejections(const SessionPlan& answer);
  Result<void> applyLocalOffer();
  Result<void> checkCryptex(const RemoteDescription& remote) const;
  Result<void> checkLite(const RemoteDescription& remote) const;
  Result<void> applyRemoteOffer(const RTCSessionDescription& description, RemoteDescription remote);
  Result<void> applyRemoteAnswer(const RTCSessionDescription& description, RemoteDescription remote, bool final);
  bool isProvisional() const {
    return state_ == RTCSignalingState::kHaveLocalPranswer || state_ == RTCSignalingState::kHaveRemotePranswer;
  }
  /// The exchange that our newest description is of; null before the first.
  const Exchange* described() const {
    return pending_ && pending_->hasLocal ? &*pending_ : current_ ? &*current_ : nullptr;
  }
  /// The exchange that sections() and data() are of.
  const Exchange* inForce() const { return isProvisional() ? &*pending_ : current_ ? &*current_ : nullptr; }
  std::optional<RTCSessionDescription> localOf(const Exchange* exchange, const std::vector<std::string>& candidates,
                                               bool endOfCandidates) const;
  std::optional<RTCSessionDescription> remoteOf(const Exchange* exchange) const;
  void agree(const Exchange& exchange);
  void finishExchange();
  void removeStopped();
  void learnNumbers(const SessionPlan& plan);
  static CodecSpec sendingCodec(const LocalCodecs& codecs, const Line& line, const RemoteSection& remote);
  std::shared_ptr<RtpTransceiver> transceiverFor(const RemoteSection& section);
  void trackRemote(const std::shared_ptr<RtpTransceiver>& transceiver, const RemoteSection& section);
  void setRemoteSends(const std::shared_ptr<RtpTransceiver>& transceiver, bool now,
                      std::vector<MediaStreamPtr> streams);
  void takeSnapshot();
  void restoreSnapshot();
  Error wrongState(const char* what) const;

  std::shared_ptr<ConnectionLink> link_;
  RandomSource& random_;
  const media::CodecFactory& factory_;
  PayloadTypeTable payloadTypes_;  // of all descriptions so far
  uint64_t sessionId_;
  uint64_t version_ = 1;
  uint32_t nextMid_ = 0;
  std::string cname_;
  RTCRtpHeaderEncryptionPolicy headerEncryption_;
  bool strictSdp_;
  bool iceLite_;
  sdp::Notes remoteNotes_;
  std::vector<sdp::Note> answerNotes_;
  RTCSignalingState state_ = RTCSignalingState::kStable;
  std::vector<std::shared_ptr<RtpTransceiver>> transceivers_;
  std::vector<Line> lines_;
  std::optional<Exchange> current_, pending_;
  std::optional<Snapshot> snapshot_;
  // The last results of createOffer and createAnswer: what setLocalDescription may be given back.
  std::optional<Made> lastOffer_, lastAnswer_;
  std::vector<std::shared_ptr<RtpTransceiver>> stopped_;
  std::map<std::string, std::weak_ptr<media::MediaStream>> remoteStreams_;
  std::vector<TrackChange> trackChanges_;
};

}  // namespace tincan::stack
