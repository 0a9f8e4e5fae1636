// Calls over real loopback sockets whose codecs work on threads: what they carry, what an encoder that is too slow costs,
// and ends in the midst of work.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "media/get_user_media.h"
#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/worker_pool.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

/// Lets pictures through one by one, when it is told to.
class Turnstile {
 public:
  /// On a thread, for each picture.
  void pass() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return open_ || passes_ > 0; });
    if (!open_) --passes_;
  }
  void letOne() {
    const std::lock_guard lock(mutex_);
    ++passes_;
    moved_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  int passes_ = 0;
  bool open_ = false;
};

/// The built-in codecs, with an encoder that waits at a turnstile before each picture.
class SlowCodecs final : public media::CodecFactory {
 public:
  explicit SlowCodecs(Turnstile& turnstile) : turnstile_(turnstile) {}
  std::vector<media::SupportedFormat> formats(media::CodecKind kind) const override { return real_.formats(kind); }
  Result<std::unique_ptr<media::VideoEncoder>> videoEncoder(
      const media::CodecFormat& format, const media::VideoEncoderSettings& settings) const override {
    auto made = real_.videoEncoder(format, settings);
    if (!made) return made.error();
    return std::unique_ptr<media::VideoEncoder>(std::make_unique<Slow>(*std::move(made), turnstile_));
  }
  Result<std::unique_ptr<media::VideoDecoder>> videoDecoder(const media::CodecFormat& format) const override {
    return real_.videoDecoder(format);
  }
  Result<std::unique_ptr<media::AudioEncoder>> audioEncoder(
      const media::CodecFormat& format, const media::AudioEncoderSettings& settings) const override {
    return real_.audioEncoder(format, settings);
  }
  Result<std::unique_ptr<media::AudioDecoder>> audioDecoder(const media::CodecFormat& format) const override {
    return real_.audioDecoder(format);
  }
  Result<std::unique_ptr<media::VideoPacketizer>> packetizer(const media::CodecFormat& format,
                                                             RandomSource& random) const override {
    return real_.packetizer(format, random);
  }
  std::optional<rtp::VideoFormat> payloadFormat(const media::CodecFormat& format) const override {
    return real_.payloadFormat(format);
  }
  FrameInfo inspect(const media::CodecFormat& format, ByteView frame) const override {
    return real_.inspect(format, frame);
  }

 private:
  class Slow final : public media::VideoEncoder {
   public:
    Slow(std::unique_ptr<media::VideoEncoder> real, Turnstile& turnstile)
        : real_(std::move(real)), turnstile_(turnstile) {}
    Result<void> encode(const media::VideoFrame& picture, bool forceKeyFrame,
                        std::vector<media::EncodedVideo>& out) override {
      turnstile_.pass();
      return real_->encode(picture, forceKeyFrame, out);
    }
    void setRates(uint32_t bitrateBps, double framesPerSecond) override {
      real_->setRates(bitrateBps, framesPerSecond);
    }
    std::string_view implementation() const override { return real_->implementation(); }

   private:
    std::unique_ptr<media::VideoEncoder> real_;
    Turnstile& turnstile_;
  };

  const media::CodecFactory& real_ = media::builtInCodecs();
  Turnstile& turnstile_;
};

struct End {
  End(net::Loop& loop, RandomSource& random, Executor* executor, const media::CodecFactory* codecs) {
    stack::Environment environment{random, loop.pool(), 1'700'000'000'000'000};
    environment.executor = executor;
    environment.codecs = codecs;
    pc = PeerConnection::create({}, environment).value();
    net::DriverConfig config;
    config.includeLoopback = true;
    driver = std::make_unique<net::Driver>(loop, *pc, config);
  }
  ~End() { driver.reset(); }
  std::unique_ptr<PeerConnection> pc;
  std::unique_ptr<net::Driver> driver;
};

struct Workers : testing::Test {
  net::Loop loop;
  net::OsRandom random;
  std::unique_ptr<net::WorkerPool> pool = std::make_unique<net::WorkerPool>(loop, 2);
  std::unique_ptr<End> a, b;
  int pictures = 0, sounds = 0;

