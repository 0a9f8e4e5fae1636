#include "apps/call/peer.h"

#include <algorithm>

#include "apps/call/call_stats.h"
#include "apps/call/capture.h"
#include "apps/call/codec_names.h"
#include "apps/call/frame_key.h"
#include "devices/devices.h"
#include "include/tincan/tincan.h"
#include "media/get_user_media.h"

namespace tincan::inline v0::apps {

using stack::RTCPeerConnectionState;

namespace {

// For what close() has to say (DTLS close_notify, SCTP abort) to leave the socket.
constexpr Duration kFarewell = Duration::millis(50);

// Of the line, that the table draws.
constexpr size_t kLooks = 60;

// Channels remembered for the report, open ones aside.
constexpr size_t kMaxChannels = 64;

// "30", "0.5"
std::string secondsText(double seconds) {
  char out[32];
  std::snprintf(out, sizeof out, "%g", seconds);
  return out;
}

stack::FecSettings fecFor(const std::string& name) {
  using Video = stack::FecSettings::Video;
  using Audio = stack::FecSettings::Audio;
  if (name == "none") return {Video::kNone, Audio::kNone};
  if (name == "red") return {Video::kNone, Audio::kAlways};
  return {name == "flexfec" ? Video::kFlexfec : Video::kUlpfec, Audio::kByLoss};
}

stack::RTCConfiguration configurationFor(const CallOptions& options) {
  stack::RTCConfiguration configuration;
  configuration.videoBitrate = options.videoBitrate;
  configuration.congestion.startBitrate = options.startBitrate;
  configuration.congestion.minBitrate = options.minBitrate;
  configuration.congestion.maxBitrate = options.maxBitrate;
  if (options.controller == "fixed")
    configuration.congestion.controller = stack::CongestionSettings::Controller::kFixed;
  if (options.controller == "scream")
    configuration.congestion.controller = stack::CongestionSettings::Controller::kScream;
  configuration.fec = fecFor(options.fec);
  configuration.security.keepKeyLog = !options.keyLog.empty();
  if (options.rtcpMux == "negotiate") configuration.rtcpMuxPolicy = stack::RTCRtcpMuxPolicy::kNegotiate;
  if (options.warp == "off") configuration.warp = stack::WarpPolicy::kOff;
  if (options.warp == "offer") configuration.warp = stack::WarpPolicy::kOffer;
  if (options.dtls == "1.2") configuration.security.maxVersion = dtls::Version::kDtls12;
  if (options.dtls == "1.3") configuration.security.minVersion = dtls::Version::kDtls13;
  if (options.icePolicy == "relay") configuration.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
  configuration.ice.tcp = options.iceTcp;
  for (const std::string& url : options.iceServers) {
    configuration.iceServers.push_back({{url}, options.iceUsername, options.iceCredential});
  }
  return configuration;
}

}  // namespace

Result<std::unique_ptr<Peer>> Peer::create(net::Loop& loop, const CallOptions& options, Outputs outputs, bool offerer,
                                           Callbacks callbacks) {
  std::unique_ptr<Peer> peer(new Peer(loop, options, std::move(outputs), offerer, std::move(callbacks)));
  if (auto started = peer->start(); !started) return started.error();
  return peer;
}

Peer::Peer(net::Loop& loop, const CallOptions& options, Outputs outputs, bool offerer, Callbacks callbacks)
    : loop_(loop),
      options_(options),
      offerer_(offerer),
      callbacks_(std::move(callbacks)),
      recorder_(std::move(outputs.recording), std::move(outputs.picture)),
      timer_(loop),
      startedAt_(loop.now()) {
  outcome_.offerer = offerer;
}

Peer::~Peer() {
  channels_.clear();
  driver_.reset();  // before the endpoint that it drives
}

Result<void> Peer::start() {
  stack::Environment world = environment(loop_, random_);
  const size_t threads = options_.workers ? *options_.workers : net::WorkerPool::usual();
  if (threads > 0) world.executor = &workers_.emplace(loop_, threads);
  auto created = stack::PeerConnection::create(configurationFor(options_), world);
  if (!created) return created.error();
  pc_ = std::move(created).value();
  if (!options_.keyLog.empty()) {
    auto file = KeyLogFile::open(options_.keyLog);
    if (!file) return file.error();
    keyLog_ = std::move(file).value();
  }
  wire();
  if (auto added = addMedia(); !added) return added;
  if (offerer_ && options_.opensChannel()) {
    auto channel = pc_->createDataChannel("chat");
    if (!channel) return channel.error();
    channels_.push_back(std::make_unique<Echo>(*channel, Echo::Mode::kAnswer));
  }
  net::DriverConfig config;
  config.includeLoopback = options_.loopback;
  config.interfaces = options_.interfaces;
  driver_ = std::make_unique<net::Driver>(loop_, *pc_, config);
  timer_.start(Duration::micros(static_cast<int64_t>(options_.timeout * 1e6)), [this] {
    std::string why = "no connection within " + secondsText(options_.timeout) + " s";
    tellConnectivity();
    if (driver_->lastError()) why += " (" + driver_->lastError()->message() + ")";
    fail(Error(ErrorCode::kTimeout, why + ": is the far end reachable? --timeout waits longer"));
  });
  return {};
}

Result<void> Peer::addMedia() {
  auto stream = openCapture(loop_, options_, random_);
  if (!stream) return stream.error();
  if (!*stream) return {};
  stream_ = *stream;
  for (const auto& track : stream_->getTracks()) {
    if (auto added = addTrack(track); !added) return added;
  }
  for (const auto& sender : pc_->getSenders()) {
    if (options_.frameKey.empty() || !sender->track()) continue;
    const auto kind = sender->track()->isVideo() ? stack::MediaKind::kVideo : stack::MediaKind::kAudio;
    if (auto set = sender->setTransform(frameKeyTransform(kind, options_.frameKey)); !set) return set;
  }
  return preferCodecs();
}

Result<void> Peer::addTrack(const std::shared_ptr<media::MediaStreamTrack>& track) {
  const auto kind = track->isVideo() ? stack::MediaKind::kVideo : stack::MediaKind::kAudio;
  const auto ask = [&](stack::RTCRtpEncodingParameters& encoding, size_t index) {
    if (track->isVideo() && !options_.svc.empty()) encoding.scalabilityMode = options_.svc;
    encoding.codec = encodingCodec(kind, options_.sendCodecs, index);
  };
  if (track->isVideo() && options_.simulcast) {
    stack::RTCRtpTransceiverInit init;
    init.streams = {stream_};
    for (const char* rid : {"q", "h", "f"}) {
      stack::RTCRtpEncodingParameters& encoding = init.sendEncodings.emplace_back();
      encoding.rid = rid;
      ask(encoding, init.sendEncodings.size() - 1);
    }
    if (auto made = pc_->addTransceiver(track, std::move(init)); !made) return made.error();
    return {};
  }
  // Not by a transceiver of its own: this one may be matched with a section of the far end's offer.
  auto sender = pc_->addTrack(track, stream_);
  if (!sender) return sender.error();
  auto parameters = (*sender)->getParameters();
  ask(parameters.encodings.front(), 0);
  return (*sender)->setParameters(parameters);
}

// Of each transceiver, those that the far end's offer has made included.
Result<void> Peer::preferCodecs() {
  if (options_.codecs.empty()) return {};
  for (const auto& transceiver : pc_->getTransceivers()) {
    const auto named = codecsNamed(transceiver->kind(), options_.codecs);
    if (named.empty()) continue;
    if (auto set = transceiver->setCodecPreferences(named); !set) return set;
  }
  return {};
}

void Peer::wire() {
  pc_->onicecandidate = [this](stack::RTCPeerConnectionIceEvent event) {
    if (!ending_) callbacks_.send(event.candidate.value_or(stack::RTCIceCandidate{}));
  };
  pc_->onnegotiationneeded = [this] { negotiate(); };
  pc_->ontrack = [this](stack::RTCTrackEvent event) {
    if (!options_.frameKey.empty() && !event.receiver->transform()) {
      const auto transform = frameKeyTransform(event.transceiver->kind(), options_.frameKey);
      (void)event.receiver->setTransform(transform).ok();  // a fresh one: nothing can refuse it
    }
    recorder_.watch(event.receiver);
    if (options_.speaker && !event.track->isVideo()) playOn(*event.track);
  };
  pc_->ondatachannel = [this](stack::RTCDataChannelEvent event) {
    // A far end that opens and closes channels without end makes us forget the oldest ones, not grow.
    const auto closed = std::find_if(channels_.begin(), channels_.end(), [](const auto& each) {
      return each->channel().readyState() == stack::RTCDataChannelState::kClosed;
    });
    if (channels_.size() >= kMaxChannels && closed != channels_.end()) channels_.erase(closed);
    channels_.push_back(std::make_unique<Echo>(event.channel, Echo::Mode::kEcho));
  };
  pc_->onconnectionstatechange = [this] { connectionChanged(); };
}

// Opened by the first sound, and shared by those after it: the call goes on where it cannot be had.
void Peer::playOn(media::MediaStreamTrack& track) {
  if (!speaker_) {
    const std::string name = options_.speaker->empty() ? std::string(devices::kDefaultDevice) : *options_.speaker;
    auto opened = devices::Speaker::open(name);
    if (!opened) return callbacks_.notes({"--speaker: " + opened.error().message()});
    speaker_ = *std::move(opened);
  }
  track.addAudioSink([speaker = speaker_](const media::AudioFrame& sound) { speaker->play(sound); });
}

void Peer::negotiate() {
  // The far end starts, when it is to; what we add later we offer ourselves.
  if (ending_ || (!offerer_ && !pc_->remoteDescription())) return;
  if (auto set = pc_->setLocalDescription(); !set) return fail(set.error());
  callbacks_.send(*pc_->localDescription());
}

void Peer::receive(const SignallingMessage& message) {
  if (ending_) return;
  if (const auto* description = std::get_if<stack::RTCSessionDescription>(&message)) {
    receiveDescription(*description);
  } else if (const auto* candidate = std::get_if<stack::RTCIceCandidate>(&message)) {
    receiveCandidate(*candidate);
  } else if (const auto* received = std::get_if<Received>(&message)) {
    outcome_.farEnd = *received;
  } else if (const auto* bye = std::get_if<Bye>(&message)) {
    const std::string& reason = bye->reason;
    hangUp("the far end hung up" + (reason.empty() ? "" : " (" + reason + ")"), std::nullopt, false);
  }
}

void Peer::receiveDescription(const stack::RTCSessionDescription& description) {
  const auto set = pc_->setRemoteDescription(description);
  tellDescriptionNotes();
  if (!set) return fail(set.error());
  while (!earlyCandidates_.empty()) {
    const auto candidate = std::move(earlyCandidates_.front());
    earlyCandidates_.pop_front();
    receiveCandidate(candidate);
    if (ending_) return;
  }
  if (description.type != stack::RTCSdpType::kOffer) return;
  if (auto preferred = preferCodecs(); !preferred) return fail(preferred.error());
  if (auto answered = pc_->setLocalDescription(); !answered) return fail(answered.error());
  callbacks_.send(*pc_->localDescription());
}

void Peer::receiveCandidate(const stack::RTCIceCandidate& candidate) {
  constexpr size_t kMaxEarly = 256;
  if (!pc_->remoteDescription()) {
    if (earlyCandidates_.size() < kMaxEarly) earlyCandidates_.push_back(candidate);
    return;
  }
  // One that is of no use is passed over: the others may do, and an error of the signalling is no end of a call.
  if (auto added = pc_->addIceCandidate(candidate); !added) passOverCandidate(added.error());
}

void Peer::passOverCandidate(const Error& why) {
  constexpr size_t kMaxNotes = 64;
  if (ending_ || candidateNotes_++ >= kMaxNotes || !callbacks_.notes) return;
  callbacks_.notes({"a candidate is passed over: " + why.message()});
}

void Peer::tellDescriptionNotes() {
  std::vector<std::string> lines;
  for (const sdp::Note& note : pc_->descriptionNotes()) {
    lines.push_back((note.line > 0 ? "line " + std::to_string(note.line) + ": " : "") + note.what +
                    (note.rule.empty() ? "" : " (" + note.rule + ")"));
  }
  if (!lines.empty() && callbacks_.notes) callbacks_.notes(lines);
}

void Peer::connectionChanged() {
  switch (pc_->connectionState()) {
    case RTCPeerConnectionState::kNew:
    case RTCPeerConnectionState::kConnecting:
    case RTCPeerConnectionState::kDisconnected: return;
    case RTCPeerConnectionState::kConnected:
      if (connectedAt_) return;
      connectedAt_ = loop_.now();
      timer_.cancel();
      keepKeys();
      outcome_.connected = true;
      outcome_.secondsToConnect = (*connectedAt_ - startedAt_).toSeconds();
      callbacks_.connected();
      return;
    case RTCPeerConnectionState::kFailed:
      if (const std::string why = pc_->negotiationFailure(); !why.empty()) {
        return fail(Error(ErrorCode::kOperationError, why));
      }
      return fail(Error(ErrorCode::kNetworkError, connectedAt_
                                                      ? "the connection broke"
                                                      : "no way to the far end was found (ICE or DTLS failed)"));
    case RTCPeerConnectionState::kClosed: return hangUp("the far end closed the connection", std::nullopt, false);
  }
}

// We gave up before ICE did: what it has tried until now.
void Peer::tellConnectivity() const {
  if (!pc_->remoteDescription()) return;
  for (const std::string& line : pc_->connectivityReport()) {
    defaultLog().write(LogLevel::kWarning, "ice", [&] { return line; });
  }
}

void Peer::fail(Error error) {
  hangUp(error.message(), error);
}

void Peer::hangUp(const std::string& reason, std::optional<Error> failure, bool tell) {
  if (ending_) return;
  stats();
  averageBitrates();  // the last table shows the call, not its last instant
  ending_ = true;
  outcome_.endReason = reason;
  outcome_.failure = std::move(failure);
  outcome_.stats = report();
  outcome_.connectionState = stack::toString(pc_->connectionState());
  outcome_.iceState = stack::toString(pc_->iceConnectionState());
  outcome_.seconds = (loop_.now() - connectedAt_.value_or(startedAt_)).toSeconds();
  if (tell) callbacks_.send(Bye{reason});
  pc_->close();
  driver_->wake();
  timer_.start(kFarewell, [this] { finish(); });
}

void Peer::finish() {
  keepKeys();
  outcome_.seen = recorder_.seen();
  if (outcome_.seen.firstFrame) outcome_.secondsToFirstFrame = (*outcome_.seen.firstFrame - startedAt_).toSeconds();
  outcome_.network = driver_->stats();
  const Result<void> recorded = recorder_.finish();
  if (!recorded && !outcome_.failure) outcome_.failure = recorded.error();
  outcome_.files = recorder_.written();
  for (const std::string& codec : recorder_.leftOut())
    if (callbacks_.notes)
      callbacks_.notes({"what came as " + codec + " is not in the recording: it holds VP8 and Opus"});
  callbacks_.ended();
}

void Peer::keepKeys() {
  if (!keyLog_) return;
  auto appended = keyLog_->append(pc_->takeKeyLog());
  if (!appended && !outcome_.failure) outcome_.failure = appended.error();
}

// A connection forgets its channels when they close; a report has them all.
stack::RTCStatsReport Peer::report() const {
  stack::RTCStatsReport out = pc_->getStats();
  out.dataChannels.clear();
  for (const auto& each : channels_) {
    const stack::DataChannel& channel = each->channel();
    stack::RTCDataChannelStats& stats = out.dataChannels.emplace_back();
    stats.label = channel.label();
    stats.protocol = channel.protocol();
    if (channel.id()) stats.dataChannelIdentifier = *channel.id();
    stats.state = stack::toString(channel.readyState());
    stats.messagesSent = channel.messagesSent();
    stats.bytesSent = channel.bytesSent();
    stats.messagesReceived = channel.messagesReceived();
    stats.bytesReceived = channel.bytesReceived();
  }
  return out;
}

void Peer::averageBitrates() {
  const double seconds = connectedAt_ ? (loop_.now() - *connectedAt_).toSeconds() : 0;
  for (CallStats::Track& track : lastStats_.tracks) {
    track.bitrate = seconds > 0 ? static_cast<double>(track.bytes) * 8 / seconds : 0;
  }
}

CallStats Peer::stats() {
  if (ending_) return lastStats_;
  CallStats out = toCallStats(report());
  out.connectionState = stack::toString(pc_->connectionState());
  out.iceState = stack::toString(pc_->iceConnectionState());
  const TimePoint now = loop_.now();
  out.seconds = (now - startedAt_).toSeconds();
  const double interval = (now - lastLook_).toSeconds();
  for (size_t i = 0; i < out.tracks.size() && i < lastStats_.tracks.size(); ++i) {
    const uint64_t before = lastStats_.tracks[i].bytes, bytes = out.tracks[i].bytes;
    if (interval > 0 && bytes >= before) out.tracks[i].bitrate = static_cast<double>(bytes - before) * 8 / interval;
  }
  if (!out.line.empty()) {
    std::vector<CallStats::Line> line = std::move(lastStats_.line);
    if (line.size() >= kLooks) line.erase(line.begin());
    line.push_back(out.line.back());
    out.line = std::move(line);
  }
  lastLook_ = now;
  lastStats_ = out;
  return out;
}

}  // namespace tincan::inline v0::apps
