#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "media/codec/codec_factory.h"
#include "stack/exchange.h"
#include "stack/remote_tracks.h"
#include "stack/rtp_transceiver.h"

namespace tincan::inline v0::stack {

/// One m-line, whose place is its index for ever. Its section may be another one later: rejected ones are recycled.
struct MediaLine {
  MediaKind kind{};
  std::string mid;
  std::shared_ptr<RtpTransceiver> transceiver;  ///< null for data
  std::vector<CodecSpec> codecs;                ///< as last negotiated; empty before
  std::vector<ExtensionSpec> extensions;
  std::vector<RidSpec> receiveRids;  ///< simulcast of the peer's, as last negotiated
  bool rejected = false;
  std::optional<uint32_t> transport;  ///< which one carries it; none past kMaxTransports
  bool ownRtcp = false;               ///< RTCP has a path of its own, or an offer has one ready (RFC 5761 §5.1.1)
  uint16_t sctpPort = 5000;           ///< ours of a data section: what everybody uses, unless a page says another
  bool sctpMap = false;               ///< the peer's older form of a data section, and its protocol
  std::string dataProtocol;           ///< empty: ours
};

/// The m-lines of a connection and the transceivers that share them (RFC 9429 §3.4.1, §5.10): how descriptions make,
/// match, recycle and end them, and how a rollback undoes that. Owned by Negotiation, which says when.
class MediaLines {
 public:
  MediaLines(RandomSource& random, const media::CodecFactory& codecs) : random_(random), factory_(codecs) {}

  // ---- transceivers ----
  /// What transceivers ask, once there are any.
  void setLink(std::shared_ptr<ConnectionLink> link) { link_ = std::move(link); }
  const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers() const { return transceivers_; }
  std::shared_ptr<RtpTransceiver> addTransceiver(MediaKind kind, MediaStreamTrackPtr track,
                                                 RTCRtpTransceiverDirection direction,
                                                 const std::vector<MediaStreamPtr>& streams);
  /// W3C §5.1 addTrack: the transceiver that may carry one more track without a new m-line; null when there is none.
  std::shared_ptr<RtpTransceiver> reusableFor(MediaKind kind) const;
  void setTrack(RtpTransceiver& transceiver, MediaStreamTrackPtr track, const std::vector<MediaStreamPtr>& streams);

  // ---- m-lines ----
  const std::vector<MediaLine>& all() const { return lines_; }
  size_t size() const { return lines_.size(); }
  const MediaLine& operator[](size_t index) const { return lines_[index]; }
  std::optional<size_t> indexOf(const std::string& mid) const;
  /// The mid and index of the first section that is alive (RFC 9143 §7.2), and of the first on one transport.
  std::pair<std::string, uint16_t> bundleTag() const;
  std::pair<std::string, uint16_t> tagOf(uint32_t transport) const;
  /// The transports of all sections, those included that a rollback would go back to. In the order of the sections.
  std::vector<uint32_t> transports() const;
  /// Likewise, with the paths of RTCP beside them (stack/path_id.h).
  std::vector<uint32_t> paths() const;
  /// The exchange, just agreed on, rejects the data section that it offered or that there was.
  bool rejectsData(const Exchange& exchange) const;
  /// A mid that no section has; `next` counts on. From firstMid() on for each offer: one that is never applied uses up
  /// none.
  std::string freshMid(uint32_t& next) const;
  uint32_t firstMid() const { return nextMid_; }
  /// W3C §4.7.3, "check if negotiation is needed", in a stable state that `current` is of, if there was a round.
  bool needNegotiation(const Exchange* current, bool wantsData) const;

  // ---- descriptions ----
  /// Before an offer is applied: what restoreSnapshot() goes back to.
  void takeSnapshot();
  void restoreSnapshot();
  void dropSnapshot() { snapshot_.reset(); }
  /// The sections as the last round left them, whatever an offer on its way makes of them.
  const std::vector<MediaLine>& inForce() const { return snapshot_ ? snapshot_->lines : lines_; }
  /// `transceivers`: of the sections; null for data.
  void applyLocalOffer(const SessionPlan& plan, const std::vector<std::shared_ptr<RtpTransceiver>>& transceivers);
  /// `maxBundle`: sections outside of the first BUNDLE group get no transport. `takesOwnRtcp`: RTCP that is not
  /// multiplexed gets a path.
  void applyRemoteOffer(const RemoteDescription& offer, bool maxBundle, bool takesOwnRtcp);
  void applyRemoteAnswer(const RemoteDescription& answer, bool provisional);
  /// An answer is there: what both descriptions say is in force. RFC 9429 §4.1.10.1: for a provisional one nothing is
  /// freed that the final one may want.
  void agree(const Exchange& exchange);
  /// The final answer is in force: transceivers of rejected sections are stopped, and those that are leave.
  void finish();

  std::vector<TrackChange> takeTrackChanges() { return remoteTracks_.takeChanges(); }
  /// Transceivers that have left since the last call: stopped, and their m-line rejected by an answer.
  std::vector<std::shared_ptr<RtpTransceiver>> takeStopped();

 private:
  /// What rollback makes of one transceiver again.
  struct Kept {
    std::shared_ptr<RtpTransceiver> transceiver;
    std::optional<std::string> mid;
    bool remoteSends = false;
    std::vector<MediaStreamPtr> streams;
    std::optional<RTCRtpTransceiverDirection> direction;
    std::vector<RTCRtpEncodingParameters> encodings;  // an answer may leave some out
    std::vector<RtpSender::Ssrcs> ssrcs;
    std::vector<ReceivedLayer> layers;
  };
  /// What rollback goes back to.
  struct Snapshot {
    std::vector<MediaLine> lines;
    std::vector<Kept> transceivers;
  };

  void readRids(RtpTransceiver& transceiver, const RemoteSection& section);
  std::shared_ptr<RtpTransceiver> transceiverFor(const RemoteSection& section);
  void removeStopped();
  std::optional<uint32_t> transportFor(const SectionPlan& section, size_t index);
  uint32_t freshTransport(const std::vector<uint32_t>& taken);
  /// RFC 9143 §7.3.3: a BUNDLE group shares the transport that its tagged section has, else one of its others, else a new
  /// one; so does each section in no group. In the order of the sections: where a group falls apart, its first keeps it.
  void assignTransports(const std::vector<BundleGroup>& groups, const std::vector<bool>& takesPart);

  RandomSource& random_;
  const media::CodecFactory& factory_;
  std::shared_ptr<ConnectionLink> link_;
  std::vector<std::shared_ptr<RtpTransceiver>> transceivers_;
  std::vector<MediaLine> lines_;
  std::optional<Snapshot> snapshot_;
  std::vector<std::shared_ptr<RtpTransceiver>> stopped_;
  RemoteTracks remoteTracks_;
  uint32_t nextMid_ = 0;
  uint32_t primary_ = 0;  // the transport of the first section, while there is none: the last one that was that
  uint32_t nextTransport_ = 1;
};

}  // namespace tincan::inline v0::stack
