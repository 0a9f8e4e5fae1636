#pragma once

#include <algorithm>
#include <vector>

#include "base/packet_buffer.h"
#include "fuzz/require.h"
#include "rtp/header.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/comfort_noise.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"
#include "rtp/payload/opus.h"
#include "rtp/payload/red.h"
#include "rtp/payload/telephone_event.h"
#include "rtp/payload/vp9_descriptor.h"
#include "rtp/repair/fec_decoder.h"

namespace tincan::inline v0::fuzz {

/// The first byte picks the format, the rest is what a peer sends: packets behind one byte of flags and one of length.
/// What parses is written again and must come out the same.
class PayloadFuzzer {
 public:
  explicit PayloadFuzzer(ByteView data) : reader_(data) {}

  void run() {
    const uint8_t what = reader_.u8();
    switch (what & 0x0f) {
      case 0: video(rtp::VideoFormat::kVp8); break;
      case 1: video(rtp::VideoFormat::kVp9); break;
      case 2: video(rtp::VideoFormat::kH264); break;
      case 3: video(rtp::VideoFormat::kH265); break;
      case 4: video(rtp::VideoFormat::kAv1); break;
      case 5: vp9Descriptor(); break;
      case 6: red(); break;
      case 7: fec(rtp::FecScheme::kUlpfec); break;
      case 8: fec(rtp::FecScheme::kFlexfec03); break;
      default: sound(); break;
    }
  }

 private:
  static constexpr size_t kMaxPayload = 100;

  bool nextPacket(uint8_t& flags, ByteView& payload) {
    if (reader_.remaining() < 2) return false;
    flags = reader_.u8();
    payload = reader_.view(std::min<size_t>(reader_.u8(), reader_.remaining()));
    return true;
  }

  static bool assemble(const std::vector<rtp::Depacketized>& packets, Bytes& out) {
    size_t bytes = 0;
    for (const auto& packet : packets) bytes += packet.frameBytes();
    rtp::FrameWriter writer(out, bytes);
    for (const auto& packet : packets) writer.add(packet);
    const bool whole = writer.finish();
    require(out.size() <= bytes);
    return whole;
  }

  template <class P>
  void roundTrip(rtp::VideoFormat format, P& packetizer, const Bytes& frame) {
    packetizer.setFrame(frame, kMaxPayload);
    std::vector<PacketBuffer> sent;
    std::vector<rtp::Depacketized> packets;
    bool last = false;
    while (packetizer.packetsLeft() > 0) {
      sent.push_back(pool_.allocate());
      require(packetizer.next(sent.back(), last) && sent.back().size() <= kMaxPayload);
      require(rtp::depacketize(format, sent.back().view(), last, packets.emplace_back()));
    }
    Bytes again;
    if (sent.empty()) return;
    require(last && assemble(packets, again) && again == frame);
  }

  void video(rtp::VideoFormat format) {
    std::vector<rtp::Depacketized> packets;
    uint8_t flags = 0;
    ByteView payload;
    while (nextPacket(flags, payload)) {
      rtp::Depacketized packet;
      if (!rtp::depacketize(format, payload, (flags & 1) != 0, packet)) continue;
      require(packet.payload.empty() ||
              (packet.payload.data() >= payload.data() &&
               packet.payload.data() + packet.payload.size() <= payload.data() + payload.size()));
      require(packet.prefixSize <= sizeof packet.prefix && packet.endOfFrame == ((flags & 1) != 0));
      packets.push_back(packet);
    }
    Bytes frame;
    if (!assemble(packets, frame)) return;
    if (format == rtp::VideoFormat::kAv1) {
      rtp::Av1Packetizer packetizer;
      roundTrip(format, packetizer, frame);
    } else if (format == rtp::VideoFormat::kH264 || format == rtp::VideoFormat::kH265) {
      nalUnits(format, frame);
    }
  }

