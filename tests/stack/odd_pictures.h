#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "media/synthetic_camera.h"
#include "rtp/payload/vp8.h"
#include "rtp/rtcp/packet.h"
#include "tests/media/codec/makers.h"
#include "tests/stack/session_on_wire.h"

/// Pictures as odd senders send them: a real VP8 stream whose packets somebody changes, and a far end that answers PLI.
namespace tincan::inline v0::stack::oddpictures {

inline constexpr uint32_t kSsrc = 77, kRtxSsrc = 78;
inline constexpr uint8_t kRtxType = 97;
inline constexpr int kPictures = 120;

struct Out {
  uint32_t timestamp = 0;
  Bytes payload{};
  bool marker = false;
  uint8_t padding = 0;
  uint8_t type = SessionOnWire::kVp8Type;
  uint32_t ssrc = kSsrc;
  bool lost = false;                 // it has a number, and does not arrive
  std::optional<uint16_t> number{};  // where it is not the next one
};

class Sender {
 public:
  using Change = std::function<void(int picture, std::vector<Out>& packets, Sender& sender)>;

  explicit Sender(bool announced = true) {
    NegotiatedSection& section = on.sections[1];
    section.codecs[0].rtxPayloadType = kRtxType;
    if (announced) {
      section.remoteSsrcs = {kSsrc};
      section.remoteRtx = {{kSsrc, kRtxSsrc}};
    }
    EXPECT_TRUE(on.wire.connect());
    on.session.apply(on.sections);
    on.video->receiver()->track()->addVideoSink([this](const media::VideoFrame& picture) {
      const auto counter = media::SyntheticCamera::readFrameCounter(picture);
      unreadable += !counter;
      if (counter) seen.insert(*counter);
      sizes.insert(picture.width);
      longest = std::max(longest, on.wire.now() - last_);
      last_ = on.wire.now();
    });
    on.onRtcp = [this](const PacketBuffer& packet) {
      const auto parsed = rtp::rtcp::parseCompound(packet.view());
      for (size_t i = 0; parsed && i < parsed->size(); ++i) {
        if (!std::holds_alternative<rtp::rtcp::Pli>((*parsed)[i])) continue;
        ++plis;
        wanted_ = true;
      }
    };
    last_ = on.wire.now();
    resize(320);
  }
  void resize(int width) {
    width_ = width;
    encoder_ = media::makeVp8Encoder(width, width * 3 / 4, 400'000);
  }
  /// `pictures` at 30 a second; each is changed on its way.
  void run(int pictures, const Change& change) {
    for (int k = 0; k < pictures; ++k) {
      media::VideoFrame picture;
      media::SyntheticCamera({width_, width_ * 3 / 4, 30}).paint(static_cast<uint32_t>(k), picture);
      picture.captured = on.wire.now();
      const auto frame = media::encodeOne(*encoder_, picture, std::exchange(wanted_, false) || keysOnly);
      packetizer_.setFrame(frame.data, payloadSize);
      std::vector<Out> packets;
      for (bool end = false; !end;) {
        PacketBuffer packet = pool_.allocate();
        ASSERT_TRUE(packetizer_.next(packet, end));
        packets.push_back({timestamp, toBytes(packet.view()), end});
      }
      change(k, packets, *this);
      for (const Out& each : packets) send(each);
      timestamp += 3000;
      on.run(Duration::millis(k % 3 == 0 ? 30 : 35));
    }
    on.run(Duration::millis(400));
  }
  void send(const Out& out) {
    const uint16_t number = out.number ? *out.number : numbers[out.ssrc]++;
    Bytes bytes(12);
    bytes[0] = static_cast<uint8_t>(out.padding ? 0xa0 : 0x80);
    bytes[1] = static_cast<uint8_t>((out.marker ? 0x80 : 0) | out.type);
    storeBe16(bytes.data() + 2, number);
    storeBe32(bytes.data() + 4, out.timestamp);
    storeBe32(bytes.data() + 8, out.ssrc);
    bytes.insert(bytes.end(), out.payload.begin(), out.payload.end());
    bytes.resize(bytes.size() + out.padding, 0);
    if (out.padding) bytes.back() = out.padding;
    if (out.lost) return;
    PacketBuffer packet = on.wire.pool().copy(bytes);
    on.wire[1].sendRtp(on.wire.now(), {&packet, 1});
    on.carry();
  }
  /// The repair of a packet (RFC 4588 §4): its number, then what it carried.
  Out repairOf(const Out& out, uint16_t number) const {
    Out repair = out;
    repair.ssrc = kRtxSsrc;
    repair.type = kRtxType;
    repair.payload.insert(repair.payload.begin(), {static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)});
    return repair;
  }

  SessionOnWire on;
  std::map<uint32_t, uint16_t> numbers{{kSsrc, 65'500}, {kRtxSsrc, 100}};  // of what is sent next
  uint32_t timestamp = 0xffff'0000u;
  size_t payloadSize = 500;
  bool keysOnly = false;
  std::set<uint32_t> seen;
  std::set<int> sizes;
  int unreadable = 0, plis = 0;
  Duration longest;

 private:
  PacketPool pool_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  rtp::Vp8Packetizer packetizer_{0x7ff0};
  int width_ = 0;
  bool wanted_ = false;
  TimePoint last_;
};

struct Oddity {
  const char* name;
  Sender::Change change;
  int mayLose = 0;            // pictures
  int mayAsk = 0;             // for key frames
  int64_t standsStill = 120;  // ms, at the most
};
inline std::ostream& operator<<(std::ostream& out, const Oddity& oddity) {
  return out << oddity.name;
}

/// What becomes of all of them.
inline void show(const Oddity& oddity) {
  Sender sender;
  sender.run(kPictures, oddity.change);
  EXPECT_GE(static_cast<int>(sender.seen.size()), kPictures - oddity.mayLose);
  EXPECT_LE(sender.plis, oddity.mayAsk);
  EXPECT_LE(sender.longest, Duration::millis(oddity.standsStill));
  EXPECT_EQ(sender.unreadable, 0);
}

inline constexpr int kWhen = kPictures / 2;

}  // namespace tincan::inline v0::stack::oddpictures
