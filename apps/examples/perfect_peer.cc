// WebRTC's "Simple Peer-to-peer Example" in C++, with the JavaScript of the original beside it. web/perfect_peer.js is
// the same example for the page.

#include "apps/examples/page.h"

namespace tincan::inline v0::examples {

class PerfectPeer final : public Script {
 public:
  explicit PerfectPeer(Page& page) : page_(page), signaling_(page.signaling) {}

  Result<void> load() override {
    RTCIceServer server;
    server.urls = {"stun:stun.example.org"};  // const configuration = {
    RTCConfiguration configuration;           //   iceServers: [
    configuration.iceServers = {server};      //     {urls: 'stun:stun.example.org'}]};
    auto created = PeerConnection::create(configuration, environment(page_.loop, page_.random));
    if (!created) return created.error();
    pc_ = std::move(created).value();                           // const pc = new RTCPeerConnection(
    driver_ = std::make_unique<net::Driver>(page_.loop, *pc_);  //   configuration);

    // Every ICE candidate goes to the other peer.
    pc_->onicecandidate = [this](RTCPeerConnectionIceEvent event) {  // pc.onicecandidate = ({candidate}) =>
      signaling_.send({{"candidate", toJson(event.candidate)}});     //   signaling.send({candidate});
    };

    // The negotiationneeded event makes the offer.
    pc_->onnegotiationneeded = [this] {                                     // pc.onnegotiationneeded = async () => {
      if (!page_.ok(pc_->setLocalDescription())) return;                    //   await pc.setLocalDescription();
      signaling_.send({{"description", toJson(pc_->localDescription())}});  //   signaling.send({description: …});
    };                                                                      // };

    // Once media comes for a remote track, its stream is shown.
    pc_->ontrack = [this](RTCTrackEvent event) {                      // pc.ontrack = ({track, streams}) => {
      event.track->onunmute = [this, streams = event.streams] {       //   track.onunmute = () => {
        if (page_.remoteView.srcObject() || streams.empty()) return;  //     if (remoteView.srcObject) return;
        page_.remoteView.setSrcObject(streams[0]);                    //     remoteView.srcObject = streams[0];
      };                                                              //   };
    };                                                                // };

    signaling_.onmessage = [this](const json& message) { receive(message); };
    return {};
  }

  // Called at one of the two peers.
  void start() override { addCameraMic(); }  // function start() { addCameraMic(); }

 private:
  // The camera and the microphone: sent, and shown.
  void addCameraMic() {                                                      // async function addCameraMic() {
    const MediaStreamConstraints constraints{.audio = true, .video = true};  //   const stream = await getUserMedia(
    const auto stream = getUserMedia(constraints, page_.random);             //     {audio: true, video: true});
    if (!page_.ok(stream)) return;
    for (const auto& track : (*stream)->getTracks()) {       //   for (track of stream.getTracks())
      if (!page_.ok(pc_->addTrack(track, *stream))) return;  //     pc.addTrack(track, stream);
    }
    page_.selfView.setSrcObject(*stream);  //   selfView.srcObject = stream;
  }                                        // }

  void receive(const json& message) {                                  // signaling.onmessage = async ({data:
    if (message.contains("description")) {                             //     {description, candidate}}) => {
      const auto description = toDescription(message["description"]);  //   if (description) {
      if (!page_.ok(description)) return;
      if (!page_.ok(pc_->setRemoteDescription(*description))) return;  //     await pc.setRemoteDescription(…);

      // An offer wants an answer.
      if (description->type != RTCSdpType::kOffer) return;                  //     if (description.type == 'offer') {
      if (!page_.selfView.srcObject()) addCameraMic();                      //       if (…) await addCameraMic();
      if (!page_.ok(pc_->setLocalDescription())) return;                    //       await pc.setLocalDescription();
      signaling_.send({{"description", toJson(pc_->localDescription())}});  //       signaling.send({description: …});
    } else if (message.contains("candidate")) {                             //   } else {
      const auto candidate = toCandidate(message["candidate"]);
      if (!page_.ok(candidate)) return;
      page_.ok(pc_->addIceCandidate(*candidate));  //     await pc.addIceCandidate(…);
    }                                              //   }
  }                                                // };

  Page& page_;
  SignalingChannel& signaling_;
  std::unique_ptr<PeerConnection> pc_;
  std::unique_ptr<net::Driver> driver_;  // what a browser has inside: the connection's sockets and timers
};

}  // namespace tincan::inline v0::examples

int main(int argc, char** argv) {
  using namespace tincan::examples;
  return run(
      "perfect_peer", [](Page& page) { return std::make_unique<PerfectPeer>(page); }, argc, argv);
}
