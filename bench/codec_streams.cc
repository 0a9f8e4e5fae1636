// What a stream of each codec costs: encode, packetize, put together again, decode, in processor time of one thread, beside
// the same work done by the library alone. Ours and the library's take turns, a second of media each, and of a few runs
// the best counts. Prints a table; `--json FILE` writes the figures as Google Benchmark does, for scripts/bench-report.
//
//   codec_streams [--json FILE] [--runs N] [--only NAME]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "bench/command_line.h"
#include "bench/references/bare_codecs.h"
#include "media/codec/codec_factory.h"
#include "media/synthetic_camera.h"
#include "media/tone_microphone.h"
#include "rtp/header.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/payload_format.h"
#include "tests/allocation_count.h"

namespace tincan::inline v0::bench {
namespace {

using media::AudioFrame;
using media::CodecFormat;
using media::CodecKind;
using media::VideoFrame;

constexpr size_t kMaxPayload = 1150;
constexpr double kPicturesASecond = 30, kSoundsASecond = 50;

/// Of this thread, in microseconds.
double processorTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// What each step takes a frame, in microseconds; 0: not done.
struct Costs {
  double encode = 0, bareEncode = 0, packetize = 0, assemble = 0, decode = 0, bareDecode = 0;
};

struct Row {
  std::string codec, what, library;
  double framesASecond = 0;
  double packets = 0, bytes = 0;  // a frame
  // What is asked of the heap: by a frame that is encoded or decoded (the library's own is in it, and the picture that
  // comes out), and by a packet that is made or put together again, which is to be nothing.
  double encodeAllocations = 0, decodeAllocations = 0, packetAllocations = 0;
  bool same = true;  // the library alone makes the same bytes
  bool failed = false;
  Costs best{};
  double send() const { return best.encode + best.packetize; }
  double receive() const { return best.assemble + best.decode; }
  void keepBest(const Costs& run) {
    for (double Costs::*each :
         {&Costs::encode, &Costs::bareEncode, &Costs::packetize, &Costs::assemble, &Costs::decode, &Costs::bareDecode})
      if (best.*each == 0 || run.*each < best.*each) best.*each = run.*each;
  }
};

/// Adds what `work` takes to `sum`.
template <class Work>
void timed(double& sum, Work&& work) {
  const double before = processorTime();
  work();
  sum += processorTime() - before;
}

/// The same, and what it asks of the heap.
template <class Work>
double allocationsIn(double& sum, Work&& work) {
  size_t made = 0;
  timed(sum, [&] { made = test::allocationsOf(work); });
  return static_cast<double>(made);
}

void divide(Costs& costs, double frames) {
  for (double Costs::*each :
       {&Costs::encode, &Costs::bareEncode, &Costs::packetize, &Costs::assemble, &Costs::decode, &Costs::bareDecode})
    costs.*each /= frames;
}

std::string nameOf(const CodecFormat& format) {
  std::string out = format.name;
  if (format.number("profile-id", 0) != 0) out += " profile " + std::string(format.parameter("profile-id"));
  if (format.is("H264") && format.number("packetization-mode", 0) == 0) out += " mode 0";
  return out;
}

// ---- pictures ----

class VideoRun {
 public:
  VideoRun(const CodecFormat& format, const std::vector<VideoFrame>& pictures, uint32_t bitrate, Row& row)
      : format_(format), pictures_(pictures), row_(row), payload_(*media::builtInCodecs().payloadFormat(format)) {
    const int width = pictures.front().width, height = pictures.front().height;
    media::VideoEncoderSettings settings;
    settings.width = width;
    settings.height = height;
    settings.bitrateBps = bitrate;
    settings.maxSliceBytes = kMaxPayload;
    encoder_ = media::builtInCodecs().videoEncoder(format, settings).value();
    decoder_ = media::builtInCodecs().videoDecoder(format).value();
    packetizer_ = media::builtInCodecs().packetizer(format, random_).value();
    bare_ = bareVideo(format, width, height, bitrate);
    if (bare_) row.library = bare_->library();
  }

  Costs run() {
    Costs costs;
    row_.packets = row_.bytes = row_.encodeAllocations = row_.decodeAllocations = 0;
    const auto half = static_cast<size_t>(kPicturesASecond) / 2;
    Costs opening;  // ours opens the library with the first picture, and the first time that memory is written to costs
    encode(0, half, opening);
    const auto before = static_cast<double>(coded_.size());
    for (size_t from = half; from + half <= pictures_.size(); from += half) encode(from, half, costs);
    for (auto& frame : coded_) carry(frame, costs);
    const auto frames = static_cast<double>(coded_.size());
    for (double* each : {&costs.encode, &costs.bareEncode}) *each *= frames / (frames - before);
    countAllocations();
    row_.encodeAllocations /= frames;
    row_.decodeAllocations /= frames;
    divide(costs, frames);
    row_.packets /= frames;
    row_.bytes /= frames;
    return costs;
  }

