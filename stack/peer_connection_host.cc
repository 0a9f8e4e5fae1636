#include "stack/peer_connection_host.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ice/server_url.h"
#include "media/media_stream_track.h"
#include "sdp/text.h"
#include "stack/transport.h"

namespace tincan::stack {
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

PeerConnection::Host::Host(PeerConnection& connection) : connection_(connection), transports_(*this) {
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

template <class Matches>
std::shared_ptr<DtlsTransport> PeerConnection::Host::transport(Matches&& matches) const {
  for (const auto& each : connection_.negotiation_->transceivers())
    if (each->mid() && matches(*each)) return transports_.dtls();
  return nullptr;
}

std::shared_ptr<DtlsTransport> PeerConnection::Host::transportOf(const RtpSender& sender) const {
  return transport([&](const RtpTransceiver& each) { return each.sender().get() == &sender; });
}

std::shared_ptr<DtlsTransport> PeerConnection::Host::transportOf(const RtpReceiver& receiver) const {
  return transport([&](const RtpTransceiver& each) { return each.receiver().get() == &receiver; });
}

std::shared_ptr<SctpTransport> PeerConnection::Host::sctp() {
  if (!connection_.closed_) {
    if (const auto data = connection_.negotiation_->data()) {
      // RFC 8841 §6.1: 0 is any size.
      transports_.beginSctp(data->maxMessageSize == 0 ? std::numeric_limits<double>::infinity()
                                                      : static_cast<double>(data->maxMessageSize));
    }
  }
  return transports_.sctp();
}

// ---- the transports ----

void PeerConnection::Host::update() {
  const Transport& transport = *connection_.transport_;
  TransportStates now;
  now.ice = static_cast<RTCIceTransportState>(connection_.iceConnection_.actual());  // in the same order
  now.gathering = static_cast<RTCIceGathererState>(connection_.iceGathering_.actual());
  const bool described = connection_.negotiation_->negotiated() ||
                         connection_.negotiation_->signalingState() != RTCSignalingState::kStable;
  if (described)
    now.role = transport.iceRole() == ice::Role::kControlling ? RTCIceRole::kControlling : RTCIceRole::kControlled;
  now.pairChanges = transport.iceStats().selectedPairChanges;
  if (const dtls::Connection* dtls = transport.dtls()) now.dtls = toW3c(dtls->state());
  if (now.dtls == RTCDtlsTransportState::kFailed) {
    RTCError error;
    error.errorDetail = RTCErrorDetailType::kDtlsFailure;
    error.message = connection_.negotiationFailure();
    now.dtlsError = std::move(error);
  }
  const bool stands = transport.dataConnected();
  const auto before = sctp();
  now.sctp = stands                                                           ? RTCSctpTransportState::kConnected
             : before && before->state() == RTCSctpTransportState::kConnected ? RTCSctpTransportState::kClosed
                                                                              : RTCSctpTransportState::kConnecting;
  transports_.update(now, stands ? std::optional<uint16_t>(sctp::DataChannels::kMaxStreams) : std::nullopt);
}

void PeerConnection::Host::close() {
  for (const auto& transceiver : connection_.negotiation_->transceivers()) transceiver->becomeStopped();
  transports_.close();
}

RTCIceCandidate PeerConnection::Host::toCandidate(const ice::Candidate& candidate, const std::string& ufrag) const {
  const auto [mid, index] = connection_.negotiation_->bundleTag();
  RTCIceCandidate out;
  out.candidate = candidate.toString();
  out.sdpMid = mid;
  out.sdpMLineIndex = index;
  out.usernameFragment = ufrag;
  return out;
}

std::vector<RTCIceCandidate> PeerConnection::Host::localIceCandidates() const {
  const Transport& transport = *connection_.transport_;
  std::vector<RTCIceCandidate> out;
  for (const ice::CandidateGathered& each : transport.iceAgent().localCandidates()) {
    // Connections of ours to a peer that listens are told to nobody.
    if (each.candidate.tcpType == ice::TcpType::kActive && !connection_.configuration_.ice.tcp) continue;
    RTCIceCandidate& candidate = out.emplace_back(toCandidate(each.candidate, transport.localCredentials().ufrag));
    if (each.url.empty()) continue;
    candidate.url = each.url;
    const auto server = ice::ServerUrl::parse(each.url);
    if (!server || each.candidate.type != ice::CandidateType::kRelay) continue;
    candidate.relayProtocol = server->scheme == ice::ServerUrl::Scheme::kTurns ? RTCIceServerTransportProtocol::kTls
                              : server->protocol == Protocol::kUdp             ? RTCIceServerTransportProtocol::kUdp
                                                                               : RTCIceServerTransportProtocol::kTcp;
  }
  return out;
}

std::vector<RTCIceCandidate> PeerConnection::Host::remoteIceCandidates() const {
  const TransportDescription* remote = connection_.negotiation_->remoteTransport();
  std::vector<RTCIceCandidate> out;
  for (const ice::Candidate& each : connection_.transport_->iceAgent().remoteCandidates()) {
    // §5.6: those that addIceCandidate() or a description told of.
    if (each.type != ice::CandidateType::kPeerReflexive)
      out.push_back(toCandidate(each, remote ? remote->iceUfrag : std::string()));
  }
  return out;
}

std::optional<RTCIceCandidatePair> PeerConnection::Host::selectedCandidatePair() const {
  const auto pair = connection_.transport_->candidatePair();
  if (!pair) return std::nullopt;
  const TransportDescription* remote = connection_.negotiation_->remoteTransport();
  return RTCIceCandidatePair{toCandidate(pair->local, connection_.transport_->localCredentials().ufrag),
                             toCandidate(pair->remote, remote ? remote->iceUfrag : std::string())};
}

std::optional<RTCIceParameters> PeerConnection::Host::localIceParameters() const {
  const ice::Credentials& ours = connection_.transport_->localCredentials();
  return RTCIceParameters{ours.ufrag, ours.password};
}

std::optional<RTCIceParameters> PeerConnection::Host::remoteIceParameters() const {
  const TransportDescription* remote = connection_.negotiation_->remoteTransport();
  if (!remote || remote->iceUfrag.empty()) return std::nullopt;
  return RTCIceParameters{remote->iceUfrag, remote->icePwd};
}

std::vector<Bytes> PeerConnection::Host::remoteCertificates() const {
  const dtls::Connection* dtls = connection_.transport_->dtls();
  // §5.5: once the handshake has verified them.
  if (!dtls || dtls->state() != dtls::State::kConnected || !dtls->remoteCertificate()) return {};
  return {toBytes(dtls->remoteCertificate()->der())};
}

}  // namespace tincan::stack
