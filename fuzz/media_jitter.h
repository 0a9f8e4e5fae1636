#pragma once

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/bytes.h"
#include "media/jitter_buffer.h"
#include "media/telephone_tones.h"

namespace tincan::inline v0::fuzz {

/// Stateful: the first bytes pick the bounds and delays, the rest is a sender that lies about everything, and a clock.
/// Both jitter buffers stay within their bounds, give out frames in order, and never ask to be called in the past.
class JitterFuzzer {
 public:
  explicit JitterFuzzer(ByteView data) : reader_(data) {
    const uint8_t mode = reader_.u8();
    media::VideoJitterBuffer::Config config;
    config.maxStreamBytes = (size_t{64} << (mode & 3)) * PacketBuffer::kCapacity;
    config.maxFrameBytes = mode & 4 ? 64 : 4096;
    config.maxDelay = mode & 8 ? Duration::zero() : Duration::millis(500);
    video_ = media::VideoJitterBuffer(config);
    video_.setRoundTripTime(Duration::millis(mode));
    maxBytes_ = config.maxStreamBytes;
    maxFrame_ = config.maxFrameBytes;
    media::AudioJitterBuffer::Config audio;
    audio.timeStretch = mode & 16;
    audio_ = media::AudioJitterBuffer(audio);
    sequence_ = reader_.u16();
    timestamp_ = reader_.u32();
  }

  void run() {
    while (reader_.remaining() > 0) {
      step();
      drain();
    }
    check(pool_.outstanding() <= video_.heldBytes() / PacketBuffer::kCapacity + audio_.size());
  }

 private:
  static void check(bool good) {
    if (!good) std::abort();
  }

  void step() {
    const uint8_t what = reader_.u8();
    switch (what & 0x07) {
      case 0: now_ += Duration::millis(reader_.u8()); break;
      case 1: now_ += Duration::millis(reader_.u16()); break;
      case 2: sequence_ = static_cast<uint16_t>(sequence_ + static_cast<int8_t>(reader_.u8())); break;
      case 3: sequence_ = reader_.u16(); break;
      case 4: timestamp_ = what & 0x80 ? reader_.u32() : timestamp_ + 3000; break;
      case 5: receiveAudio(what); break;
      case 6:
        if (what & 0x80) return receiveEvent(what);
        receiveVideo(what);
        break;
      default: receiveVideo(what); break;
    }
  }

  void receiveVideo(uint8_t what) {
    media::VideoJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence_++;
    packet.timestamp = timestamp_;
    packet.buffer = pool_.copy(reader_.view(std::min<size_t>(reader_.remaining(), what >> 6)));
    packet.info.payload = packet.buffer.view();
    packet.info.startOfFrame = what & 0x08;
    packet.info.endOfFrame = what & 0x10;
    packet.info.keyFrame = what & 0x20;
    video_.receive(now_, std::move(packet));
  }

  void receiveAudio(uint8_t what) {
    media::AudioJitterBuffer::Packet packet;
    packet.sequenceNumber = sequence_++;
    packet.timestamp = timestamp_;
    packet.samples = what & 0x08 ? reader_.u32() : 960;
    packet.dtx = what & 0x10;
    packet.buffer = pool_.copy(asBytes("opus"));
    packet.payload = packet.buffer.view();
    audio_.receive(now_, std::move(packet));
    timestamp_ += 960;
  }

  // A telephone event: of a place in time, or of none.
  void receiveEvent(uint8_t what) {
    const auto place = tones_.receive(timestamp_, reader_.view(std::min<size_t>(reader_.remaining(), 4)));
    check(!place || place->samples > 0);
    media::AudioFrame frame;
    check(!tones_.render(timestamp_ + what * 100u, 960, frame) || frame.samples.size() == 960);
    audio_.pass(now_, sequence_++);
    audio_.setFloor(Duration::millis(what * 16));
  }

  void drain() {
    while (video_.pop(now_, frame_)) {
      check(frame_.data.size() <= maxFrame_ && frame_.packets > 0);
      check(frame_.received <= now_ && frame_.due <= now_);
    }
    check(video_.nextTimeout() > now_);
    check(video_.heldBytes() <= maxBytes_);
    media::AudioJitterBuffer::Playout playout;
    for (int ticks = 0; audio_.pop(now_, playout); ++ticks) {
      check(playout.samples > 0 && playout.samples <= 5760 && ticks < 5000);
      check((playout.kind == media::AudioJitterBuffer::Kind::kPacket) == static_cast<bool>(playout.buffer));
      // A player that stretches as it likes, or says that it did.
      if (playout.stretch != media::AudioJitterBuffer::Stretch::kNone)
        audio_.stretched(static_cast<int32_t>(timestamp_) >> (sequence_ & 31));
    }
    check(audio_.nextTimeout() > now_);
    check(audio_.size() <= 200);
  }

  ByteReader reader_;
  PacketPool pool_;
  media::VideoJitterBuffer video_;
  media::AudioJitterBuffer audio_;
  media::TelephoneTones tones_{48'000};
  media::ReceivedFrame frame_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
  size_t maxBytes_ = 0;
  size_t maxFrame_ = 0;
};

inline void fuzzMediaJitter(ByteView data) {
  JitterFuzzer(data).run();
}

}  // namespace tincan::inline v0::fuzz