 private:
  // Half a second of pictures by ours, the same by the library; in turn first, as who comes second finds the pictures in the
  // processor's cache.
  void encode(size_t from, size_t count, Costs& costs) {
    const bool oursFirst = from / count % 2 == 0;
    std::vector<Bytes> theirs;
    if (!oursFirst) encodeByLibrary(from, count, costs, theirs);
    const size_t first = coded_.size();
    row_.encodeAllocations += allocationsIn(costs.encode, [&] {
      for (size_t i = from; i < from + count; ++i) row_.failed |= !encoder_->encode(pictures_[i], false, coded_).ok();
    });
    if (oursFirst) encodeByLibrary(from, count, costs, theirs);
    for (size_t i = 0; i < theirs.size(); ++i)
      row_.same &= first + i < coded_.size() && coded_[first + i].data == theirs[i];
  }

  void encodeByLibrary(size_t from, size_t count, Costs& costs, std::vector<Bytes>& out) {
    for (size_t i = from; bare_ && i < from + count; ++i) {
      timed(costs.bareEncode, [&] { row_.failed |= !bare_->encode(pictures_[i]); });
      out.push_back(toBytes(bare_->coded()));
    }
  }

  void carry(const media::EncodedVideo& frame, Costs& costs) {
    size_t count = 0;
    timed(costs.packetize, [&] { count = packetize(frame); });
    row_.packets += static_cast<double>(count);
    row_.bytes += static_cast<double>(frame.data.size());
    timed(costs.assemble, [&] { row_.failed |= !assemble(count); });
    row_.decodeAllocations += allocationsIn(costs.decode, [&] { row_.failed |= !decoder_->decode(assembled_).ok(); });
    if (bare_) timed(costs.bareDecode, [&] { row_.failed |= !bare_->decode(assembled_); });
  }

  // The same frames once more: what grows has grown.
  void countAllocations() {
    size_t packets = 0;
    const size_t made = test::allocationsOf([&] {
      for (const auto& frame : coded_) {
        const size_t count = packetize(frame);
        packets += count;
        row_.failed |= !assemble(count);
      }
    });
    row_.packetAllocations = static_cast<double>(made) / static_cast<double>(packets);
  }

  size_t packetize(const media::EncodedVideo& frame) {
    packetizer_->setFrame(frame, kMaxPayload);
    rtp::Header header;
    header.payloadType = PayloadType(96);
    header.timestamp = frame.rtpTimestamp;
    size_t count = 0;
    for (bool last = false; !last && count < packets_.size(); ++count) {
      packets_[count] = pool_.allocate();
      if (!packetizer_->next(packets_[count], last)) break;
      header.marker = last;
      ++header.sequenceNumber;
      row_.failed |= !rtp::prependHeader(packets_[count], header);
    }
    return count;
  }

  bool assemble(size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; ++i) {
      rtp::Header header;
      const ByteView packet = packets_[i].view();
      if (!rtp::Header::parse(packet, header) ||
          !rtp::depacketize(payload_, header.payload(packet), header.marker, parsed_[i]))
        return false;
      size += parsed_[i].frameBytes();
    }
    rtp::FrameWriter writer(assembled_, size);
    for (size_t i = 0; i < count; ++i) writer.add(parsed_[i]);
    return writer.finish();
  }

  static constexpr size_t kMostPackets = 1000;
  CodecFormat format_;
  const std::vector<VideoFrame>& pictures_;
  Row& row_;
  rtp::VideoFormat payload_;
  SeededRandom random_{1};
  PacketPool pool_;
  std::unique_ptr<media::VideoEncoder> encoder_;
  std::unique_ptr<media::VideoDecoder> decoder_;
  std::unique_ptr<media::VideoPacketizer> packetizer_;
  std::unique_ptr<BareVideo> bare_;
  std::vector<media::EncodedVideo> coded_;
  std::vector<PacketBuffer> packets_{kMostPackets};
  std::vector<rtp::Depacketized> parsed_{kMostPackets};
  Bytes assembled_;
};

// ---- sound ----

class AudioRun {
 public:
  AudioRun(const CodecFormat& format, const std::vector<AudioFrame>& sounds, Row& row)
      : sounds_(sounds), row_(row), bare_(bareAudio(format)) {
    encoder_ = media::builtInCodecs().audioEncoder(format, {}).value();
    decoder_ = media::builtInCodecs().audioDecoder(format).value();
    if (!bare_) return;
    row.library = bare_->library();
    // What the coder alone takes: the same tone at its own rate.
    const auto step = static_cast<size_t>(AudioFrame::kRate / bare_->sampleRate());
    for (const AudioFrame& sound : sounds) {
      auto& one = own_.emplace_back();
      for (size_t i = 0; i < sound.samples.size(); i += step) one.push_back(sound.samples[i]);
    }
  }

