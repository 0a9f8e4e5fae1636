#include <algorithm>
#include <array>
#include <vector>

#include "bench/references/bare_codecs.h"

#ifdef TINCAN_HAVE_OPUS
#include <opus/opus.h>
#endif
#ifdef TINCAN_HAVE_SPANDSP
// clang-format off
#include <cmath>
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <spandsp/g722.h>
#include <spandsp/version.h>
// clang-format on
#endif

namespace tincan::inline v0::bench {
namespace {

constexpr size_t kLargest = 4000;  // bytes of 20 ms, and samples of them

#ifdef TINCAN_HAVE_OPUS
class BareOpus final : public BareAudio {
 public:
  BareOpus() {
    opus_encoder_ctl(encoder_, OPUS_SET_VBR(1));
    opus_encoder_ctl(encoder_, OPUS_SET_INBAND_FEC(1));
    opus_encoder_ctl(encoder_, OPUS_SET_DTX(0));
    opus_encoder_ctl(encoder_, OPUS_SET_PACKET_LOSS_PERC(5));
    opus_encoder_ctl(encoder_, OPUS_SET_MAX_BANDWIDTH(OPUS_BANDWIDTH_FULLBAND));
    opus_encoder_ctl(encoder_, OPUS_SET_BITRATE(48'000));
  }
  ~BareOpus() override {
    opus_encoder_destroy(encoder_);
    opus_decoder_destroy(decoder_);
  }
  std::string library() const override { return opus_get_version_string(); }
  int sampleRate() const override { return 48'000; }
  bool encode(std::span<const int16_t> sound) override {
    size_ = opus_encode(encoder_, sound.data(), static_cast<int>(sound.size()), coded_.data(), 1275);
    return size_ > 0;
  }
  ByteView coded() const override { return ByteView(coded_).first(static_cast<size_t>(size_)); }
  bool decode(ByteView payload) override {
    return opus_decode(decoder_, payload.data(), static_cast<opus_int32>(payload.size()), sound_.data(), 960, 0) > 0;
  }

 private:
  OpusEncoder* encoder_ = opus_encoder_create(48'000, 1, OPUS_APPLICATION_VOIP, nullptr);
  OpusDecoder* decoder_ = opus_decoder_create(48'000, 1, nullptr);
  std::array<uint8_t, kLargest> coded_{};
  std::array<opus_int16, kLargest> sound_{};
  int size_ = 0;
};
#endif

#ifdef TINCAN_HAVE_SPANDSP
class BareG722 final : public BareAudio {
 public:
  ~BareG722() override {
    g722_encode_free(encoder_);
    g722_decode_free(decoder_);
  }
  std::string library() const override { return "spandsp " SPANDSP_RELEASE_DATETIME_STRING; }
  int sampleRate() const override { return 16'000; }
  bool encode(std::span<const int16_t> sound) override {
    size_ = g722_encode(encoder_, coded_.data(), sound.data(), static_cast<int>(sound.size()));
    return size_ > 0;
  }
  ByteView coded() const override { return ByteView(coded_).first(static_cast<size_t>(size_)); }
  bool decode(ByteView payload) override {
    return g722_decode(decoder_, sound_.data(), payload.data(), static_cast<int>(payload.size())) > 0;
  }

 private:
  g722_encode_state_t* encoder_ = g722_encode_init(nullptr, 64'000, 0);
  g722_decode_state_t* decoder_ = g722_decode_init(nullptr, 64'000, 0);
  std::array<uint8_t, kLargest> coded_{};
  std::array<int16_t, kLargest> sound_{};
  int size_ = 0;
};

class BareMuLaw final : public BareAudio {
 public:
  std::string library() const override { return "spandsp " SPANDSP_RELEASE_DATETIME_STRING; }
  int sampleRate() const override { return 8'000; }
  bool encode(std::span<const int16_t> sound) override {
    size_ = sound.size();
    std::transform(sound.begin(), sound.end(), coded_.begin(), [](int16_t each) { return linear_to_ulaw(each); });
    return true;
  }
  ByteView coded() const override { return ByteView(coded_).first(size_); }
  bool decode(ByteView payload) override {
    std::transform(payload.begin(), payload.end(), sound_.begin(), [](uint8_t each) { return ulaw_to_linear(each); });
    return true;
  }

 private:
  std::array<uint8_t, kLargest> coded_{};
  std::array<int16_t, kLargest> sound_{};
  size_t size_ = 0;
};
#endif

// There is no library for two swapped bytes.
class BareL16 final : public BareAudio {
 public:
  std::string library() const override { return "bytes swapped"; }
  int sampleRate() const override { return 48'000; }
  bool encode(std::span<const int16_t> sound) override {
    size_ = 2 * sound.size();
    for (size_t i = 0; i < sound.size(); ++i) storeBe16(coded_.data() + 2 * i, static_cast<uint16_t>(sound[i]));
    return true;
  }
  ByteView coded() const override { return ByteView(coded_).first(size_); }
  bool decode(ByteView payload) override {
    for (size_t i = 0; 2 * i < payload.size(); ++i) sound_[i] = static_cast<int16_t>(loadBe16(payload.data() + 2 * i));
    return true;
  }

 private:
  std::array<uint8_t, kLargest> coded_{};
  std::array<int16_t, kLargest> sound_{};
  size_t size_ = 0;
};

}  // namespace

std::unique_ptr<BareAudio> bareAudio(const media::CodecFormat& format) {
#ifdef TINCAN_HAVE_OPUS
  if (format.is("opus")) return std::make_unique<BareOpus>();
#endif
#ifdef TINCAN_HAVE_SPANDSP
  if (format.is("G722")) return std::make_unique<BareG722>();
  if (format.is("PCMU")) return std::make_unique<BareMuLaw>();
#endif
  if (format.is("L16") && format.clockRate == 48'000) return std::make_unique<BareL16>();
  return nullptr;
}

}  // namespace tincan::inline v0::bench
