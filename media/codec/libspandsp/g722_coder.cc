#include "media/codec/libspandsp/g722_coder.h"

#include <algorithm>

// spandsp's headers are not whole by themselves, and make macros of lrint and its kin where <cmath> was not first. No
// other file of ours sees them.
// clang-format off
#include <cmath>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
// clang-format on

namespace tincan::inline v0::media {
namespace {

constexpr int kBitrate = 64'000;  // RFC 3551 §4.5.2

}  // namespace

struct G722Coder::State {
  ~State() {
    if (encoder) g722_encode_free(encoder);
    if (decoder) g722_decode_free(decoder);
  }
  g722_encode_state_t* encoder = g722_encode_init(nullptr, kBitrate, 0);
  g722_decode_state_t* decoder = g722_decode_init(nullptr, kBitrate, 0);
};

G722Coder::G722Coder() : state_(std::make_unique<State>()) {}
G722Coder::~G722Coder() = default;

void G722Coder::encode(std::span<const int16_t> samples, Bytes& out) {
  out.resize(samples.size() / 2);
  const int size = state_->encoder && !out.empty()
                       ? g722_encode(state_->encoder, out.data(), samples.data(), static_cast<int>(out.size() * 2))
                       : 0;
  out.resize(static_cast<size_t>(std::max(size, 0)));
}

void G722Coder::decode(ByteView payload, std::vector<int16_t>& out) {
  out.resize(payload.size() * 2);
  const int count = state_->decoder && !payload.empty()
                        ? g722_decode(state_->decoder, out.data(), payload.data(), static_cast<int>(payload.size()))
                        : 0;
  out.resize(static_cast<size_t>(std::max(count, 0)));
}

}  // namespace tincan::inline v0::media
