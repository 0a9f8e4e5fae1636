#include "stack/decoder_budget.h"

#include <algorithm>

#include "media/video_frame.h"

namespace tincan::inline v0::stack {
namespace {

// RFC 3550 §6.3.5: a source that has been silent for five reports may be forgotten, when another needs its place.
constexpr Duration kIdle = Duration::seconds(5);

// What a decoder keeps is whole macroblocks of 16 x 16 (RFC 6386 §2, H.264 §6.3).
constexpr uint64_t pixelsOf(int width, int height) {
  const auto whole = [](int side) { return (static_cast<uint64_t>(side) + 15) / 16 * 16; };
  return whole(width) * whole(height);
}

constexpr uint64_t kUntold = pixelsOf(1920, 1080);  // of a key frame that does not say its size, until it is decoded

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

bool BudgetedDecoder::setFormat(const media::CodecFormat& format) {
  if (format == format_ || media::sameCodec(format, format_)) return false;
  close();
  format_ = format;
  unsupported_ = false;
  return true;
}

// Counts so many pixels for it; without room the decoder goes.
bool BudgetedDecoder::open(TimePoint now, uint64_t pixels) {
  wanted_ = pixels;
  if (!budget_.admit(now, *this, pixels)) {
    close();  // what it had before: the stream has left that size
    return false;
  }
  had_ = pixels;
  return true;
}

namespace {

Error noRoom() {
  return {ErrorCode::kLimit, "no room for one more decoder, or for its pictures"};
}

}  // namespace

Result<media::VideoFrame> BudgetedDecoder::decode(TimePoint now, ByteView frame) {
  if (auto prepared = prepare(now, frame); !prepared) return prepared.error();
  return accept(now, decoder_->decode(frame));
}

Result<void> BudgetedDecoder::prepare(TimePoint now, ByteView frame) {
  if (unsupported_) return {ErrorCode::kUnsupported, "no decoder for " + format_.name};
  const auto info = factory_.inspect(format_, frame);
  if (info.keyFrame) {
    // What no decoder takes is not asked for again, and takes nothing.
    const bool tooLarge = std::max(info.width, info.height) > media::VideoFrame::kMaxSide;
    const bool told = info.width > 0 && info.height > 0;
    if (!open(now, tooLarge ? UINT64_MAX : told ? pixelsOf(info.width, info.height) : kUntold)) return noRoom();
    if (!decoder_) {
      auto made = factory_.videoDecoder(format_);
      if (!made) {
        unsupported_ = made.error().code() == ErrorCode::kUnsupported;
        close();
        return made.error();
      }
      decoder_ = *std::move(made);
    }
  }
  if (!decoder_) return {ErrorCode::kMalformed, "a frame without its key frame"};
  budget_.used(now, *this);
  return {};
}

Result<media::VideoFrame> BudgetedDecoder::accept(TimePoint now, Result<media::VideoFrame> picture) {
  if (!picture) return picture;
  // Some formats change their size without a key frame, and a frame may say another than it has.
  const uint64_t pixels = pixelsOf(picture->width, picture->height);
  if (pixels > had_ && !open(now, pixels)) return noRoom();
  return picture;
}

void BudgetedDecoder::close() {
  decoder_.reset();
  budget_.release(*this);
}

}  // namespace tincan::inline v0::stack
