#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <opus/opus.h>

#include "tests/stack/session_on_wire.h"

/// A sender of sound whose packets somebody changes, and a session that hears them.
namespace tincan::inline v0::stack::sounds {

inline constexpr uint32_t kSsrc = 77;
inline constexpr uint8_t kOpus = SessionOnWire::kOpusType, kOtherOpus = 109, kPcmu = 0, kPcma = 8;

struct Out {
  uint32_t timestamp = 0;
  Bytes payload{};
  bool marker = false;
  uint8_t padding = 0;
  uint8_t type = kOpus;
  uint32_t ssrc = kSsrc;
  std::optional<uint16_t> number{};  // where it is not the next one
  uint8_t contributors = 0;
  std::optional<uint16_t> profile{};  // of a header extension, whose block follows in whole words
  Bytes extension{};
};

/// A tone, in packets of the length asked for.
class Sender {
 public:
  using Change = std::function<void(int packet, std::vector<Out>& packets, Sender& sender)>;

  Sender() {
    on.sections[0].codecs = {{"opus", kOpus, 48'000, 2, {}, {}, {}},
                             {"opus", kOtherOpus, 48'000, 2, {}, {}, {}},
                             {"PCMU", kPcmu, 8'000, 1, {}, {}, {}},
                             {"PCMA", kPcma, 8'000, 1, {}, {}, {}},
                             {"CN", 13, 8'000, 1, {}, {}, {}}};
    EXPECT_TRUE(on.wire.connect());
    on.session.apply(on.sections);
    on.audio->receiver()->track()->addAudioSink([this](const media::AudioFrame& frame) {
      if (frame.rms() > 0.1) loud += static_cast<int64_t>(frame.samplesPerChannel());
    });
    int error = OPUS_OK;
    encoder_ = opus_encoder_create(48'000, 1, OPUS_APPLICATION_AUDIO, &error);
    EXPECT_EQ(error, OPUS_OK);
  }
  ~Sender() { opus_encoder_destroy(encoder_); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  Bytes opus(int samples) {
    std::vector<int16_t> sound;
    for (int i = 0; i < samples; ++i)
      sound.push_back(static_cast<int16_t>(10'000 * std::sin(static_cast<double>(phase_ + i) * 0.06)));
    phase_ += samples;
    Bytes packet(1200);
    const int size = opus_encode(encoder_, sound.data(), samples, packet.data(), 1200);
    EXPECT_GT(size, 0);
    packet.resize(static_cast<size_t>(std::max(size, 0)));
    return packet;
  }
  /// So many ms of sound at real time. What is heard in ms.
  int64_t run(int64_t millis, const Change& change) {
    int64_t at = 0, ran = 0;
    for (int k = 0; at < millis; ++k) {
      const int64_t length = lengthOf(k);
      std::vector<Out> packets{{timestamp, opus(static_cast<int>(length * 48))}};
      change(k, packets, *this);
      for (const Out& each : packets) send(each);
      timestamp += static_cast<uint32_t>(length * 48);
      at += length;
      on.run(Duration::millis(at / 5 * 5 - ran));
      ran = at / 5 * 5;
    }
    on.run(Duration::millis(600));
    return loud / 48;
  }
  void send(const Out& out) {
    Bytes bytes(12);
    bytes[0] = static_cast<uint8_t>((out.padding ? 0xa0 : 0x80) | (out.profile ? 0x10 : 0) | out.contributors);
    bytes[1] = static_cast<uint8_t>((out.marker ? 0x80 : 0) | out.type);
    storeBe16(bytes.data() + 2, out.number ? *out.number : number++);
    storeBe32(bytes.data() + 4, out.timestamp);
    storeBe32(bytes.data() + 8, out.ssrc);
    for (uint8_t i = 0; i < out.contributors; ++i) bytes.insert(bytes.end(), {0, 0, 1, i});
    if (out.profile) {
      const auto words = static_cast<uint8_t>(out.extension.size() / 4);
      bytes.insert(bytes.end(),
                   {static_cast<uint8_t>(*out.profile >> 8), static_cast<uint8_t>(*out.profile), 0, words});
      bytes.insert(bytes.end(), out.extension.begin(), out.extension.end());
    }
    bytes.insert(bytes.end(), out.payload.begin(), out.payload.end());
    bytes.resize(bytes.size() + out.padding, 0);
    if (out.padding) bytes.back() = out.padding;
    PacketBuffer packet = on.wire.pool().copy(bytes);
    on.wire[1].sendRtp(on.wire.now(), {&packet, 1});
    on.carry();
  }

  SessionOnWire on;
  std::function<int64_t(int)> lengthOf = [](int) { return 20; };
  uint16_t number = 65'450;
  uint32_t timestamp = 0xffff'0000u;
  int64_t loud = 0;

 private:
  OpusEncoder* encoder_ = nullptr;
  int64_t phase_ = 0;
};

struct Oddity {
  const char* name;
  Sender::Change change;
  int64_t mayLose = 80;  // ms, beside the start
  int64_t mayAdd = 300;  // by concealment and stretching
  int64_t mayConceal = 10'000;
};
inline std::ostream& operator<<(std::ostream& out, const Oddity& oddity) {
  return out << oddity.name;
}

}  // namespace tincan::inline v0::stack::sounds
