#include "apps/examples/room/room.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "include/tincan/tincan.h"
#include "media/encoded_source.h"

namespace tincan::inline v0::examples {
namespace {

const media::CodecFormat kVp8{media::CodecKind::kVideo, "VP8", 90'000};

net::DriverConfig driverConfig() {
  net::DriverConfig config;
  config.includeLoopback = true;  // the pages may be on this machine
  return config;
}

}  // namespace

Room::Guest& Room::make(Id id) {
  Guest& guest = guests_[id];
  guest.pc = stack::PeerConnection::create({}, environment(loop_, random_)).value();
  guest.pc->onicecandidate = [this, id](stack::RTCPeerConnectionIceEvent event) {
    send_(id, apps::toJson(event.candidate.value_or(stack::RTCIceCandidate{})));
  };
  return guest;
}

bool Room::join(Id id, bool publishes) {
  if (publishes && publisher_ != 0) return false;
  Guest& guest = make(id);
  if (publishes) {
    publisher_ = id;
    guest.pc->ontrack = [this](stack::RTCTrackEvent event) {
      camera_ = event.receiver;
      camera_->onencodedframe = [this](const stack::EncodedFrame& frame) { forward(frame); };
    };
  } else {
    watch(id, guest);
  }
  guest.driver = std::make_unique<net::Driver>(loop_, *guest.pc, driverConfig());
  return true;
}

// We offer: what there is to see is ours to say.
void Room::watch(Id id, Guest& guest) {
  guest.source = std::make_shared<media::EncodedVideoSource>(kVp8);
  guest.source->onkeyframerequest = [this] { requestKeyFrame(); };
  guest.pc->onnegotiationneeded = [this, id, &guest] { describe(id, guest); };
  stack::RTCRtpTransceiverInit init;
  init.direction = stack::RTCRtpTransceiverDirection::kSendonly;
  init.streams = {std::make_shared<media::MediaStream>("camera")};
  auto transceiver =
      guest.pc->addTransceiver(media::MediaStreamTrack::localVideo(guest.source, "camera", random_), std::move(init));
  for (const auto& codec : stack::RtpSender::getCapabilities(stack::MediaKind::kVideo).codecs)
    if (codec.mimeType == "video/VP8")
      static_cast<void>(transceiver.value()->setCodecPreferences({codec, {"video/rtx", 90'000, {}, {}}}));
}

void Room::describe(Id id, Guest& guest) {
  if (guest.pc->setLocalDescription()) send_(id, apps::toJson(*guest.pc->localDescription()));
}

void Room::receive(Id id, const std::string& text) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  Guest& guest = found->second;
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object() && json.contains("rid") && json["rid"].is_string()) {
    guest.wanted = json["rid"].get<std::string>();
    return requestKeyFrame();
  }
  const auto message = apps::parseMessage(text);
  if (!message) return;
  if (const auto* description = std::get_if<stack::RTCSessionDescription>(&*message)) {
    if (!guest.pc->setRemoteDescription(*description)) return;
    if (description->type == stack::RTCSdpType::kOffer) describe(id, guest);
  } else if (const auto* candidate = std::get_if<stack::RTCIceCandidate>(&*message)) {
    static_cast<void>(guest.pc->addIceCandidate(*candidate));
  }
}

// An encoding begins with a key frame; the one before goes on until then.
void Room::forward(const stack::EncodedFrame& frame) {
  for (auto& [id, guest] : guests_) {
    if (!guest.source) continue;
    if (frame.keyFrame && frame.rid == guest.wanted) guest.shown = guest.wanted;
    if (frame.rid != guest.shown) continue;
    media::EncodedFrame copy;
    copy.data = toBytes(frame.data);
    copy.keyFrame = frame.keyFrame;
    copy.time = frame.received;
    static_cast<void>(guest.source->push(std::move(copy)));
  }
}

void Room::requestKeyFrame() {
  const auto publisher = guests_.find(publisher_);
  if (publisher != guests_.end() && camera_) publisher->second.pc->requestKeyFrame(camera_);
}

void Room::leave(Id id) {
  const auto found = guests_.find(id);
  if (found == guests_.end()) return;
  if (std::exchange(publisher_, publisher_ == id ? 0 : publisher_) == id) camera_.reset();
  found->second.driver.reset();
  guests_.erase(found);
}

}  // namespace tincan::inline v0::examples
