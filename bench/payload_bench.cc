// A 24 KB VP8 frame into packets and back: nanoseconds a packet, beside the bare copy of the same bytes.
#include <algorithm>
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/random.h"
#include "media/jitter_buffer.h"
#include "rtp/header.h"
#include "rtp/payload/vp8.h"
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

void perPacket(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kPerFrame));
  state.counters["a packet"] = benchmark::Counter(static_cast<double>(state.iterations() * kPerFrame),
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
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

// From the frame to payloads in pooled packets that go back to the pool when the frame is sent.
void packetizeVp8(benchmark::State& state) {
  const Bytes frame = keyFrame();
  PacketPool pool;
  rtp::Vp8Packetizer packetizer(0);
  std::vector<PacketBuffer> packets(kPerFrame);
  for (auto _ : state) {
    packetizer.setFrame(frame, kMaxPayload);
    bool last = false;
    for (PacketBuffer& packet : packets) {
      packet = pool.allocate();
      packetizer.next(packet, last);
    }
    benchmark::ClobberMemory();
  }
  perPacket(state);
}
BENCHMARK(packetizeVp8);

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
void assembleVp8(benchmark::State& state) {
  const Bytes frame = keyFrame();
  PacketPool pool;
  rtp::Vp8Packetizer packetizer(0);
  media::VideoJitterBuffer::Config config;
  config.maxDelay = Duration::zero();
  media::VideoJitterBuffer buffer(config);
  media::ReceivedFrame out;
  std::vector<PacketBuffer> packets(kPerFrame);
  packetizer.setFrame(frame, kMaxPayload);
  bool last = false;
  for (PacketBuffer& packet : packets) {
    packet = pool.allocate();
    packetizer.next(packet, last);
  }
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  TimePoint now;
  for (auto _ : state) {
    timestamp += 3000;
    now += Duration::micros(33333);
    for (size_t i = 0; i < kPerFrame; ++i) {
      media::VideoJitterBuffer::Packet packet;
      packet.sequenceNumber = sequence++;
      packet.timestamp = timestamp;
      // The handle that goes in is an empty slot; the payload is read where it lies. A slot's take and give are
      // counted.
      if (!rtp::depacketizeVp8(packets[i].view(), i + 1 == kPerFrame, packet.info)) state.SkipWithError("malformed");
      packet.buffer = pool.allocate();
      buffer.receive(now, std::move(packet));
    }
    if (!buffer.pop(now, out) || out.data.size() != kFrameSize) state.SkipWithError("no frame");
    benchmark::DoNotOptimize(out.data.data());
  }
  perPacket(state);
}
BENCHMARK(assembleVp8);

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
