#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/boxed.h"
#include "base/random.h"
#include "base/result.h"
#include "ice/credentials.h"
#include "rtp/srtp_session.h"
#include "sdp/notes.h"
#include "stack/configuration.h"
#include "stack/described_paths.h"
#include "stack/description_maker.h"
#include "stack/description_reader.h"
#include "stack/exchange.h"
#include "stack/jsep/payload_type_table.h"
#include "stack/media_lines.h"
#include "stack/negotiated_section.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

/// JSEP (RFC 9429) as the W3C shapes it: the signalling state and the exchanges of descriptions. The m-lines and their
/// transceivers are MediaLines', our descriptions DescriptionMaker's, the peer's DescriptionReader's. It knows no transport
/// and fires no event: it answers, and PeerConnection acts. Every failed call leaves everything as it was.
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
              bool strictSdp = false, bool iceLite = false, const media::CodecFactory& codecs = media::builtInCodecs(),
              const FecSettings& fec = {}, RTCBundlePolicy bundlePolicy = RTCBundlePolicy::kBalanced,
              RTCRtcpMuxPolicy rtcpMuxPolicy = RTCRtcpMuxPolicy::kRequire);

  RTCSignalingState signalingState() const { return state_; }
  void close() { state_ = RTCSignalingState::kClosed; }

  // ---- transceivers: as MediaLines has them ----
  void setLink(std::shared_ptr<ConnectionLink> link) { lines_.setLink(std::move(link)); }
  const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers() const { return lines_.transceivers(); }
  std::shared_ptr<RtpTransceiver> addTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                 RTCRtpTransceiverDirection direction,
                                                 const std::vector<MediaStreamPtr>& streams) {
    return lines_.addTransceiver(kind, std::move(track), direction, streams);
  }
  std::shared_ptr<RtpTransceiver> reusableFor(MediaKind kind) const { return lines_.reusableFor(kind); }
  void setTrack(RtpTransceiver& transceiver, MediaStreamTrackPtr track, const std::vector<MediaStreamPtr>& streams) {
    lines_.setTrack(transceiver, std::move(track), streams);
  }

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

  /// With what was gathered, by transport.
  using Gathered = std::map<uint32_t, GatheredCandidates>;
  std::optional<RTCSessionDescription> localDescription(const Gathered& gathered) const;
  std::optional<RTCSessionDescription> remoteDescription() const;
  /// W3C §4.4.2: what is in force, and what is on its way to be.
  std::optional<RTCSessionDescription> currentLocalDescription(const Gathered& gathered) const;
  std::optional<RTCSessionDescription> pendingLocalDescription(const Gathered& gathered) const;
  std::optional<RTCSessionDescription> currentRemoteDescription() const;
  std::optional<RTCSessionDescription> pendingRemoteDescription() const;
  /// The mid and index that local candidates of a transport carry.
  std::pair<std::string, uint16_t> tagOf(uint32_t transport) const { return lines_.tagOf(transport); }
  std::pair<std::string, uint16_t> bundleTag() const { return lines_.bundleTag(); }
  /// The paths (stack/path_id.h) that descriptions need, those included that a rollback would go back to.
  std::vector<uint32_t> neededPaths() const { return lines_.paths(); }
  /// Of an m-line, and of a transceiver's; nullopt while it has none.
  std::optional<uint32_t> transportOf(size_t section) const;
  std::optional<uint32_t> transportOf(const RtpTransceiver& transceiver) const;
  bool hasRemoteMid(const std::string& mid) const { return sectionOf(mid).has_value(); }
  std::optional<size_t> sectionOf(const std::string& mid) const { return lines_.indexOf(mid); }
  size_t remoteSectionCount() const { return lines_.size(); }
  /// W3C §4.4.1.6: a candidate that was added, or the end of them, shows in the remote descriptions of its generation; of
  /// all where `ufrag` is empty. No section: every one.
  void noteRemoteCandidate(std::optional<size_t> section, const std::string& line, const std::string& ufrag);

  /// What was not as it should be in the description that setRemote() was given last, whether it took it or not, and
  /// what our answer to it had to reject.
  std::vector<sdp::Note> descriptionNotes() const { return reader_.notes(); }
  /// A whole exchange is in force and left not one section: why, in one sentence. Empty otherwise.
  std::string whyNothingAgreed() const { return current_ ? current_->whyNothingAgreed() : std::string(); }

  /// Provisional or final: an answer to the newest offer is there, and what both say holds.
  bool answered() const { return pending_ == std::nullopt || isProvisional(); }

  /// Changes since the last call.
  std::vector<TrackChange> takeTrackChanges() { return lines_.takeTrackChanges(); }
  std::vector<std::shared_ptr<RtpTransceiver>> takeStopped() { return lines_.takeStopped(); }

  // ---- what is in force ----
  bool negotiated() const { return current_.has_value(); }
  /// Whose offer the newest exchange, pending or in force, began with.
  bool weOffered() const { return pending_ ? pending_->weOffered : current_ && current_->weOffered; }
  std::vector<NegotiatedSection> sections() const;
  std::optional<NegotiatedData> data() const;
  /// The transport of the data section in an offer, of either side, that waits for its answer.
  std::optional<uint32_t> offeredData() const;
  /// The last answer rejected the data section that was offered, or that there was; nothing of a rollback does.
  bool dataRejected() const { return dataRejected_; }
  /// How header extensions and CSRCs go once both descriptions of an exchange are there. We take hidden ones as soon as
  /// we may have offered to (RFC 9335 §4): the peer's packets may be faster than its answer.
  rtp::Cryptex cryptex(uint32_t transport = 0) const;
  /// The CNAME of everything that we send (RFC 8834 §4.9: one for a connection).
  const std::string& cname() const { return maker_.identity().cname; }
  /// Our transport's ICE credentials as last described, pending descriptions included; nullopt before the first.
  std::optional<ice::Credentials> localCredentials() const;
  /// The ufrags of our descriptions, pending and current, as far as those have a transport.
  std::vector<std::string> toldUfrags() const;
  bool tells(const std::string& ufrag) const;
  /// Our newest description, with its answer where there is one, has a section that lives.
  bool hasTransport() const { return described() && described()->hasTransport(); }
  /// The INIT that our description of the data section in force tells (SNAP), empty if none; nullopt without a section.
  std::optional<Bytes> runningInit() const;
  /// The peer's offer that waits for our answer tells its INIT.
  bool initOffered() const;
  /// Our offer that waits for its answer takes the transport from that section, which has it as the first of its BUNDLE: it
  /// is rejected, or another one that waits on the same transport stands before it (a new one in a recycled place).
  bool offersToMoveFrom(const std::string& tag) const;
  /// What they say of each path.
  DescribedPaths paths() const { return {lines_, current(), pending(), isProvisional()}; }
  /// W3C §4.7.3, "check if negotiation is needed", for what this class can see.
  bool needed(bool wantsData) const;

 private:
  Result<MadeDescription> makeAnswer(const LocalTransport& transport, uint64_t version);
  LocalTransport likeLast(const MadeDescription& last, const LocalTransport& transport) const;
  Result<LocalDescription> asMade(const RTCSessionDescription& description) const;
  void applyLocalOffer(LocalDescription offer);
  Result<void> applyRemoteOffer(const RTCSessionDescription& description, RemoteDescription remote);
  Result<void> applyRemoteAnswer(const RTCSessionDescription& description, RemoteDescription remote, bool final);
  void finishExchange();
  void restoreSnapshot();
  Error wrongState(const char* what) const;

  bool mayOffer() const { return state_ == RTCSignalingState::kStable || state_ == RTCSignalingState::kHaveLocalOffer; }
  bool mayAnswer() const {
    return state_ == RTCSignalingState::kHaveRemoteOffer || state_ == RTCSignalingState::kHaveLocalPranswer;
  }
  bool isProvisional() const {
    return state_ == RTCSignalingState::kHaveLocalPranswer || state_ == RTCSignalingState::kHaveRemotePranswer;
  }
  const Exchange* current() const { return current_ ? &*current_ : nullptr; }
  const Exchange* pending() const { return pending_ ? &*pending_ : nullptr; }
  /// The exchange that our newest description is of; null before the first.
  const Exchange* described() const { return pending_ && pending_->hasLocal ? pending() : current(); }
  /// The exchange that sections() and data() are of.
  const Exchange* inForce() const { return isProvisional() ? pending() : current(); }

  std::map<size_t, GatheredCandidates> bySection(const Gathered& gathered, const Exchange& exchange) const;

  const media::CodecFactory& factory_;
  RTCRtpHeaderEncryptionPolicy headerEncryption_;
  MediaLines lines_;
  DescriptionMaker maker_;
  DescriptionReader reader_;
  PayloadTypeTable payloadTypes_;  // of all descriptions so far
  uint64_t version_ = 1;
  RTCSignalingState state_ = RTCSignalingState::kStable;
  Boxed<Exchange> current_, pending_;
  // The last results of createOffer and createAnswer: what setLocalDescription may be given back.
  Boxed<MadeDescription> lastOffer_, lastAnswer_;
  bool dataRejected_ = false;
};

}  // namespace tincan::inline v0::stack
