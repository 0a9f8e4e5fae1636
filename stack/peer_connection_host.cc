#include "stack/peer_connection_host.h"

#include <algorithm>
#include <utility>

#include "media/media_stream_track.h"
#include "sdp/text.h"
#include "stack/data_channel_set.h"
#include "stack/transport_set.h"

namespace tincan::inline v0::stack {
namespace {

std::string fmtpLine(const CodecSpec& codec) {
  std::string out;
  for (const auto& [key, value] : codec.parameters)
    out += (out.empty() ? "" : ";") + key + (value.empty() ? "" : "=" + value);
  return out;
}

RTCRtpCodecParameters toParameters(MediaKind kind, const CodecSpec& codec) {
  RTCRtpCodecParameters out;
  out.mimeType = std::string(name(kind)) + "/" + codec.name;
  out.clockRate = codec.clockRate;
  if (kind == MediaKind::kAudio) out.channels = codec.channels;
  if (const std::string line = fmtpLine(codec); !line.empty()) out.sdpFmtpLine = line;
  out.payloadType = codec.payloadType;
  return out;
}

// RFC 4588 §8: RTX is a codec of its own for the W3C.
RTCRtpCodecParameters repairOf(MediaKind kind, const CodecSpec& codec) {
  RTCRtpCodecParameters out;
  out.mimeType = std::string(name(kind)) + "/rtx";
  out.clockRate = codec.clockRate;
  out.sdpFmtpLine = "apt=" + std::to_string(codec.payloadType);
  out.payloadType = *codec.rtxPayloadType;
  return out;
}

// The W3C's numbers are in the order of ours.
RTCDtlsTransportState toW3c(dtls::State state) {
  switch (state) {
    case dtls::State::kNew: return RTCDtlsTransportState::kNew;
    case dtls::State::kConnecting: return RTCDtlsTransportState::kConnecting;
    case dtls::State::kConnected: return RTCDtlsTransportState::kConnected;
    case dtls::State::kClosed: return RTCDtlsTransportState::kClosed;
    case dtls::State::kFailed: return RTCDtlsTransportState::kFailed;
  }
  return RTCDtlsTransportState::kNew;
}

}  // namespace

// ---- the objects of one transport ----

/// What pages see of one transport, and what those objects ask. Owned by the Host.
class PeerConnection::Host::Objects final : public TransportHost {
 public:
  Objects(PeerConnection& connection, uint32_t id) : connection_(connection), id_(id), objects_(*this) {}

  TransportObjects& operator*() { return objects_; }
  TransportObjects* operator->() { return &objects_; }
  void update();

  std::vector<RTCIceCandidate> localIceCandidates() const override;
  std::vector<RTCIceCandidate> remoteIceCandidates() const override;
  std::optional<RTCIceCandidatePair> selectedCandidatePair() const override;
  std::optional<RTCIceParameters> localIceParameters() const override;
  std::optional<RTCIceParameters> remoteIceParameters() const override;
  std::vector<Bytes> remoteCertificates() const override;
  void postEvent(std::function<void()> event) override { connection_.host_->postEvent(std::move(event)); }

 private:
  // It is there as long as these objects are asked: Host::forget() closes them first.
  const TransportPath& path() const {
    const TransportPath* path = connection_.transports_->find(id_);
    return path ? *path : connection_.transports_->first();
  }
  RTCIceCandidate toCandidate(const ice::Candidate& candidate, const std::string& ufrag) const;