  Costs run() {
    Costs costs;
    std::vector<media::EncodedAudio> coded;
    row_.encodeAllocations = allocationsIn(costs.encode, [&] {
      for (const AudioFrame& sound : sounds_) row_.failed |= !encoder_->encode(sound, coded).ok();
    });
    if (bare_)
      timed(costs.bareEncode, [&] {
        for (const auto& sound : own_) row_.failed |= !bare_->encode(sound);
      });
    std::vector<PacketBuffer> packets(coded.size());
    const auto packetize = [&] {
      rtp::Header header;
      for (size_t i = 0; i < coded.size(); ++i) {
        packets[i] = pool_.allocate();
        header.timestamp = coded[i].rtpTimestamp;
        ++header.sequenceNumber;
        row_.failed |= !packets[i].append(coded[i].data) || !rtp::prependHeader(packets[i], header);
      }
    };
    timed(costs.packetize, packetize);
    std::vector<ByteView> payloads(coded.size());
    const auto parse = [&] {
      for (size_t i = 0; i < packets.size(); ++i) {
        rtp::Header header;
        row_.failed |= !rtp::Header::parse(packets[i].view(), header);
        payloads[i] = header.payload(packets[i].view());
      }
    };
    timed(costs.assemble, parse);
    row_.decodeAllocations = allocationsIn(costs.decode, [&] {
      for (const ByteView payload : payloads) row_.failed |= !decoder_->decode(payload).ok();
    });
    for (PacketBuffer& packet : packets) packet.reset();
    const size_t made = test::allocationsOf([&] {
      packetize();
      parse();
    });
    row_.packetAllocations = static_cast<double>(made) / static_cast<double>(coded.size());
    if (bare_)
      timed(costs.bareDecode, [&] {
        for (const ByteView payload : payloads) row_.failed |= !bare_->decode(payload);
      });
    const auto frames = static_cast<double>(sounds_.size());
    divide(costs, frames);
    row_.encodeAllocations /= frames;
    row_.decodeAllocations /= frames;
    row_.packets = static_cast<double>(coded.size()) / frames;
    row_.bytes = 0;
    for (const auto& each : coded) row_.bytes += static_cast<double>(each.data.size()) / frames;
    return costs;
  }