  // Bytes that look like a start code inside a unit split it; what the pieces make is sent and comes back.
  void nalUnits(rtp::VideoFormat format, const Bytes& frame) {
    std::vector<ByteView> units;
    rtp::splitAnnexB(frame, units);
    Bytes clean;
    for (const ByteView unit : units) {
      if (format == rtp::VideoFormat::kH264 ? !isH264(unit) : !isH265(unit)) continue;
      clean.insert(clean.end(), std::begin(rtp::kStartCode), std::end(rtp::kStartCode));
      clean.insert(clean.end(), unit.begin(), unit.end());
    }
    rtp::H264Packetizer h264;
    rtp::H265Packetizer h265;
    if (format == rtp::VideoFormat::kH264) {
      roundTrip(format, h264, clean);
    } else {
      roundTrip(format, h265, clean);
    }
  }
  static bool isH264(ByteView unit) { return (unit[0] & 0x1f) >= 1 && (unit[0] & 0x1f) <= 23; }
  static bool isH265(ByteView unit) { return unit.size() > 2 && (unit[0] >> 1 & 0x3f) <= 47 && (unit[1] & 7) != 0; }

  void vp9Descriptor() {
    const ByteView payload = reader_.rest();
    rtp::Vp9Descriptor descriptor;
    if (!rtp::Vp9Descriptor::parse(payload, descriptor)) return;
    require(descriptor.size < payload.size());
    Bytes wire(descriptor.size + 1);
    require(descriptor.write(wire) == descriptor.size);
    rtp::Vp9Descriptor again;
    require(rtp::Vp9Descriptor::parse(wire, again) && again == descriptor);
  }

  void red() {
    constexpr PayloadType kRed(63);
    const ByteView payload = reader_.view(std::min<size_t>(reader_.remaining(), 1500));
    rtp::RedPayload red;
    if (!red.parse(payload, kRed)) return;
    PacketBuffer packet = pool_.allocate();
    require(rtp::writeRed(red.blocks(), packet) && equalBytes(packet.view(), payload));
  }

  void fec(rtp::FecScheme scheme) {
    constexpr Ssrc kMedia(0x01020304);
    {
      rtp::FecDecoder decoder(scheme, kMedia, pool_);
      uint8_t flags = 0;
      ByteView payload;
      while (nextPacket(flags, payload)) {
        if ((flags & 1) != 0) {
          decoder.receiveParity(payload);
        } else {
          Bytes packet(rtp::kFixedHeaderSize);
          rtp::Header header;
          header.sequenceNumber = flags;
          header.ssrc = kMedia;
          rtp::writeHeader(packet, header);
          packet.insert(packet.end(), payload.begin(), payload.end());
          decoder.receiveMedia(packet);
        }
        PacketBuffer repaired;
        while (decoder.poll(repaired)) {
          rtp::Header header;
          require(rtp::Header::parse(repaired.view(), header) && header.ssrc == kMedia);
        }
        repaired.reset();
        require(pool_.outstanding() <= rtp::FecDecoder::kMediaPackets + rtp::FecDecoder::kParityPackets);
      }
    }
    require(pool_.outstanding() == 0);
  }

  void sound() {
    rtp::TelephoneEventReceiver receiver;
    uint8_t flags = 0;
    ByteView payload;
    while (nextPacket(flags, payload)) {
      rtp::TelephoneEventReceiver::Update update;
      receiver.receive(flags * 100u, payload, update);
      rtp::TelephoneEvent event;
      if (rtp::TelephoneEvent::parse(payload, event)) {
        Bytes wire(rtp::TelephoneEvent::kSize);
        rtp::TelephoneEvent again;
        require(event.write(wire) && rtp::TelephoneEvent::parse(wire, again) && again == event);
      }
      rtp::ComfortNoise noise;
      if (rtp::ComfortNoise::parse(payload, noise)) {
        Bytes wire(payload.size());
        require(noise.write(wire) == 1 + noise.coefficients.size());
      }
      rtp::OpusPacketInfo opus;
      if (rtp::OpusPacketInfo::parse(payload, opus)) require(opus.samples > 0 && opus.samples <= 5760);
    }
  }

  ByteReader reader_;
  PacketPool pool_;
};

inline void fuzzRtpPayload(ByteView data) {
  PayloadFuzzer(data).run();
}

}  // namespace tincan::inline v0::fuzz
