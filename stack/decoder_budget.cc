#include "stack/decoder_budget.h"

#include <algorithm>

#include "media/video_frame.h"
#include "media/vp8_header.h"

namespace tincan::stack {
namespace {

// RFC 3550 §6.3.5: a source that has been silent for five reports may be forgotten, when another needs its place.
constexpr Duration kIdle = Duration::seconds(5);

// RFC 6386 §2: what a decoder keeps is whole macroblocks of 16 x 16.
uint64_t pixelsOf(const media::Vp8Header& header) {
  const auto whole = [](int side) { return (static_cast<uint64_t>(side) + 15) / 16 * 16; };
  return whole(header.width) * whole(header.height);
}

}  // namespace

bool DecoderBudget::fits(const BudgetedDecoder& decoder, uint64_t pixels) const {
  uint64_t others = 0;
  size_t count = 0;
  for (const Member& member : members_) {
    if (member.decoder == &decoder) continue;
    others += member.pixels;
    ++count;
  }
  return count < limits_.videoDecoders && pixels <= limits_.decodedPixels && others <= limits_.decodedPixels - pixels;
}

bool DecoderBudget::hasRoom(TimePoint now, const BudgetedDecoder& decoder, uint64_t pixels) const {
  if (fits(decoder, pixels)) return true;
  // As displacing would leave it.
  DecoderBudget after(limits_);
  for (const Member& member : members_)
    if (member.decoder == &decoder || now - member.used < kIdle) after.members_.push_back(member);
  return after.fits(decoder, pixels);
}

bool DecoderBudget::displaceOne(TimePoint now, const BudgetedDecoder& by) {
  const Member* oldest = nullptr;
  for (const Member& member : members_) {
    if (member.decoder == &by || now - member.used < kIdle) continue;
    if (!oldest || member.used < oldest->used) oldest = &member;
  }
  if (!oldest) return false;
  ++counters_.displaced;
  oldest->decoder->close();
  return true;
}

bool DecoderBudget::admit(TimePoint now, BudgetedDecoder& decoder, uint64_t pixels) {
  if (!hasRoom(now, decoder, pixels)) {
    ++counters_.refused;
    return false;
  }
  while (!fits(decoder, pixels) && displaceOne(now, decoder)) {
  }
  release(decoder);
  members_.push_back({&decoder, pixels, now});
  pixels_ += pixels;
  return true;
}

void DecoderBudget::used(TimePoint now, const BudgetedDecoder& decoder) {
  for (Member& member : members_)
    if (member.decoder == &decoder) member.used = now;
}

void DecoderBudget::release(const BudgetedDecoder& decoder) {
  const auto it =
      std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.decoder == &decoder; });
  if (it == members_.end()) return;
  pixels_ -= it->pixels;
  members_.erase(it);
}

Result<media::VideoFrame> BudgetedDecoder::decode(TimePoint now, ByteView frame) {
  const auto header = media::Vp8Header::parse(frame);
  if (!header) return {ErrorCode::kMalformed, "not a VP8 frame"};
  if (header->keyFrame) {
    // What no decoder takes is not asked for again, and takes nothing.
    const bool tooLarge = std::max(header->width, header->height) > media::VideoFrame::kMaxSide;
    wanted_ = tooLarge ? UINT64_MAX : pixelsOf(*header);
    if (!budget_.admit(now, *this, wanted_)) {
      close();  // what it had before: the stream has left that size
      return {ErrorCode::kLimit, "no room for one more decoder, or for its pictures"};
    }
    if (!decoder_) decoder_.emplace();
  }
  if (!decoder_) return {ErrorCode::kMalformed, "a VP8 frame without its key frame"};
  budget_.used(now, *this);
  return decoder_->decode(frame);
}

void BudgetedDecoder::close() {
  decoder_.reset();
  budget_.release(*this);
}

}  // namespace tincan::stack
