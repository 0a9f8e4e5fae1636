#include "node/addon/connection.h"

#include <map>
#include <utility>
#include <vector>

#include "node/addon/channel.h"
#include "node/addon/convert.h"
#include "node/addon/stats.h"
#include "node/addon/track.h"
#include "node/addon/transceiver.h"
#include "node/addon/transports.h"

namespace tincan::inline v0::node {

namespace {

// What one connection holds that V8 does not see, by measurement: it collects wrappers as if they were this large.
constexpr int64_t kBytesOutside = 200 * 1024;

stack::RTCBundlePolicy toBundlePolicy(const std::optional<std::string>& name) {
  if (name == "max-compat") return stack::RTCBundlePolicy::kMaxCompat;
  if (name == "max-bundle") return stack::RTCBundlePolicy::kMaxBundle;
  return stack::RTCBundlePolicy::kBalanced;
}

stack::RTCConfiguration toConfiguration(const Napi::Object& object) {
  stack::RTCConfiguration out;
  each(object.Get("iceServers"), [&](const Napi::Object& server) {
    out.iceServers.push_back({texts(server.Get("urls")), optionalText(server, "username").value_or(""),
                              optionalText(server, "credential").value_or("")});
  });
  if (optionalText(object, "iceTransportPolicy") == "relay")
    out.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
  out.iceCandidatePoolSize = static_cast<uint8_t>(optionalNumber(object, "iceCandidatePoolSize").value_or(0));
  each(object.Get("certificates"),
       [&](const Napi::Object& one) { out.certificates.push_back(Certificate::from(one)); });
  out.bundlePolicy = toBundlePolicy(optionalText(object, "bundlePolicy"));
  if (const auto rate = optionalNumber(object, "videoBitrate")) out.videoBitrate = static_cast<uint32_t>(*rate);
  out.data.rideHandshake = false;  // JavaScript is written for browsers
  out.ice.mdnsNames = flag(object, "mdnsNames", false);
  out.strictSdp = flag(object, "strictSdp", false);
  return out;
}

}  // namespace

void Connection::define(Napi::Env env, Napi::Object exports) {
  Napi::Function constructor = DefineClass(env, kName,
                                           {InstanceMethod("createOffer", &Connection::createOffer),
                                            InstanceMethod("createAnswer", &Connection::createAnswer),
                                            InstanceMethod("setLocalDescription", &Connection::setLocalDescription),
                                            InstanceMethod("setRemoteDescription", &Connection::setRemoteDescription),
                                            InstanceMethod("addIceCandidate", &Connection::addIceCandidate),
                                            InstanceMethod("restartIce", &Connection::restartIce),
                                            InstanceMethod("setConfiguration", &Connection::setConfiguration),
                                            InstanceMethod("close", &Connection::close),
                                            InstanceMethod("description", &Connection::description),
                                            InstanceMethod("state", &Connection::state),
                                            InstanceMethod("canTrickle", &Connection::canTrickle),
                                            InstanceMethod("negotiationNeeded", &Connection::negotiationNeeded),
                                            InstanceMethod("notes", &Connection::notes),
                                            InstanceMethod("certificates", &Connection::certificates),
                                            InstanceMethod("addTrack", &Connection::addTrack),
                                            InstanceMethod("removeTrack", &Connection::removeTrack),
                                            InstanceMethod("addTransceiver", &Connection::addTransceiver),
                                            InstanceMethod("transceivers", &Connection::transceivers),
                                            InstanceMethod("sctp", &Connection::sctp),
                                            InstanceMethod("createDataChannel", &Connection::createDataChannel),
                                            InstanceMethod("getStats", &Connection::getStats),
                                            InstanceMethod("requestKeyFrame", &Connection::requestKeyFrame),
                                            InstanceMethod("afterEvents", &Connection::afterEvents),
                                            InstanceMethod("inTask", &Connection::inTask)});
  exports.Set(kName, constructor);
}

Connection::Connection(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Connection>(info), data_(AddonData::of(info.Env())) {
  const Napi::Object options = info[0].As<Napi::Object>();
  pc_ = take(info.Env(), stack::PeerConnection::create(toConfiguration(options), data_.environment()));
  data_.keep(this, info.This().As<Napi::Object>());
  attach();
  UvDriverConfig config;
  config.includeLoopback = flag(options, "includeLoopback", false);
  config.ipv6 = flag(options, "ipv6", true);
  config.interfaces = texts(options.Get("interfaces"));
  config.draining = [this] { data_.messages().take(); };
  config.drained = [this] { drained(); };
  driver_ = std::make_unique<UvDriver>(data_.loop(), *pc_, std::move(config));
  data_.connections.insert(this);
  Napi::MemoryManagement::AdjustExternalMemory(info.Env(), kBytesOutside);
}

Connection::~Connection() {
  data_.connections.erase(this);
  data_.forget(this);
  driver_.reset();
  pc_.reset();
  Napi::MemoryManagement::AdjustExternalMemory(Env(), -kBytesOutside);
}

void Connection::wake() {
  if (driver_) driver_->wake();
}

void Connection::leave() {
  data_.connections.erase(this);
  driver_.reset();
}

// ---- Events ----

void Connection::attach() {
  const auto plain = [this](const char* type) { return [this, type] { data_.emit(this, type); }; };
  pc_->onnegotiationneeded = plain("negotiationneeded");
  pc_->onsignalingstatechange = plain("signalingstatechange");
  pc_->oniceconnectionstatechange = plain("iceconnectionstatechange");
  pc_->onicegatheringstatechange = plain("icegatheringstatechange");
  pc_->onconnectionstatechange = plain("connectionstatechange");
  pc_->onicecandidate = [this](const stack::RTCPeerConnectionIceEvent& event) {
    data_.emit(this, "icecandidate",
               [&](auto& args) { args.push_back(event.candidate ? toJs(Env(), *event.candidate) : Env().Null()); });
  };
  pc_->onicecandidateerror = [this](const stack::RTCPeerConnectionIceErrorEvent& event) {
    data_.emit(this, "icecandidateerror", [&](auto& args) {
      Napi::Object out = Napi::Object::New(Env());
      out.Set("address", event.address.empty() ? Env().Null() : toJs(Env(), event.address));
      out.Set("port", event.address.empty() ? Env().Null() : toJs(Env(), event.port));
      out.Set("url", toJs(Env(), event.url));
      out.Set("errorCode", toJs(Env(), event.errorCode));
      out.Set("errorText", toJs(Env(), event.errorText));
      args.push_back(out);
    });
  };
  pc_->ontrack = [this](const stack::RTCTrackEvent& event) {
    data_.emit(this, "track", [&](auto& args) {
      Napi::Array streams = Napi::Array::New(Env());
      for (const auto& stream : event.streams) streams.Set(streams.Length(), Stream::of(Env(), stream));
      args.push_back(Transceiver::of(Env(), event.transceiver));
      args.push_back(streams);
    });
  };
  pc_->ondatachannel = [this](const stack::RTCDataChannelEvent& event) {
    data_.emit(this, "datachannel", [&](auto& args) { args.push_back(Channel::of(Env(), event.channel)); });
  };
}

void Connection::afterEvents(Info info) {
  after_.push_back({Napi::Persistent(info[0].As<Napi::Function>()), {}});
  wake();
}

void Connection::inTask(Info info) {
  after_.push_back({Napi::Persistent(info[0].As<Napi::Function>()), Napi::Persistent(info[1].As<Napi::Function>())});
  wake();
}

void Connection::drained() {
  if (after_.empty()) return;
  try {
    const Napi::HandleScope scope(Env());
    [[maybe_unused]] const Napi::Value self = Value();  // one of them may drop the last reference
    for (Task& each : std::exchange(after_, {})) {
      data_.run(each.call.Value());
      if (each.done.IsEmpty()) continue;
      pc_->dispatchCallEvents();
      data_.run(each.done.Value());
    }
  } catch (const Napi::Error&) {
    // The environment is being torn down.
  }
}

// ---- Session ----

Napi::Value Connection::createOffer(Info info) {
  stack::RTCOfferOptions options;
  options.iceRestart = info[0].ToBoolean().Value();
  return toJs(Env(), take(Env(), pc_->createOffer(options)));
}

Napi::Value Connection::createAnswer(Info) {
  return toJs(Env(), take(Env(), pc_->createAnswer()));
}

void Connection::setLocalDescription(Info info) {
  if (absent(info[0])) return check(Env(), pc_->setLocalDescription());
  check(Env(), pc_->setLocalDescription(toDescription(info[0], info[1])));
}

void Connection::setRemoteDescription(Info info) {
  check(Env(), pc_->setRemoteDescription(toDescription(info[0], info[1])));
}

void Connection::addIceCandidate(Info info) {
  check(Env(), pc_->addIceCandidate(toCandidate(info[0].As<Napi::Object>())));
}

void Connection::restartIce(Info) {
  pc_->restartIce();
}

void Connection::setConfiguration(Info info) {
  check(Env(), pc_->setConfiguration(toConfiguration(info[0].As<Napi::Object>())));
}

void Connection::close(Info) {
  data_.messages().take();
  pc_->close();
}

Napi::Value Connection::description(Info info) {
  const std::string which = text(info[0]);
  std::optional<stack::RTCSessionDescription> out;
  if (which == "local") out = pc_->localDescription();
  if (which == "remote") out = pc_->remoteDescription();
  if (which == "currentLocal") out = pc_->currentLocalDescription();
  if (which == "pendingLocal") out = pc_->pendingLocalDescription();
  if (which == "currentRemote") out = pc_->currentRemoteDescription();
  if (which == "pendingRemote") out = pc_->pendingRemoteDescription();
  return toJs(Env(), out);
}

Napi::Value Connection::state(Info info) {
  const std::string which = text(info[0]);
  if (which == "signaling") return toJs(Env(), pc_->signalingState());
  if (which == "iceGathering") return toJs(Env(), pc_->iceGatheringState());
  if (which == "iceConnection") return toJs(Env(), pc_->iceConnectionState());
  return toJs(Env(), pc_->connectionState());
}

Napi::Value Connection::canTrickle(Info) {
  return toJs(Env(), pc_->canTrickleIceCandidates());
}

Napi::Value Connection::negotiationNeeded(Info) {
  return toJs(Env(), pc_->negotiationNeeded());
}

Napi::Value Connection::notes(Info) {
  std::vector<std::string> out = pc_->candidateNotes();
  for (const auto& line : pc_->connectivityReport()) out.push_back(line);
  if (const std::string why = pc_->negotiationFailure(); !why.empty()) out.push_back(why);
  return toJs(Env(), out);
}

Napi::Value Connection::certificates(Info) {
  Napi::Array out = Napi::Array::New(Env());
  for (const auto& each : pc_->getConfiguration().certificates) out.Set(out.Length(), Certificate::of(Env(), each));
  return out;
}

// ---- Media ----

namespace {

std::vector<stack::MediaStreamPtr> toStreams(const Napi::Value& ids) {
  std::vector<stack::MediaStreamPtr> out;
  for (std::string& id : texts(ids)) out.push_back(std::make_shared<media::MediaStream>(std::move(id)));
  return out;
}

std::shared_ptr<stack::RtpTransceiver> ownerOf(const stack::PeerConnection& pc,
                                               const std::shared_ptr<stack::RtpSender>& sender) {
  for (const auto& each : pc.getTransceivers())
    if (each->sender() == sender) return each;
  return nullptr;
}

}  // namespace

Napi::Value Connection::addTrack(Info info) {
  const auto sender = take(Env(), pc_->addTrack(Track::from(info[0]), toStreams(info[1])));
  return Transceiver::of(Env(), ownerOf(*pc_, sender));
}

void Connection::removeTrack(Info info) {
  check(Env(), pc_->removeTrack(Transceiver::from(info[0])->sender()));
}

Napi::Value Connection::addTransceiver(Info info) {
  const Napi::Object options = info[1].As<Napi::Object>();
  stack::RTCRtpTransceiverInit init;
  if (!absent(options.Get("direction"))) init.direction = toDirection(options.Get("direction"));
  init.streams = toStreams(options.Get("streams"));
  init.sendEncodings = toEncodings(options.Get("sendEncodings"));
  if (!info[0].IsString())
    return Transceiver::of(Env(), take(Env(), pc_->addTransceiver(Track::from(info[0]), std::move(init))));
  const auto kind = text(info[0]) == "audio" ? stack::MediaKind::kAudio : stack::MediaKind::kVideo;
  return Transceiver::of(Env(), take(Env(), pc_->addTransceiver(kind, std::move(init))));
}

Napi::Value Connection::transceivers(Info) {
  Napi::Array out = Napi::Array::New(Env());
  for (const auto& each : pc_->getTransceivers()) out.Set(out.Length(), Transceiver::of(Env(), each));
  return out;
}

void Connection::requestKeyFrame(Info info) {
  pc_->requestKeyFrame(Transceiver::from(info[0])->receiver());
}

// ---- Data and statistics ----

Napi::Value Connection::sctp(Info) {
  return SctpTransport::of(Env(), pc_->sctp());
}

Napi::Value Connection::createDataChannel(Info info) {
  const Napi::Object options = info[1].As<Napi::Object>();
  const auto number = [&](const char* name) -> std::optional<uint16_t> {
    const auto value = optionalNumber(options, name);
    return value ? std::optional(static_cast<uint16_t>(*value)) : std::nullopt;
  };
  stack::RTCDataChannelInit init;
  init.ordered = flag(options, "ordered", true);
  init.maxPacketLifeTime = number("maxPacketLifeTime");
  init.maxRetransmits = number("maxRetransmits");
  init.protocol = optionalText(options, "protocol").value_or("");
  init.negotiated = flag(options, "negotiated", false);
  init.id = number("id");
  init.priority = toPriority(optionalText(options, "priority").value_or("low"));
  return Channel::of(Env(), take(Env(), pc_->createDataChannel(text(info[0]), std::move(init))));
}

Napi::Value Connection::getStats(Info info) {
  data_.messages().take();
  if (absent(info[0])) return toJs(Env(), pc_->getStats());
  return toJs(Env(), take(Env(), pc_->getStats(Track::from(info[0]))));
}

}  // namespace tincan::inline v0::node
