// An answering machine for keys: hears which are pressed at the far end (RFC 4733: events, played as tones), and presses
// them back with its own RTCDTMFSender, one by one. web/telephone.js presses first and listens.

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/examples/page.h"

namespace tincan::inline v0::examples {

/// Which key sounds (ITU-T Q.23: a low tone and a high one), in stretches of 20 ms; each once, when it ends.
class KeyListener {
 public:
  std::optional<char> hear(const media::AudioFrame& frame) {
    for (size_t i = 0; i < frame.samplesPerChannel(); ++i) {
      held_.push_back(frame.samples[i * static_cast<size_t>(frame.channels)]);
    }
    std::optional<char> ended;
    for (; held_.size() >= kStretch; held_.erase(held_.begin(), held_.begin() + kStretch)) {
      const char key = keyOf(held_.data());
      times_ = key == key_ ? times_ + 1 : 0;
      if (key != key_ && sounded_ != 0 && key == 0) ended = std::exchange(sounded_, char(0));
      if (key != 0 && times_ >= 1) sounded_ = key;  // 40 ms of it
      key_ = key;
    }
    return ended;
  }

 private:
  static constexpr size_t kStretch = 960;

  static double level(const int16_t* samples, double hertz) {
    double re = 0, im = 0;
    for (size_t i = 0; i < kStretch; ++i) {
      const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 48'000;
      re += samples[i] * std::cos(angle);
      im += samples[i] * std::sin(angle);
    }
    return 2 * std::hypot(re, im) / kStretch / 32'768;
  }
  static char keyOf(const int16_t* samples) {
    constexpr std::array<double, 4> kLow = {697, 770, 852, 941}, kHigh = {1209, 1336, 1477, 1633};
    constexpr std::string_view kKeys = "123A456B789C*0#D";
    size_t low = 0, high = 0;
    for (size_t i = 1; i < 4; ++i) {
      if (level(samples, kLow[i]) > level(samples, kLow[low])) low = i;
      if (level(samples, kHigh[i]) > level(samples, kHigh[high])) high = i;
    }
    const double a = level(samples, kLow[low]), b = level(samples, kHigh[high]);
    return a > 0.03 && b > 0.03 && a < 3 * b && b < 3 * a ? kKeys[low * 4 + high] : char(0);
  }

  std::vector<int16_t> held_;
  char key_ = 0, sounded_ = 0;
  int times_ = 0;
};

class Telephone final : public Script {
 public:
  explicit Telephone(Page& page) : page_(page), signaling_(page.signaling) {}

  Result<void> load() override {
    auto created = PeerConnection::create({}, environment(page_.loop, page_.random));
    if (!created) return created.error();
    pc_ = std::move(created).value();
    driver_ = std::make_unique<net::Driver>(page_.loop, *pc_);
    pc_->onicecandidate = [this](RTCPeerConnectionIceEvent event) {
      signaling_.send({{"candidate", toJson(event.candidate)}});
    };
    pc_->onnegotiationneeded = [this] {
      if (!page_.ok(pc_->setLocalDescription())) return;
      signaling_.send({{"description", toJson(pc_->localDescription())}});
    };
    pc_->ontrack = [this](RTCTrackEvent event) {
      if (!page_.remoteView.srcObject() && !event.streams.empty()) page_.remoteView.setSrcObject(event.streams[0]);
      if (event.track->isVideo()) return;
      event.track->addAudioSink([this](const media::AudioFrame& frame) {
        if (const auto key = listener_.hear(frame)) press(*key);
      });
    };
    signaling_.onmessage = [this](const json& message) { receive(message); };
    return {};
  }

  void start() override { addCameraMic(); }

 private:
  void press(char key) {
    page_.log(std::string("heard ") + key);
    const auto dtmf = pc_->getSenders()[0]->dtmf();
    // What still waits, and then this one; long enough for a page that looks every 25 ms.
    if (dtmf && dtmf->canInsertDTMF()) page_.ok(dtmf->insertDTMF(dtmf->toneBuffer() + key, 200, 100));
  }

  void addCameraMic() {
    const auto stream = getUserMedia({.audio = true, .video = true}, page_.random);
    if (!page_.ok(stream)) return;
    for (const auto& track : (*stream)->getAudioTracks()) page_.ok(pc_->addTrack(track, *stream));
    for (const auto& track : (*stream)->getVideoTracks()) page_.ok(pc_->addTrack(track, *stream));
    page_.selfView.setSrcObject(*stream);
  }

  void receive(const json& message) {
    if (message.contains("description")) {
      const auto description = toDescription(message["description"]);
      if (!page_.ok(description) || !page_.ok(pc_->setRemoteDescription(*description))) return;
      if (description->type != RTCSdpType::kOffer) return;
      if (!page_.selfView.srcObject()) addCameraMic();
      if (!page_.ok(pc_->setLocalDescription())) return;
      signaling_.send({{"description", toJson(pc_->localDescription())}});
    } else if (message.contains("candidate")) {
      const auto candidate = toCandidate(message["candidate"]);
      if (page_.ok(candidate)) page_.ok(pc_->addIceCandidate(*candidate));
    }
  }

  Page& page_;
  SignalingChannel& signaling_;
  KeyListener listener_;
  std::unique_ptr<PeerConnection> pc_;
  std::unique_ptr<net::Driver> driver_;
};

}  // namespace tincan::inline v0::examples

int main(int argc, char** argv) {
  using namespace tincan::examples;
  return run(
      "telephone", [](Page& page) { return std::make_unique<Telephone>(page); }, argc, argv);
}
