#include "media/codec/sample_coder.h"

namespace tincan::inline v0::media {

void G711Coder::encode(std::span<const int16_t> samples, Bytes& out) {
  out.resize(samples.size());
  for (size_t i = 0; i < samples.size(); ++i)
    out[i] = muLaw_ ? rtp::encodeMuLaw(samples[i]) : rtp::encodeALaw(samples[i]);
}

void G711Coder::decode(ByteView payload, std::vector<int16_t>& out) {
  out.resize(payload.size());
  for (size_t i = 0; i < payload.size(); ++i)
    out[i] = muLaw_ ? rtp::decodeMuLaw(payload[i]) : rtp::decodeALaw(payload[i]);
}

void L16Coder::encode(std::span<const int16_t> samples, Bytes& out) {
  out.resize(2 * samples.size());
  rtp::writeL16(samples, out);
}

void L16Coder::decode(ByteView payload, std::vector<int16_t>& out) {
  out.resize(payload.size() / 2);
  rtp::readL16(payload, out);
}

}  // namespace tincan::inline v0::media
