// The same peer in the older style, as of 2022, with the JavaScript of the original beside it: offer and answer are
// asked for by name, and the tracks of an answer come after the offer. web/classic_peer.js is the same example for the
// page.

#include "apps/examples/page.h"

namespace tincan::inline v0::examples {

class ClassicPeer final : public Script {
 public:
  explicit ClassicPeer(Page& page) : page_(page), signaling_(page.signaling) {}

  Result<void> load() override {
    RTCIceServer server;
    server.urls = {"stuns:stun.example.org"};  // const configuration = {
    RTCConfiguration configuration;            //   iceServers: [
    configuration.iceServers = {server};       //     {urls: 'stuns:stun.example.org'}]};
    auto created = PeerConnection::create(configuration, environment(page_.loop, page_.random));
    if (!created) return created.error();
    pc_ = std::move(created).value();                           // const pc = new RTCPeerConnection(
    driver_ = std::make_unique<net::Driver>(page_.loop, *pc_);  //   configuration);

    // Every ICE candidate goes to the other peer.
    pc_->onicecandidate = [this](RTCPeerConnectionIceEvent event) {  // pc.onicecandidate = ({candidate}) =>
      signaling_.send({{"candidate", toJson(event.candidate)}});     //   signaling.send({candidate});
    };

    // Not in the original: a server that gives nothing. Host candidates may still carry the call.
    pc_->onicecandidateerror = [this](RTCPeerConnectionIceErrorEvent event) {
      page_.log("icecandidateerror " + std::to_string(event.errorCode) + ", " + event.url + ": " + event.errorText);
    };

    // The negotiationneeded event makes the offer.
    pc_->onnegotiationneeded = [this] {       // pc.onnegotiationneeded = async () => {
      const auto offer = pc_->createOffer();  //   await pc.setLocalDescription(
      if (!page_.ok(offer)) return;           //     await pc.createOffer());
      if (!page_.ok(pc_->setLocalDescription(*offer))) return;
      signaling_.send({{"desc", toJson(pc_->localDescription())}});  //   signaling.send({desc: …});
    };                                                               // };

    // The stream is shown at once, before any of its media came.
    pc_->ontrack = [this](RTCTrackEvent event) {                          // pc.ontrack = ({streams}) => {
      if (page_.remoteView.srcObject() || event.streams.empty()) return;  //   if (remoteView.srcObject) return;
      page_.remoteView.setSrcObject(event.streams[0]);                    //   remoteView.srcObject = streams[0];
    };                                                                    // };

    signaling_.onmessage = [this](const json& message) { receive(message); };
    return {};
  }

  // Called at one of the two peers.
  void start() override { addCameraMic(); }  // function start() { addCameraMic(); }

 private:
  // The camera and the microphone: shown, and sent.
  void addCameraMic() {                                                      // async function addCameraMic() {
    const MediaStreamConstraints constraints{.audio = true, .video = true};  //   const stream = await getUserMedia(
    const auto stream = getUserMedia(constraints, page_.random);             //     {audio: true, video: true});
    if (!page_.ok(stream)) return;
    page_.selfView.setSrcObject(*stream);                    //   selfView.srcObject = stream;
    for (const auto& track : (*stream)->getTracks()) {       //   for (track of stream.getTracks())
      if (!page_.ok(pc_->addTrack(track, *stream))) return;  //     pc.addTrack(track, stream);
    }
  }  // }

  void receive(const json& message) {       // signaling.onmessage = async ({data:
    if (message.contains("desc")) {         //     {desc, candidate}}) => {
      receiveDescription(message["desc"]);  //   if (desc) {
    } else if (message.contains("candidate") && !message["candidate"].is_null()) {
      const auto candidate = toCandidate(message["candidate"]);  //   } else if (candidate) {
      if (!page_.ok(candidate)) return;
      page_.ok(pc_->addIceCandidate(*candidate));  //     await pc.addIceCandidate(…);
    }                                              //   }
  }                                                // };

  void receiveDescription(const json& desc) {
    const json type = desc.is_object() ? desc.value("type", json()) : json();
    if (type == "offer") {  // if (desc.type === 'offer') {
      const auto offer = toDescription(desc);
      if (!page_.ok(offer)) return;
      if (!page_.ok(pc_->setRemoteDescription(*offer))) return;  //   await pc.setRemoteDescription(desc);
      addCameraMic();                                            //   await addCameraMic();
      const auto answer = pc_->createAnswer();                   //   await pc.setLocalDescription(
      if (!page_.ok(answer)) return;                             //     await pc.createAnswer());
      if (!page_.ok(pc_->setLocalDescription(*answer))) return;
      signaling_.send({{"desc", toJson(pc_->localDescription())}});  //   signaling.send({desc: …});
    } else if (type == "answer") {                                   // } else if (desc.type === 'answer') {
      const auto answer = toDescription(desc);
      if (!page_.ok(answer)) return;
      page_.ok(pc_->setRemoteDescription(*answer));                   //   await pc.setRemoteDescription(desc);
    } else {                                                          // } else {
      page_.log("Unsupported SDP type. Your code may differ here.");  //   console.log('Unsupported SDP type…');
    }                                                                 // }
  }

  Page& page_;
  SignalingChannel& signaling_;
  std::unique_ptr<PeerConnection> pc_;
  std::unique_ptr<net::Driver> driver_;  // what a browser has inside: the connection's sockets and timers
};

}  // namespace tincan::inline v0::examples

int main(int argc, char** argv) {
  using namespace tincan::examples;
  return run(
      "classic_peer", [](Page& page) { return std::make_unique<ClassicPeer>(page); }, argc, argv);
}
