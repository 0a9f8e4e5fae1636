// A 24 KB frame of each video format into packets and back: nanoseconds a packet, beside the bare copy of the same
// bytes in pieces of a packet, and out of pooled packets into one frame.
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "bench/counted_allocations.h"
#include "media/jitter_buffer.h"
#include "rtp/header.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"
#include "rtp/repair/retransmission_buffer.h"
#include "rtp/repair/rtx.h"

namespace tincan::inline v0 {
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

// A frame and who makes packets of it.
template <rtp::VideoFormat kVideoFormat, class P>
struct Sender {
  static constexpr rtp::VideoFormat kFormat = kVideoFormat;
  Bytes frame;
  P packetizer;
  void start() { packetizer.setFrame(frame, kMaxPayload); }
};

Bytes withHead(Bytes frame, std::initializer_list<uint8_t> head) {
  std::copy(head.begin(), head.end(), frame.begin());
  return frame;
}

struct Vp8 : Sender<rtp::VideoFormat::kVp8, rtp::Vp8Packetizer> {
  Vp8() : Sender{keyFrame(), rtp::Vp8Packetizer(0)} {}
};

struct Vp9 : Sender<rtp::VideoFormat::kVp9, rtp::Vp9Packetizer> {
  Vp9() : Sender{withHead(keyFrame(), {0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70}), rtp::Vp9Packetizer(0)} {}
};

// Zeros as entropy coding leaves them: emulation prevention lets no two stand before less than 4.
Bytes withoutStartCodes(Bytes frame) {
  for (size_t i = 2; i < frame.size(); ++i) {
    if (frame[i - 2] == 0 && frame[i - 1] == 0 && frame[i] < 4) frame[i] = 4;
  }
  return frame;
}

// SPS, PPS and one slice.
struct H264 : Sender<rtp::VideoFormat::kH264, rtp::H264Packetizer> {
  H264()
      : Sender{withHead(withoutStartCodes(keyFrame()),
                        {0, 0, 0, 1, 0x67, 66, 1, 31, 0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80, 0, 0, 0, 1, 0x65, 7}),
               rtp::H264Packetizer()} {}
};

// VPS, SPS, PPS and one slice.
struct H265 : Sender<rtp::VideoFormat::kH265, rtp::H265Packetizer> {
  H265()
      : Sender{withHead(withoutStartCodes(keyFrame()), {0, 0, 0, 1, 0x40, 1, 12,   0, 0, 0, 1, 0x42, 1, 1,
                                                        0, 0, 0, 1, 0x44, 1, 0xc1, 0, 0, 0, 1, 0x26, 1, 7}),
               rtp::H265Packetizer()} {}
};

// From an encoder that says where its NAL units are.
template <class Nal>
struct Units : Nal {
  std::vector<ByteView> units;
  Units() { rtp::splitAnnexB(this->frame, units); }
  void start() { this->packetizer.setUnits(units, kMaxPayload); }
};
using H264Units = Units<H264>;
using H265Units = Units<H265>;

struct Av1 : Sender<rtp::VideoFormat::kAv1, rtp::Av1Packetizer> {
  Av1() : Sender{withHead(keyFrame(), {1 << 3 | 2, 6, 1, 2, 3, 4, 5, 6, 6 << 3 | 2, 0, 0, 0}), {}} {
    rtp::writeLeb128(frame.data() + 9, kFrameSize - 8 - 4);
  }
};

// All packets of the frame that was started, each in a pooled slot whose predecessor goes back to the pool; gives how
// many there were. `finish` sees each with its marker.
template <class S, class Finish>
size_t send(S& sender, PacketPool& pool, std::vector<PacketBuffer>& packets, Finish&& finish) {
  sender.start();
  size_t count = 0;
  for (bool last = false; !last && count < packets.size(); ++count) {
    packets[count] = pool.allocate();
    if (!sender.packetizer.next(packets[count], last)) return 0;
    finish(packets[count], last);
  }
  return count;
}

template <class S, class Finish>
void sendFrames(benchmark::State& state, Finish&& finish) {
  S sender;
  PacketPool pool;
  std::vector<PacketBuffer> packets(kPerFrame + 4);
  size_t count = send(sender, pool, packets, finish);
  bench::CountedAllocations allocations(state);
  for (auto _ : state) {
    count = send(sender, pool, packets, finish);
    if (count == 0) state.SkipWithError("no packet");
    benchmark::ClobberMemory();
  }
  allocations.tell(count);
  perPacket(state, count);
}

template <class S>
void packetize(benchmark::State& state) {
  sendFrames<S>(state, [](PacketBuffer&, bool) {});
}
BENCHMARK(packetize<Vp8>);
BENCHMARK(packetize<Vp9>);
BENCHMARK(packetize<H264>);
BENCHMARK(packetize<H264Units>);
BENCHMARK(packetize<H265>);
BENCHMARK(packetize<H265Units>);
BENCHMARK(packetize<Av1>);

// The same with its RTP header in front.
void packetizeVp8WithHeader(benchmark::State& state) {
  rtp::Header header;
  header.payloadType = PayloadType(96);
  sendFrames<Vp8>(state, [&](PacketBuffer& packet, bool last) {
    header.marker = last;
    ++header.sequenceNumber;
    if (!rtp::prependHeader(packet, header)) state.SkipWithError("no headroom");
  });
}
BENCHMARK(packetizeVp8WithHeader);

// Depacketize, jitter buffer in, whole frame out. The packets are made outside of what is timed, as the receive path
// has them: a pool's worth of frames in turn.
template <class S>
void assemble(benchmark::State& state) {
  S sender;
  PacketPool pool;
  std::vector<PacketBuffer> packets(kPerFrame + 4);
  packets.resize(send(sender, pool, packets, [](PacketBuffer&, bool) {}));
  media::VideoJitterBuffer::Config config;
  config.maxDelay = Duration::zero();
  media::VideoJitterBuffer buffer(config);
  media::ReceivedFrame out;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  TimePoint now;
  const auto frame = [&] {
    timestamp += 3000;
    now += Duration::micros(33333);
    for (size_t i = 0; i < packets.size(); ++i) {
      media::VideoJitterBuffer::Packet packet;
      packet.sequenceNumber = sequence++;
      packet.timestamp = timestamp;
      // The handle that goes in is an empty slot; the payload is read where it lies. A slot's take and give are
      // counted.
      if (!rtp::depacketize(S::kFormat, packets[i].view(), i + 1 == packets.size(), packet.info)) return false;
      packet.buffer = pool.allocate();
      buffer.receive(now, std::move(packet));
    }
    return buffer.pop(now, out) && out.data.size() == kFrameSize;
  };
  for (int i = 0; i < 10; ++i) frame();
  bench::CountedAllocations allocations(state);
  for (auto _ : state) {
    if (!frame()) state.SkipWithError("malformed, or no frame");
    benchmark::DoNotOptimize(out.data.data());
  }
  allocations.tell(packets.size());
  perPacket(state, packets.size());
}
BENCHMARK(assemble<Vp8>);
BENCHMARK(assemble<Vp9>);
BENCHMARK(assemble<H264>);
BENCHMARK(assemble<H265>);
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
}  // namespace tincan::inline v0
