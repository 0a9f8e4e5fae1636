// How long the loop is held by pictures, and by sound, which is decoded on it. Of pictures: a call of two ends on one loop, over loopback, with and without workers. A timer
// every millisecond reads the processor time of the loop's thread: what was used since the last one is what packets, sound
// and everything else had to wait. Not the clock's time, which on a busy machine is that of others, too. The making of
// codecs is in the first column of figures: the longest hold from the answer to the thirtieth picture.
//
// Of sound: what is due of one stream, decoded, made up and stretched, by the processor time of each time that it is.
//
//   workers [seconds] [width] [height]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "bench/command_line.h"
#include "media/codec/codec_factory.h"
#include "media/get_user_media.h"
#include "media/jitter_buffer/sound_playout.h"
#include "media/tone_microphone.h"
#include "net/net.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

struct End {
  End(net::Loop& loop, RandomSource& random, Executor* executor) {
    stack::Environment environment{random, loop.pool(), 1'700'000'000'000'000};
    environment.executor = executor;
    stack::RTCConfiguration configuration;
    configuration.videoBitrate = 2'000'000;
    configuration.congestion.startBitrate = 2'500'000;
    pc = PeerConnection::create(configuration, environment).value();
    net::DriverConfig config;
    config.includeLoopback = true;
    driver = std::make_unique<net::Driver>(loop, *pc, config);
  }
  ~End() { driver.reset(); }
  std::unique_ptr<PeerConnection> pc;
  std::unique_ptr<net::Driver> driver;
};

void trickle(End& from, End& to) {
  from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate).ok();
  };
}

/// Of this thread, in milliseconds.
double processorTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// What the loop's thread has worked between one look of a timer and the next.
class Held {
 public:
  explicit Held(net::Loop& loop) : timer_(loop) {}
  void start() {
    last_ = processorTime();
    timer_.start(Duration::millis(1), [this] {
      held_.push_back(processorTime() - last_);
      start();
    });
  }
  void stop() { timer_.cancel(); }
  double share(double part) {
    if (held_.empty()) return 0;
    std::sort(held_.begin(), held_.end());
    return held_[std::min(held_.size() - 1, static_cast<size_t>(part * static_cast<double>(held_.size())))];
  }
  /// Of all the time.
  double load(double seconds) const { return std::accumulate(held_.begin(), held_.end(), 0.0) / (10 * seconds); }

 private:
  net::Timer timer_;
  double last_ = 0;
  std::vector<double> held_;
};

/// This one before all others.
void prefer(PeerConnection& pc, const std::string& codec) {
  auto list = stack::RtpSender::getCapabilities(stack::MediaKind::kVideo).codecs;
  std::stable_partition(list.begin(), list.end(), [&](const auto& each) { return each.mimeType == "video/" + codec; });
  for (const auto& transceiver : pc.getTransceivers())
    if (transceiver->sender()->track()->kind() == "video") (void)transceiver->setCodecPreferences(list).ok();
}

void run(const std::string& codec, bool withWorkers, int seconds, int width, int height) {
  net::Loop loop;
  net::OsRandom random;
  std::optional<net::WorkerPool> pool;
  if (withWorkers) pool.emplace(loop);
  Executor* executor = pool ? &*pool : nullptr;
  End a(loop, random, executor), b(loop, random, executor);
  trickle(a, b);
  trickle(b, a);
  int pictures = 0;
  b.pc->ontrack = [&](stack::RTCTrackEvent event) {
    event.track->addVideoSink([&](const media::VideoFrame& picture) { pictures += picture.width == width ? 1 : 0; });
    event.track->addAudioSink([](const media::AudioFrame&) {});
  };
  media::VideoConstraints video;
  video.width = width;
  video.height = height;
  media::MediaStreamConstraints constraints;
  constraints.audio = true;
  constraints.video = video;
  const auto stream = media::getUserMedia(constraints, random).value();
  for (const auto& track : stream->getTracks()) (void)a.pc->addTrack(track, stream).ok();
  prefer(*a.pc, codec);
  (void)a.pc->setLocalDescription().ok();
  (void)b.pc->setRemoteDescription(*a.pc->localDescription()).ok();
  (void)b.pc->setLocalDescription().ok();
  (void)a.pc->setRemoteDescription(*b.pc->localDescription()).ok();
  Held first(loop), held(loop);
  first.start();
  if (!loop.runUntil([&] { return pictures > 30; }, Duration::seconds(30))) std::printf("no pictures\n");
  first.stop();
  held.start();
  pictures = 0;
  static_cast<void>(loop.runUntil([] { return false; }, Duration::seconds(seconds)));
  stack::RTCOutboundRtpStreamStats sent;
  for (const auto& each : a.pc->getStats().outboundRtp)
    if (each.kind == "video") sent = each;
  std::printf("| %-5s %-20s | %6.2f | %6.2f | %6.2f | %6.2f | %4.0f %% | %4.1f | %8llu |\n", codec.c_str(),
              withWorkers ? ("on workers: " + std::to_string(pool->threads())).c_str() : "on the loop", first.share(1),
              held.share(0.95), held.share(0.99), held.share(1), held.load(seconds),
              static_cast<double>(pictures) / seconds, static_cast<unsigned long long>(sent.framesNotEncoded));
}

// ---- sound ----

struct SoundRow {
  const char* name;
  media::CodecFormat format;
  int channels = 1;
  int lossPercent = 0;
  bool stretches = false;  // at each packet, as far as the sound allows
};

