// one.mjs in C++: the same two connections, messages and pictures, on net::Driver; the same arguments (but LIBRARY), the
// same line of JSON.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

#include "media/video_source.h"
#include "tincan/tincan.h"

namespace tincan::inline v0 {
namespace {

constexpr int kWidth = 640, kHeight = 480;
constexpr Duration kWarm = Duration::millis(1500);

struct Peer {
  Peer(net::Loop& loop, RandomSource& random)
      : pc(PeerConnection::create({}, environment(loop, random)).value()), driver(loop, *pc) {}
  std::unique_ptr<PeerConnection> pc;
  net::Driver driver;
};

void trickle(Peer& from, Peer& to) {
  from.pc->onicecandidate = [&to](const RTCPeerConnectionIceEvent& event) {
    if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate);
  };
}

// Grey stripes, one further to the right each time.
class Stripes final : public media::VideoSource {
 public:
  TimePoint nextFrameTime() const override { return next_; }
  bool capture(TimePoint now, media::VideoFrame& out) override {
    if (now < next_) return false;
    if (next_ == TimePoint()) first_ = next_ = now;
    next_ = next_ + Duration::micros(1'000'000 / 30);
    out.resize(kWidth, kHeight);
    std::fill(out.pixels.begin(), out.pixels.end(), uint8_t{128});
    for (int row = 0; row < kHeight; ++row) {
      for (int at = (number_ * 8 + row) % 64; at < kWidth; at += 64)
        std::fill_n(out.pixels.begin() + row * kWidth + at, std::min(16, kWidth - at), uint8_t{220});
    }
    number_ = (number_ + 1) % 8;
    out.captured = now;
    out.rtpTimestamp = static_cast<uint32_t>((now - first_).micros() * 9 / 100);
    return true;
  }

 private:
  int number_ = 0;
  TimePoint first_, next_;
};

double cpuMicros() {
  timespec at{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) / 1e3;
}

void measure(net::Loop& loop, const uint64_t& count, int64_t seconds) {
  loop.runUntil([&] { return count > 0; }, Duration::seconds(10));
  loop.runUntil([] { return false; }, kWarm);
  const uint64_t before = count;
  const double cpu = cpuMicros();
  const TimePoint start = loop.now();
  loop.runUntil([] { return false; }, Duration::seconds(seconds));
  const auto counted = static_cast<double>(count - before);
  std::printf("{\"rate\": %.3f, \"cost\": %.3f}\n", counted / (loop.now() - start).toSeconds(),
              (cpuMicros() - cpu) / counted);
}

void negotiate(Peer& a, Peer& b) {
  (void)a.pc->setLocalDescription();
  (void)b.pc->setRemoteDescription(*a.pc->localDescription());
  (void)b.pc->setLocalDescription();
  (void)a.pc->setRemoteDescription(*b.pc->localDescription());
}

void messages(net::Loop& loop, Peer& a, Peer& b, size_t size, uint64_t ahead, int64_t seconds) {
  uint64_t count = 0, sent = 0;
  std::shared_ptr<DataChannel> to;
  const auto from = a.pc->createDataChannel("chat").value();
  const Bytes message(size);
  const auto fill = [&] {
    while (sent - count < ahead && from->send(ByteView(message))) ++sent;
  };
  b.pc->ondatachannel = [&](const RTCDataChannelEvent& event) {
    to = event.channel;
    to->onmessage = [&](const MessageEvent& heard) {
      if (std::get<Bytes>(heard.data).size() == size) ++count;
      if (sent - count < ahead / 2) fill();
    };
  };
  from->onopen = fill;
  negotiate(a, b);
  measure(loop, count, seconds);
}

void frames(net::Loop& loop, net::OsRandom& random, Peer& a, Peer& b, int64_t seconds) {
  uint64_t count = 0;
  const auto track = media::MediaStreamTrack::localVideo(std::make_unique<Stripes>(), "stripes", random, {});
  (void)a.pc->addTrack(track);
  b.pc->ontrack = [&](const RTCTrackEvent& event) {
    event.track->addVideoSink([&](const media::VideoFrame& frame) { count += frame.width > 0 ? 1 : 0; });
  };
  negotiate(a, b);
  measure(loop, count, seconds);
}

}  // namespace
}  // namespace tincan::inline v0

int main(int count, char** arguments) {
  using namespace tincan;
  const std::string_view test = count > 1 ? arguments[1] : "65536:64";
  const int64_t seconds = count > 2 ? std::strtol(arguments[2], nullptr, 10) : 3;
  net::Loop loop;
  net::OsRandom random;
  Peer a(loop, random), b(loop, random);
  trickle(a, b);
  trickle(b, a);
  if (test == "frames") {
    frames(loop, random, a, b, seconds);
  } else {
    const size_t colon = test.find(':');
    const auto number = [](std::string_view text) { return std::strtoul(std::string(text).c_str(), nullptr, 10); };
    messages(loop, a, b, number(test.substr(0, colon)), number(test.substr(colon + 1)), seconds);
  }
}
