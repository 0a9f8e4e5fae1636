// A selective forwarding unit on Transport and RtpSession, without a PeerConnection: one sends three encodings, two watch
// and are given others while it runs.
#include "apps/examples/sfu/sfu.h"

#include <cstdio>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "apps/examples/sfu/ends.h"
#include "base/sequence.h"
#include "rtp/payload/vp8.h"
#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {
namespace {

using examples::Publisher;
using examples::Sfu;
using examples::Viewer;

/// What one who watches sees, checked picture by picture and packet by packet.
struct Watched {
  explicit Watched(Viewer& its) : viewer(its) {
    viewer.onpicture = [this](const media::VideoFrame& picture) {
      const auto counter = media::SyntheticCamera::readFrameCounter(picture);
      if (!counter) return void(++unreadable);
      if (last && *counter < *last) ++backwards;
      if (last && *counter == *last) ++again;
      if (last && *counter > *last) longestSkip = std::max(longestSkip, *counter - *last);
      last = *counter;
      ++widths[picture.width];
      width = picture.width;
    };
    viewer.onpacket = [this](const rtp::ReceivedPacket& packet) {
      ssrcs.insert(packet.header.ssrc.value());
      const int64_t sequence = sequences_.unwrap(packet.header.sequenceNumber);
      if (!seen_.insert(sequence).second) ++twice;
      rtp::Vp8Descriptor descriptor;
      if (!rtp::Vp8Descriptor::parse(packet.payload(), descriptor) || !descriptor.pictureId) return;
      const int64_t timestamp = timestamps_.unwrap(packet.header.timestamp);
      pictures_[timestamp] = *descriptor.pictureId;
    };
  }
  /// Of the numbers of all packets from the first to the last, those that never came.
  size_t gaps() const {
    return seen_.empty() ? 0 : static_cast<size_t>(*seen_.rbegin() - *seen_.begin() + 1) - seen_.size();
  }
  /// Frames in the order of their timestamps have picture ids that follow one another, and are a frame's time apart.
  void expectContinuous(double mostApart) const {
    const std::pair<const int64_t, uint16_t>* before = nullptr;
    for (const auto& picture : pictures_) {
      if (before) {
        EXPECT_EQ((picture.second - before->second) & 0x7fff, 1) << "at " << picture.first;
        EXPECT_LE(static_cast<double>(picture.first - before->first) / 90'000, mostApart);
      }
      before = &picture;
    }
  }

  Viewer& viewer;
  std::set<uint32_t> ssrcs;
  std::map<int, int> widths;
  int width = 0;
  std::optional<uint32_t> last;
  uint32_t longestSkip = 0;
  int unreadable = 0, backwards = 0, again = 0, twice = 0;

 private:
  SequenceUnwrapper<uint16_t> sequences_;
  SequenceUnwrapper<uint32_t> timestamps_;
  std::set<int64_t> seen_;
  std::map<int64_t, uint16_t> pictures_;
};

class SfuCall {
 public:
  explicit SfuCall(double loss, uint64_t seed = 5)
      : world(seed),
        random_(world.newRandom()),
        identity_(crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random_, 1'700'000'000).value()),
        sfu(config(), identity_, random_, world.pool()),
        publisher(endpoint(), identity_, random_, world.pool()) {
    const LinkConfig link{.delay = Duration::millis(15), .jitter = Duration::millis(3), .loss = loss};
    Host& server = world.addHost("server", "203.0.113.1");
    Host& home = world.addHost("publisher", "203.0.113.2", link);
    join(server, sfu.publisher(), home, publisher.endpoint());
    for (size_t i = 0; i < 2; ++i) {
      Host& host = world.addHost("viewer" + std::to_string(i), i == 0 ? "203.0.113.3" : "203.0.113.4", link);
      viewers.push_back(std::make_unique<Viewer>(endpoint(), identity_, random_, world.pool()));
      watchers.push_back(&sfu.addWatcher());
      watched.push_back(std::make_unique<Watched>(*viewers.back()));
      join(server, watchers.back()->endpoint(), host, viewers.back()->endpoint());
    }
    tick();
  }
  ~SfuCall() {
    for (Endpoint* endpoint : attached_) world.detach(*endpoint);
  }
  void run(int64_t millis) { world.runFor(Duration::millis(millis)); }
  bool connected() {
    return publisher.endpoint().connected() && viewers[0]->endpoint().connected() && viewers[1]->endpoint().connected();
  }

 private:
  static stack::SessionEndpoint::Config endpoint() {
    stack::SessionEndpoint::Config out;
    out.session.reports.cname = "end";
    out.session.reports.unixMicrosAtZero = 1'700'000'000'000'000;
    return out;
  }
  static Sfu::Config config() {
    Sfu::Config out;
    out.endpoint = endpoint();
    out.section = examples::simulcastSection();
    return out;
  }
  // The signalling, which takes no time.
  void join(Host& hostA, stack::SessionEndpoint& a, Host& hostB, stack::SessionEndpoint& b) {
    a.oncandidate = [&b](const ice::Candidate& candidate) { b.addRemoteCandidate(candidate); };
    b.oncandidate = [&a](const ice::Candidate& candidate) { a.addRemoteCandidate(candidate); };
    for (const auto& [host, end] : {std::pair(&hostA, &a), std::pair(&hostB, &b)}) {
      world.attach(*host, *end);
      attached_.push_back(end);
    }
    a.connect(b.parameters());
    b.connect(a.parameters());
  }
  void tick() {
    publisher.run(world.now());
    for (const auto& viewer : viewers) viewer->run(world.now());
    world.after(Duration::millis(5), [this] { tick(); });
  }

 public:
  World world;

 private:
  RandomSource& random_;
  crypto::Identity identity_;
  std::vector<Endpoint*> attached_;

 public:
  Sfu sfu;
  Publisher publisher;
  std::vector<std::unique_ptr<Viewer>> viewers;
  std::vector<Sfu::Watcher*> watchers;
  std::vector<std::unique_ptr<Watched>> watched;
};

TEST(Sfu, EncodingsChangeWithoutASeam) {
  SfuCall call(0);
  call.watchers[0]->choose("l");
  call.watchers[1]->choose("h");
  call.run(3000);
  ASSERT_TRUE(call.connected());
  EXPECT_EQ(call.watched[0]->width, 128);
  EXPECT_EQ(call.watched[1]->width, 512);
  const char* turns[][2] = {{"h", "l"}, {"m", "m"}, {"l", "h"}, {"h", "m"}, {"m", "l"}, {"l", "h"}};
  const std::map<std::string, int> widths{{"l", 128}, {"m", 256}, {"h", 512}};
  for (const auto& turn : turns) {
    for (size_t i = 0; i < 2; ++i) call.watchers[i]->choose(turn[i]);
    call.run(1000);
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(call.watched[i]->width, widths.at(turn[i]));
  }
  for (size_t i = 0; i < 2; ++i) {
    const Watched& watched = *call.watched[i];
    EXPECT_EQ(call.watchers[i]->layers().counters().switches, 6u);
    EXPECT_EQ(watched.ssrcs.size(), 1u) << "one stream is seen";
    EXPECT_EQ(watched.widths.size(), 3u);
    EXPECT_EQ(watched.unreadable, 0);
    EXPECT_EQ(watched.backwards, 0);
    EXPECT_LE(watched.again, 6) << "the picture at a change may be there in both encodings";
    EXPECT_LE(watched.longestSkip, 2u) << "at most the picture at the change";
    EXPECT_EQ(watched.twice, 0);
    EXPECT_LE(watched.gaps(), 6u) << "a frame that was cut off leaves one number free";
    watched.expectContinuous(0.1);
    EXPECT_GE(call.viewers[i]->pictures, 8u * 30);
    EXPECT_EQ(call.viewers[i]->failed, 0u);
  }
  // Three encodings, six changes each of two: and not more key frames than that takes.
  EXPECT_LE(call.publisher.requests(), 30u);
}

TEST(Sfu, LossIsRepairedOnBothWays) {
  SfuCall call(0.05);
  for (Sfu::Watcher* watcher : call.watchers) watcher->choose("m");
  call.run(6000);
  ASSERT_TRUE(call.connected());
  for (int turn = 0; turn < 6; ++turn) {
    for (Sfu::Watcher* watcher : call.watchers) watcher->choose(turn % 2 == 0 ? "h" : "l");
    call.run(2000);
  }
  for (size_t i = 0; i < 2; ++i) {
    const Watched& watched = *call.watched[i];
    EXPECT_EQ(watched.ssrcs.size(), 1u);
    EXPECT_EQ(watched.backwards, 0);
    EXPECT_EQ(watched.unreadable, 0);
    EXPECT_GE(call.viewers[i]->pictures, 16u * 30) << "of 18 s";
    EXPECT_GE(call.watchers[i]->layers().counters().switches, 6u);
    std::printf("one in twenty lost: %llu pictures, the longest skip %u, %zu packets never came\n",
                static_cast<unsigned long long>(call.viewers[i]->pictures), watched.longestSkip, watched.gaps());
  }
  const auto& inbound = call.sfu.publisher().session().streams().inbound;
  EXPECT_EQ(inbound.size(), 3u);
  for (const auto& [ssrc, stream] : inbound) {
    EXPECT_GT(stream->retransmittedPackets(), 5u);
    EXPECT_GT(stream->statistics().packetsLost(), 5);
  }
}

TEST(Sfu, ThePublisherSaysGoodbye) {
  SfuCall call(0);
  for (Sfu::Watcher* watcher : call.watchers) watcher->choose("l");
  call.run(2000);
  ASSERT_TRUE(call.connected());
  const auto& inbound = call.sfu.publisher().session().streams().inbound;
  ASSERT_EQ(inbound.size(), 3u);
  for (const auto& [ssrc, stream] : inbound) EXPECT_TRUE(stream->isHeard());
  call.publisher.endpoint().close();
  call.run(100);
  for (const auto& [ssrc, stream] : inbound) EXPECT_FALSE(stream->isHeard()) << "RFC 3550 §6.6";
  call.run(1000);  // the camera goes on, and nobody sends its pictures
}

// One who watches goes, and the others see on.
TEST(Sfu, AWatcherGoes) {
  SfuCall call(0);
  for (Sfu::Watcher* watcher : call.watchers) watcher->choose("m");
  call.run(2000);
  ASSERT_TRUE(call.connected());
  call.watchers[0]->endpoint().close();
  const uint64_t before[] = {call.viewers[0]->pictures, call.viewers[1]->pictures};
  call.run(1000);
  EXPECT_LE(call.viewers[0]->pictures - before[0], 5u) << "what was on its way";
  EXPECT_GE(call.viewers[1]->pictures - before[1], 28u);
}

// Whatever watchers ask for, the publisher is asked five times a second for each encoding.
TEST(Sfu, KeyFrameRequestsAreLimited) {
  SfuCall call(0);
  for (Sfu::Watcher* watcher : call.watchers) watcher->choose("m");
  call.run(2000);
  ASSERT_TRUE(call.connected());
  const uint32_t before = call.publisher.requests();
  for (int i = 0; i < 400; ++i) {
    for (const auto& viewer : call.viewers) {
      for (const auto& [ssrc, stream] : viewer->endpoint().session().streams().inbound) stream->requestKeyFrame();
      viewer->endpoint().wake();
    }
    call.run(5);
  }
  EXPECT_GE(call.publisher.requests() - before, 5u);
  EXPECT_LE(call.publisher.requests() - before, 11u) << "in two seconds";
}

}  // namespace
}  // namespace tincan::inline v0::sim