  void call(const media::CodecFactory* codecs = nullptr) {
    a = std::make_unique<End>(loop, random, pool.get(), codecs);
    b = std::make_unique<End>(loop, random, pool.get(), nullptr);
    const auto trickle = [](End& from, End& to) {
      from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
        if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate).ok();
      };
    };
    trickle(*a, *b);
    trickle(*b, *a);
    b->pc->ontrack = [this](stack::RTCTrackEvent event) {
      event.track->addVideoSink([this](const media::VideoFrame&) { ++pictures; });
      event.track->addAudioSink([this](const media::AudioFrame&) { ++sounds; });
    };
    media::VideoConstraints small;
    small.width = 320;
    small.height = 240;
    media::MediaStreamConstraints constraints;
    constraints.audio = true;
    constraints.video = small;
    const auto stream = media::getUserMedia(constraints, random).value();
    for (const auto& track : stream->getTracks()) ASSERT_TRUE(a->pc->addTrack(track, stream).ok());
    ASSERT_TRUE(a->pc->setLocalDescription().ok());
    ASSERT_TRUE(b->pc->setRemoteDescription(*a->pc->localDescription()).ok());
    ASSERT_TRUE(b->pc->setLocalDescription().ok());
    ASSERT_TRUE(a->pc->setRemoteDescription(*b->pc->localDescription()).ok());
    ASSERT_TRUE(loop.runUntil([this] { return pictures > 0; }, Duration::seconds(20)));
  }
  void run(Duration time) {
    static_cast<void>(loop.runUntil([] { return false; }, time));
  }
  stack::RTCOutboundRtpStreamStats sentPictures() const {
    for (const auto& each : a->pc->getStats().outboundRtp)
      if (each.kind == "video") return each;
    return {};
  }
};

TEST_F(Workers, PicturesAndSoundArrive) {
  call();
  pictures = sounds = 0;
  ASSERT_TRUE(loop.runUntil([this] { return pictures >= 30 && sounds >= 40; }, Duration::seconds(20)));
  // None, but for a machine that has no time for one: that none is overtaken otherwise, tests/sim/workers_test.cc holds.
  EXPECT_LT(sentPictures().framesNotEncoded, 5u);
}

// One picture for each ten stretches of sound, which go on all the while.
TEST_F(Workers, AnEncoderThatIsTooSlowDropsPicturesAndSaysSo) {
  Turnstile turnstile;
  const SlowCodecs slow(turnstile);
  turnstile.letOne();
  call(&slow);
  pictures = sounds = 0;
  for (int i = 1; i <= 12; ++i) {
    ASSERT_TRUE(loop.runUntil([&] { return sounds >= 10 * i; }, Duration::seconds(20))) << "sound waits for pictures";
    turnstile.letOne();
  }
  EXPECT_LE(pictures, 12);
  EXPECT_GE(pictures, 1);
  const auto stats = sentPictures();
  EXPECT_GT(stats.framesNotEncoded, 30u);
  EXPECT_EQ(stats.qualityLimitationReason, "cpu");
  turnstile.open();
  a.reset();
  b.reset();
  pool.reset();  // before the codecs that it works with
}

TEST_F(Workers, EndsInTheMidstOfWork) {
  for (int round = 0; round < 4; ++round) {
    Turnstile turnstile;
    const SlowCodecs slow(turnstile);
    for (int i = 0; i < 3; ++i) turnstile.letOne();
    call(&slow);
    const int from = sounds;
    ASSERT_TRUE(
        loop.runUntil([&] { return sounds >= from + 10; }, Duration::seconds(20)));  // one waits at the turnstile
    switch (round) {
      case 0: a->pc->close(); break;
      case 1: a.reset(); break;
      case 2: b.reset(); break;
      case 3: break;  // both, and then the pool, at once
    }
    if (round < 3) run(Duration::millis(60));
    a.reset();
    b.reset();
    turnstile.open();
    pool = std::make_unique<net::WorkerPool>(loop, 2);
    pictures = sounds = 0;
  }
}

}  // namespace
}  // namespace tincan::inline v0
