// A 24 KB frame of each video format into packets and back: nanoseconds a packet, beside the bare copy of the same
// bytes in pieces of a packet, and out of pooled packets into one frame.
#include <algorithm>
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/header.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"

namespace tincan {
namespace {

constexpr size_t kFrameSize = 24 * 1024;
constexpr size_t kMaxPayload = 1200;
constexpr uint64_t kPerFrame = (kFrameSize + kMaxPayload - 5) / (kMaxPayload - 4);

Bytes keyFrame() {
  Bytes frame(kFrameSize);
  SeededRandom(1).fill(frame);
  frame[0] &= 0xfe;
  storeBe24(frame.data() + 3, 0x9d012a);
  return frame;
}

void perPacket(benchmark::State& state, size_t packets = kPerFrame) {
  const auto count = static_cast<size_t>(state.iterations()) * packets;
  state.SetItemsProcessed(static_cast<int64_t>(count));
  state.counters["a packet"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void bareCopy(benchmark::State& state) {
  const Bytes frame = keyFrame();
  Bytes out(kFrameSize);
  for (auto _ : state) {
    for (size_t at = 0; at < kFrameSize; at += kFrameSize / kPerFrame) {
      std::memcpy(out.data() + at, frame.data() + at, std::min(kFrameSize / kPerFrame, kFrameSize - at));
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  perPacket(state);
}
BENCHMARK(bareCopy);

// Payloads that lie in their packets, joined.
void copyOutOfPackets(benchmark::State& state) {
  PacketPool pool;
  std::vector<PacketBuffer> packets(kPerFrame);
  for (PacketBuffer& packet : packets) packet = pool.copy(Bytes(kFrameSize / kPerFrame, 7));
  Bytes out(kFrameSize);
  for (auto _ : state) {
    uint8_t* at = out.data();
    for (const PacketBuffer& packet : packets) {
      std::memcpy(at, packet.view().data(), packet.size());
      at += packet.size();
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  perPacket(state);
}
BENCHMARK(copyOutOfPackets);

struct Vp8 {
  static constexpr rtp::VideoFormat kFormat = rtp::VideoFormat::kVp8;
  using Packetizer = rtp::Vp8Packetizer;
  static Packetizer make() { return Packetizer(0); }
  static Bytes frame() { return keyFrame(); }
};

struct Vp9 {
  static constexpr rtp::VideoFormat kFormat = rtp::VideoFormat::kVp9;
  using Packetizer = rtp::Vp9Packetizer;
  static Packetizer make() { return Packetizer(0); }
  static Bytes frame() {
    Bytes out = keyFrame();
    const uint8_t head[] = {0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70};
    std::copy(std::begin(head), std::end(head), out.begin());
    return out;
  }
};

// SPS, PPS and one slice, its zeros as entropy coding leaves them: emulation prevention lets no two stand before less
// than 4.
struct H264 {
  static constexpr rtp::VideoFormat kFormat = rtp::VideoFormat::kH264;
  using Packetizer = rtp::H264Packetizer;
  static Packetizer make() { return Packetizer(); }
  static Bytes frame() {
    Bytes out = keyFrame();
    for (size_t i = 2; i < out.size(); ++i) {
      if (out[i - 2] == 0 && out[i - 1] == 0 && out[i] < 4) out[i] = 4;
    }
    const uint8_t head[] = {0, 0, 0, 1, 0x67, 66, 1, 31, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80, 0, 0, 0, 1, 0x65, 7};
    std::copy(std::begin(head), std::end(head), out.begin());
    return out;
  }
};

struct Av1 {
  static constexpr rtp::VideoFormat kFormat = rtp::VideoFormat::kAv1;
  using Packetizer = rtp::Av1Packetizer;
  static Packetizer make() { return Packetizer(); }
  static Bytes frame() {
    Bytes out = keyFrame();
    const size_t rest = kFrameSize - 8 - 4;
    const uint8_t head[] = {1 << 3 | 2, 6, 1, 2, 3, 4, 5, 6, 6 << 3 | 2, 0, 0, 0};
    std::copy(std::begin(head), std::end(head), out.begin());
    rtp::writeLeb128(out.data() + 9, rest);
    return out;
  }
};

// From the frame to payloads in pooled packets that go back to the pool when the frame is sent.
template <class Codec>
void packetize(benchmark::State& state) {
  const Bytes frame = Codec::frame();
  PacketPool pool;
  auto packetizer = Codec::make();
  std::vector<PacketBuffer> packets(kPerFrame + 4);
  size_t count = 0;
  for (auto _ : state) {
    packetizer.setFrame(frame, kMaxPayload);
    bool last = false;
    count = 0;
    while (!last) {
      packets[count] = pool.allocate();
      if (!packetizer.next(packets[count++], last)) state.SkipWithError("no packet");
    }
    benchmark::ClobberMemory();
  }
  perPacket(state, count);
}
BENCHMARK(packetize<Vp8>);
BENCHMARK(packetize<Vp9>);
BENCHMARK(packetize<H264>);
BENCHMARK(packetize<Av1>);

// From an encoder that says where its NAL units are.
void packetizeH264Units(benchmark::State& state) {
  const Bytes frame = H264::frame();
  std::vector<ByteView> units;
  rtp::splitAnnexB(frame, units);
  PacketPool pool;
  rtp::H264Packetizer packetizer;
  std::vector<PacketBuffer> packets(kPerFrame + 4);
  size_t count = 0;
  for (auto _ : state) {
    packetizer.setUnits(units, kMaxPayload);
    bool last = false;
    count = 0;
    while (!last) {
      packets[count] = pool.allocate();
      if (!packetizer.next(packets[count++], last)) state.SkipWithError("no packet");
    }
    benchmark::ClobberMemory();
  }
  perPacket(state, count);
}
BENCHMARK(packetizeH264Units);

// The same with its RTP header in front.
void packetizeVp8WithHeader(benchmark::State& state) {
  const Bytes frame = keyFrame();
  PacketPool pool;
  rtp::Vp8Packetizer packetizer(0);
  std::vector<PacketBuffer> packets(kPerFrame);
  rtp::Header header;
  header.payloadType = PayloadType(96);
  for (auto _ : state) {
    packetizer.setFrame(frame, kMaxPayload);
    bool last = false;
    for (PacketBuffer& packet : packets) {
      packet = pool.allocate();
      packetizer.next(packet, last);
      header.marker = last;
      ++header.sequenceNumber;
      if (!rtp::prependHeader(packet, header)) state.SkipWithError("no headroom");
    }
    benchmark::ClobberMemory();
  }
  perPacket(state);
}
BENCHMARK(packetizeVp8WithHeader);

// Depacketize, jitter buffer in, whole frame out. The packets are made outside of what is timed, as the receive path
// has them: a pool's worth of frames in turn.
template <class Codec>
void assemble(benchmark::State& state) {
  const Bytes frame = Codec::frame();
  PacketPool pool;
  auto packetizer = Codec::make();
  media::VideoJitterBuffer::Config config;
  config.maxDelay = Duration::zero();
  media::VideoJitterBuffer buffer(config);
  media::ReceivedFrame out;
  std::vector<PacketBuffer> packets;
  packetizer.setFrame(frame, kMaxPayload);
  bool last = false;
  while (!last) {
    packets.push_back(pool.allocate());
    packetizer.next(packets.back(), last);
  }
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  TimePoint now;
  for (auto _ : state) {
    timestamp += 3000;
    now += Duration::micros(33333);
    for (size_t i = 0; i < packets.size(); ++i) {
      media::VideoJitterBuffer::Packet packet;
      packet.sequenceNumber = sequence++;
      packet.timestamp = timestamp;
      // The handle that goes in is an empty slot; the payload is read where it lies. A slot's take and give are
      // counted.
      if (!rtp::depacketize(Codec::kFormat, packets[i].view(), i + 1 == packets.size(), packet.info)) {
        state.SkipWithError("malformed");
      }
      packet.buffer = pool.allocate();
      buffer.receive(now, std::move(packet));
    }
    if (!buffer.pop(now, out) || out.data.size() != kFrameSize) state.SkipWithError("no frame");
    benchmark::DoNotOptimize(out.data.data());
  }
  perPacket(state, packets.size());
}
BENCHMARK(assemble<Vp8>);
BENCHMARK(assemble<Vp9>);
BENCHMARK(assemble<H264>);
BENCHMARK(assemble<Av1>);

void storeForRetransmission(benchmark::State& state) {
  PacketPool pool;
  rtp::RetransmissionBuffer buffer({}, pool);
  Bytes packet(1212, 0x80);
  uint16_t sequence = 0;
  TimePoint now;
  for (auto _ : state) {
    storeBe16(packet.data() + 2, sequence++);
    now += Duration::millis(1);
    benchmark::DoNotOptimize(buffer.store(now, packet));
  }
}
BENCHMARK(storeForRetransmission);

void retransmitAndRestore(benchmark::State& state) {
  PacketPool pool;
  rtp::RtxPayloadTypes types;
  types.add(PayloadType(96), PayloadType(97));
  rtp::RtxSender sender(Ssrc(2), 0, types);
  rtp::RtxReceiver receiver(Ssrc(1), types);
  Bytes packet(1212, 0x11);
  packet[0] = 0x80;
  packet[1] = 96;
  for (auto _ : state) {
    PacketBuffer rtx = pool.allocate();
    if (!sender.build(packet, rtx) || receiver.restore(rtx) != rtp::RtxReceiver::Outcome::kRestored) {
      state.SkipWithError("not restored");
    }
  }
}
BENCHMARK(retransmitAndRestore);

}  // namespace
}  // namespace tincan