  PeerConnection& connection_;
  uint32_t id_;
  TransportObjects objects_;
};

PeerConnection::Host::Host(PeerConnection& connection) : connection_(connection) {
  link_->host = this;
}

PeerConnection::Host::~Host() {
  link_->host = nullptr;
}

void PeerConnection::Host::postEvent(std::function<void()> event) {
  if (connection_.closed_) return;
  connection_.post(std::move(event));
}

std::string PeerConnection::Host::freshId() {
  return media::newId(*connection_.random_);
}

RTCStatsReport PeerConnection::Host::statsOf(const RtpSender& sender) const {
  const RTCStatsReport all = connection_.getStats();
  std::vector<std::string> ids;
  for (const auto& each : all.outboundRtp)
    if (std::any_of(sender.ssrcs_.begin(), sender.ssrcs_.end(),
                    [&](const RtpSender::Ssrcs& own) { return own.media == each.ssrc; }))
      ids.push_back(each.id);
  return all.closureOf(std::move(ids));
}

RTCStatsReport PeerConnection::Host::statsOf(const RtpReceiver& receiver) const {
  const RTCStatsReport all = connection_.getStats();
  std::vector<std::string> ids;
  for (const auto& each : all.inboundRtp)
    if (each.trackIdentifier == receiver.track()->id() ||
        std::any_of(receiver.layers().begin(), receiver.layers().end(),
                    [&](const ReceivedLayer& layer) { return layer.track->id() == each.trackIdentifier; }))
      ids.push_back(each.id);
  return all.closureOf(std::move(ids));
}

bool PeerConnection::Host::takesTones(const RtpSender& sender) const {
  if (connection_.connectionState() != RTCPeerConnectionState::kConnected) return false;
  for (const NegotiatedSection& section : connection_.negotiation_->sections()) {
    if (section.transceiver->sender().get() != &sender) continue;
    if (!section.send || sender.stopping_ || !sender.encoding().active) return false;
    return std::any_of(section.codecs.begin(), section.codecs.end(),
                       [](const CodecSpec& codec) { return sdp::equalsIgnoringCase(codec.name, "telephone-event"); });
  }
  return false;
}

double PeerConnection::Host::wallMillis(TimePoint at) const {
  return static_cast<double>(connection_.environment_.unixMicrosAtZero + at.micros()) / 1000;
}

// ---- what was negotiated ----

template <class Matches>
RTCRtpParameters PeerConnection::Host::parameters(bool sending, Matches&& matches) const {
  RTCRtpParameters out;
  for (const NegotiatedSection& section : connection_.negotiation_->sections()) {
    if (!matches(*section.transceiver)) continue;
    const MediaKind kind = section.transceiver->kind();
    for (const ExtensionSpec& extension : section.extensions) {
      if (sending ? sends(extension.direction) : receives(extension.direction))
        out.headerExtensions.push_back({extension.uri, extension.id, false});
    }
    for (const CodecSpec& codec : section.codecs) {
      out.codecs.push_back(toParameters(kind, codec));
      if (codec.rtxPayloadType) out.codecs.push_back(repairOf(kind, codec));
    }
    out.rtcp.reducedSize = true;  // RFC 5506: what we send, and take
    if (sending) out.rtcp.cname = connection_.negotiation_->cname();
  }
  return out;
}

RTCRtpParameters PeerConnection::Host::parametersOf(const RtpSender& sender) const {
  return parameters(true, [&](const RtpTransceiver& each) { return each.sender().get() == &sender; });
}

RTCRtpParameters PeerConnection::Host::parametersOf(const RtpReceiver& receiver) const {
  return parameters(false, [&](const RtpTransceiver& each) { return each.receiver().get() == &receiver; });
}

// §4.4.1.5: an offer of the peer's gives nobody a transport; what is set for it locally does.
template <class Matches>
std::shared_ptr<DtlsTransport> PeerConnection::Host::transport(Matches&& matches) const {
  const auto state = connection_.negotiation_->signalingState();
  const bool described = state != RTCSignalingState::kStable && state != RTCSignalingState::kHaveRemoteOffer;
  for (const auto& each : connection_.negotiation_->transceivers())
    if (each->mid() && (described || each->currentDirection()) && matches(*each)) {
      const auto path = connection_.negotiation_->transportOf(*each);
      return path && connection_.transports_->find(*path) ? (*objectsOf(*path)).dtls() : nullptr;
    }
  return nullptr;
}

std::shared_ptr<DtlsTransport> PeerConnection::Host::transportOf(const RtpSender& sender) const {
  return transport([&](const RtpTransceiver& each) { return each.sender().get() == &sender; });
}

std::shared_ptr<DtlsTransport> PeerConnection::Host::transportOf(const RtpReceiver& receiver) const {
  return transport([&](const RtpTransceiver& each) { return each.receiver().get() == &receiver; });
}

PeerConnection::Host::Objects& PeerConnection::Host::objectsOf(uint32_t path) const {
  auto& objects = objects_[path];
  if (!objects) objects = std::make_unique<Objects>(connection_, path);
  return *objects;
}

void PeerConnection::Host::forget(uint32_t path) {
  const auto it = objects_.find(path);
  if (it == objects_.end()) return;
  (*it->second)->close();
  objects_.erase(it);
}

// Of an offer already, as browsers have it, where §4.4.1.5 would wait for the answer: pages look at its transport then.
std::shared_ptr<SctpTransport> PeerConnection::Host::sctp() {
  if (connection_.closed_) return sctp_;
  const auto data = connection_.negotiation_->data();
  const auto offered = data ? std::nullopt : connection_.negotiation_->offeredData();
  // What was offered was rejected, or rolled back.
  if (!data && !offered && std::exchange(sctpOffered_, false)) giveSctpTo(nullptr);
  const auto path = data ? std::optional(data->transport) : offered;
  if (!path || !connection_.transports_->find(*path)) return sctp_;
  Objects& objects = objectsOf(*path);
  if (std::exchange(sctpOffered_, !data)) giveSctpTo(&objects);
  // RFC 8841 §6.1: 0 is any size. W3C §6.1.1, "canSendSize": what SCTP sends here.
  const uint64_t told = data.value_or(NegotiatedData()).maxMessageSize;
  constexpr uint64_t most = 262'144;  // sctp::DataChannels refuses more, whatever the peer takes
  objects->beginSctp(static_cast<double>(told == 0 ? most : std::min(told, most)));
  return sctp_ = objects->sctp();
}

// The answer says on which transport what was offered is; null: on none.
void PeerConnection::Host::giveSctpTo(Objects* owner) {
  for (const auto& [id, each] : objects_)
    if (each.get() != owner && (*each)->sctp() == sctp_) (*each)->takeSctp(nullptr);
  if (owner && (*owner)->sctp() != sctp_) (*owner)->takeSctp(sctp_);
  if (!owner) sctp_ = nullptr;
}

// ---- the transports ----

void PeerConnection::Host::update() {
  (void)sctp();
  // Pages see RTP's component alone.
  for (const auto& path : connection_.transports_->all())
    if (!isRtcpPath(path->id)) objectsOf(path->id).update();
}

void PeerConnection::Host::Objects::update() {
  const Transport& transport = *path().transport;
  TransportStates now;
  now.ice = static_cast<RTCIceTransportState>(path().ice);  // in the same order
  now.gathering = static_cast<RTCIceGathererState>(path().gathering);
  const bool described = connection_.negotiation_->negotiated() ||
                         connection_.negotiation_->signalingState() != RTCSignalingState::kStable;
  if (described)
    now.role = transport.iceRole() == ice::Role::kControlling ? RTCIceRole::kControlling : RTCIceRole::kControlled;
  now.pairChanges = transport.iceStats().selectedPairChanges;
  if (const dtls::Connection* dtls = transport.dtls()) now.dtls = toW3c(dtls->state());
  if (now.dtls == RTCDtlsTransportState::kFailed) {
    RTCError error;
    error.errorDetail = RTCErrorDetailType::kDtlsFailure;
    error.message = path().dtlsFailure;
    now.dtlsError = std::move(error);
  }
  const bool stands = transport.dataConnected();
  const auto before = objects_.sctp();
  now.sctp = stands                                                           ? RTCSctpTransportState::kConnected
             : before && before->state() == RTCSctpTransportState::kConnected ? RTCSctpTransportState::kClosed
                                                                              : RTCSctpTransportState::kConnecting;
  objects_.update(now, transport.maxChannels());
}

void PeerConnection::Host::close() {
  for (const auto& transceiver : connection_.negotiation_->transceivers()) transceiver->becomeStopped();
  for (const auto& [id, objects] : objects_) (*objects)->close();
}

RTCIceCandidate PeerConnection::Host::Objects::toCandidate(const ice::Candidate& candidate,
                                                           const std::string& ufrag) const {
  const auto [mid, index] = connection_.negotiation_->tagOf(id_);
  RTCIceCandidate out;
  out.candidate = candidate.toString();
  out.sdpMid = mid;
  out.sdpMLineIndex = index;
  out.usernameFragment = ufrag;
  return out;
}

std::vector<RTCIceCandidate> PeerConnection::Host::Objects::localIceCandidates() const {
  const Transport& transport = *path().transport;
  std::vector<RTCIceCandidate> out;
  for (const ice::CandidateGathered& each : transport.iceAgent().localCandidates()) {
    // Connections of ours to a peer that listens are told to nobody.
    if (each.candidate.tcpType == ice::TcpType::kActive && !connection_.configuration_.ice.tcp) continue;
    RTCIceCandidate& candidate = out.emplace_back(toCandidate(each.candidate, transport.localCredentials().ufrag));
    if (!each.url.empty()) candidate.setServer(each.url);
  }
  return out;
}

std::vector<RTCIceCandidate> PeerConnection::Host::Objects::remoteIceCandidates() const {
  const TransportDescription* remote = connection_.negotiation_->paths().remote(id_);
  std::vector<RTCIceCandidate> out;
  for (const ice::Candidate& each : path().transport->iceAgent().remoteCandidates()) {
    // §5.6: those that addIceCandidate() or a description told of.
    if (each.type != ice::CandidateType::kPeerReflexive)
      out.push_back(toCandidate(each, remote ? remote->iceUfrag : std::string()));
  }
  return out;
}

std::optional<RTCIceCandidatePair> PeerConnection::Host::Objects::selectedCandidatePair() const {
  const auto pair = path().transport->candidatePair();
  if (!pair) return std::nullopt;
  const TransportDescription* remote = connection_.negotiation_->paths().remote(id_);
  return RTCIceCandidatePair{toCandidate(pair->local, path().transport->localCredentials().ufrag),
                             toCandidate(pair->remote, remote ? remote->iceUfrag : std::string())};
}

std::optional<RTCIceParameters> PeerConnection::Host::Objects::localIceParameters() const {
  // As described: the agent keeps those of a restart that was rolled back, and the peer was never told them.
  const auto described = connection_.negotiation_->localCredentials();
  const ice::Credentials& ours = described ? *described : path().transport->localCredentials();
  return RTCIceParameters{ours.ufrag, ours.password};
}

std::optional<RTCIceParameters> PeerConnection::Host::Objects::remoteIceParameters() const {
  const TransportDescription* remote = connection_.negotiation_->paths().remote(id_);
  if (!remote || remote->iceUfrag.empty()) return std::nullopt;
  return RTCIceParameters{remote->iceUfrag, remote->icePwd};
}

std::vector<Bytes> PeerConnection::Host::Objects::remoteCertificates() const {
  const dtls::Connection* dtls = path().transport->dtls();
  // §5.5: once the handshake has verified them.
  if (!dtls || dtls->state() != dtls::State::kConnected || !dtls->remoteCertificate()) return {};
  return {toBytes(dtls->remoteCertificate()->der())};
}

}  // namespace tincan::inline v0::stack