 private:
  const std::vector<AudioFrame>& sounds_;
  Row& row_;
  PacketPool pool_;
  std::unique_ptr<media::AudioEncoder> encoder_;
  std::unique_ptr<media::AudioDecoder> decoder_;
  std::unique_ptr<BareAudio> bare_;
  std::vector<std::vector<int16_t>> own_;
};

std::vector<VideoFrame> paint(int width, int height) {
  const media::SyntheticCamera camera({.width = width, .height = height});
  std::vector<VideoFrame> out(static_cast<size_t>(3 * kPicturesASecond));
  for (uint32_t i = 0; i < out.size(); ++i) {
    camera.paint(i, out[i]);
    out[i].rtpTimestamp = i * 3000;
  }
  return out;
}

// A tone under noise: a tone alone is less work than speech.
std::vector<AudioFrame> record() {
  media::ToneMicrophone microphone(440);
  SeededRandom random(1);
  std::vector<AudioFrame> out(static_cast<size_t>(4 * kSoundsASecond));
  TimePoint now;
  for (AudioFrame& sound : out) {
    microphone.capture(now, sound);
    for (int16_t& sample : sound.samples)
      sample = static_cast<int16_t>(sample + static_cast<int>(random.u32() % 2048) - 1024);
    now += AudioFrame::kDuration;
  }
  return out;
}

// ---- what comes out ----

std::string against(double ours, double bare) {
  char text[64];
  if (bare > 0) {
    std::snprintf(text, sizeof text, "%.1f (%.2f x)", ours, ours / bare);
  } else {
    std::snprintf(text, sizeof text, "%.1f", ours);
  }
  return text;
}

void printHead() {
  std::printf(
      "Microseconds of one core a frame; in brackets against the library alone, which makes the same bytes of the "
      "same\n"
      "pictures. G.711 and G.722: ours goes from 48 kHz to their rate and back as well, which is most of it. "
      "Allocations:\n"
      "a frame that is encoded, one that is decoded (what the libraries ask for included), and a packet.\n\n");
  std::printf(
      "| codec            | of        | packets | bytes | encode             | packetize | put together "
      "| decode             | sends  | receives | streams a core | allocations | library\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

void print(const Row& row) {
  const double percent = row.framesASecond / 1e4;
  std::printf(
      "| %-16s | %-9s | %7.1f | %5.0f | %-18s | %9.2f | %12.2f | %-18s | %4.1f %% | %6.1f %% | %14.0f | %4.1f %4.1f "
      "%1.0f | %s%s%s%s\n",
      row.codec.c_str(), row.what.c_str(), row.packets, row.bytes,
      against(row.best.encode, row.best.bareEncode).c_str(), row.best.packetize, row.best.assemble,
      against(row.best.decode, row.best.bareDecode).c_str(), row.send() * percent, row.receive() * percent,
      1e6 / row.framesASecond / (row.send() + row.receive()), row.encodeAllocations, row.decodeAllocations,
      row.packetAllocations, row.library.c_str(), row.packetAllocations > 0 ? " (ALLOCATES)" : "",
      row.library.empty() || row.same ? "" : " (OTHER BYTES)", row.failed ? " (FAILED)" : "");
  std::fflush(stdout);
}

bool ofPackets(std::string_view step) {
  return step == "packetize/" || step == "put together/";
}

bool writeJson(const char* path, const std::vector<Row>& rows) {
  std::ofstream file(path);
  file << "{\"benchmarks\": [";
  const char* comma = "\n";
  for (const Row& row : rows) {
    const std::array<std::pair<const char*, double>, 6> steps = {{{"encode/", row.best.encode},
                                                                  {"bare encode/", row.best.bareEncode},
                                                                  {"packetize/", row.best.packetize},
                                                                  {"put together/", row.best.assemble},
                                                                  {"decode/", row.best.decode},
                                                                  {"bare decode/", row.best.bareDecode}}};
    for (const auto& [step, cost] : steps) {
      if (cost <= 0 || row.failed) continue;
      const std::string name = step + row.codec + (row.framesASecond < kSoundsASecond ? "/" + row.what : "");
      file << comma << R"({"name": ")" << name << R"(", "run_name": ")" << name << R"(", "cpu_time": )" << cost
           << R"(, "time_unit": "us")";
      if (ofPackets(step)) file << R"(, "allocations": )" << row.packetAllocations;
      file << "}";
      comma = ",\n";
    }
  }
  file << "\n]}\n";
  return file.good();
}

template <class Run, class Media, class... More>
Row measure(Row row, int runs, const CodecFormat& format, const Media& media, More... more) {
  for (int i = 0; i < runs; ++i) row.keepBest(Run(format, media, more..., row).run());
  print(row);
  return row;
}

int run(int runs, const std::string& only, const std::string& json) {
  const auto small = paint(640, 360), large = paint(1280, 720);
  const auto sounds = record();
  std::vector<Row> rows;
  std::map<std::string, bool> seen;
  printHead();
  for (const auto kind : {CodecKind::kVideo, CodecKind::kAudio})
    for (const auto& supported : media::builtInCodecs().formats(kind)) {
      const std::string name = nameOf(supported.format);
      if (!supported.encodes || !supported.decodes || supported.format.is("CN")) continue;
      if (supported.format.is("L16") && (supported.format.channels != 1 || supported.format.clockRate != 48'000))
        continue;
      if (std::exchange(seen[name], true) || name.find(only) == std::string::npos) continue;
      Row row;
      row.codec = name;
      if (kind == CodecKind::kAudio) {
        row.what = "20 ms";
        row.framesASecond = kSoundsASecond;
        rows.push_back(measure<AudioRun>(row, 5 * runs, supported.format, sounds));
        continue;
      }
      row.framesASecond = kPicturesASecond;
      row.what = "640x360";
      rows.push_back(measure<VideoRun>(row, runs, supported.format, small, 600'000u));
      row.what = "1280x720";
      rows.push_back(measure<VideoRun>(row, runs, supported.format, large, 2'000'000u));
    }
  if (rows.empty()) {
    std::fprintf(stderr, "codec_streams: --only: no codec has \"%s\" in its name\n", only.c_str());
    return 2;
  }
  if (!json.empty() && !writeJson(json.c_str(), rows)) return 1;
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.failed || row.packetAllocations > 0; })
             ? 1
             : 0;
}

}  // namespace
}  // namespace tincan::inline v0::bench

int main(int argc, char** argv) {
  int runs = 3;
  std::string only;
  std::string json;
  tincan::bench::CommandLine("codec_streams", "[--runs 3] [--only PART OF A CODEC'S NAME] [--json FILE]")
      .option("--runs", runs, 1, 1000)
      .option("--only", only)
      .file("--json", json)
      .read(argc, argv);
  return tincan::bench::run(runs, only, json);
}