/// A tone under noise, as payloads: a tone alone is less work than speech.
std::vector<media::EncodedAudio> encode(const SoundRow& row, int seconds) {
  media::AudioEncoderSettings settings;
  settings.channels = row.channels;
  settings.expectedLossPercent = std::max(row.lossPercent, 5);
  const auto encoder = media::builtInCodecs().audioEncoder(row.format, settings).value();
  media::ToneMicrophone microphone(220);
  SeededRandom random(1);
  std::vector<media::EncodedAudio> out;
  TimePoint now;
  for (int i = 0; i < 50 * seconds; ++i) {
    media::AudioFrame frame;
    microphone.capture(now, frame);
    now += media::AudioFrame::kDuration;
    media::AudioFrame sound = frame;
    sound.channels = row.channels;
    sound.samples.clear();
    for (const int16_t sample : frame.samples)
      for (int c = 0; c < row.channels; ++c)
        sound.samples.push_back(static_cast<int16_t>(sample + static_cast<int>(random.u32() % 2048) - 1024));
    (void)encoder->encode(sound, out).ok();
  }
  return out;
}

void play(const SoundRow& row, int seconds) {
  const auto coded = encode(row, seconds);
  const auto decoder = media::builtInCodecs().audioDecoder(row.format).value();
  media::SoundPlayout playout(row.format.clockRate, [&](uint8_t) { return decoder.get(); });
  SeededRandom random(2);
  std::vector<double> held;
  size_t next = 0;
  uint16_t sequence = 0;
  for (int64_t ms = 0; ms < seconds * 1000 + 200; ++ms) {
    const TimePoint now = TimePoint::fromMicros(ms * 1000);
    for (; next < coded.size() && coded[next].rtpTimestamp <= static_cast<uint64_t>(ms) * 48; ++next) {
      media::AudioJitterBuffer::Packet packet;
      packet.sequenceNumber = sequence++;
      packet.timestamp = static_cast<uint32_t>(uint64_t{coded[next].rtpTimestamp} * row.format.clockRate / 48'000);
      packet.samples = decoder->duration(coded[next].data);
      packet.payload = coded[next].data;
      if (random.below(100) >= static_cast<uint64_t>(row.lossPercent)) playout.receive(now, std::move(packet));
    }
    // Half a second of delay more, and less again.
    if (row.stretches && ms % 1000 == 0) playout.buffer().setFloor(Duration::millis(ms % 2000 == 0 ? 20 : 500));
    media::SoundPlayout::Sound sound;
    for (bool due = true; due;) {
      const double before = processorTime();
      due = playout.pop(now, true, sound);
      if (due && ms > 1000) held.push_back(1000 * (processorTime() - before));
    }
  }
  std::sort(held.begin(), held.end());
  const auto at = [&](double part) { return held[static_cast<size_t>(part * static_cast<double>(held.size() - 1))]; };
  const double sum = std::accumulate(held.begin(), held.end(), 0.0);
  std::printf("| %-34s | %6.1f | %6.1f | %6.1f | %6.1f | %6.2f %% |\n", row.name, at(0.5), at(0.95), at(0.99), at(1),
              sum / (seconds - 1) / 1e4);
}

void playAll(int seconds) {
  const auto opus = [](const char* ptime, bool stereo = false) {
    media::CodecFormat out{media::CodecKind::kAudio, "opus", 48'000, 2, {{"useinbandfec", "1"}, {"ptime", ptime}}};
    if (stereo) out.parameters.push_back({"stereo", "1"});
    return out;
  };
  const SoundRow rows[] = {
      {"opus, 20 ms", opus("20")},
      {"opus, 60 ms", opus("60")},
      {"opus, 20 ms, stereo", opus("20", true), 2},
      {"opus, 60 ms, stereo", opus("60", true), 2},
      {"opus, 20 ms, 10 % lost", opus("20"), 1, 10},
      {"opus, 20 ms, stretched", opus("20"), 1, 0, true},
      {"opus, 60 ms, stereo, stretched", opus("60", true), 2, 0, true},
      {"G722, 20 ms", {media::CodecKind::kAudio, "G722", 8000, 1, {}}},
      {"PCMU, 20 ms, stretched", {media::CodecKind::kAudio, "PCMU", 8000, 1, {}}, 1, 0, true},
  };
  std::printf("\nwhat is due of one stream of sound, decoded on the loop; us of its processor each time\n\n");
  std::printf("| sound                              | median |    p95 |    p99 |   most |     load |\n");
  std::printf("|---|---|---|---|---|---|\n");
  for (const SoundRow& row : rows) play(row, seconds);
}

}  // namespace
}  // namespace tincan::inline v0

int main(int argc, char** argv) {
  int seconds = 5, width = 1280, height = 720;
  tincan::bench::CommandLine("workers", "[SECONDS [WIDTH HEIGHT]]: 5, 1280 and 720 when left out")
      .word("SECONDS", seconds, 1, 3600)
      .word("WIDTH", width, 16, 4096)
      .word("HEIGHT", height, 16, 4096)
      .read(argc, argv);
  std::printf("%d x %d, both ends on one loop; how long the loop is held, in ms of its processor\n\n", width, height);
  std::printf("| pictures                   |  start |    p95 |    p99 |   most |   load | fps  | dropped  |\n");
  std::printf("|---|---|---|---|---|---|---|---|\n");
  for (const char* codec : {"VP8", "VP9", "H264", "AV1"})
    for (const bool withWorkers : {false, true}) tincan::run(codec, withWorkers, seconds, width, height);
  tincan::playAll(60);
  return 0;
}
