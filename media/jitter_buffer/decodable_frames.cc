#include "media/jitter_buffer/decodable_frames.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {
namespace {

bool isOf(const DecodableFrames::Picture& picture, int64_t number) {
  return std::any_of(picture.frames.begin(), picture.frames.end(),
                     [&](const DecodableFrames::Frame& frame) { return frame.number == number; });
}

}  // namespace

// RTP Payload Format For AV1 §A.4: of the targets that a frame is part of, the lowest is that of its own spatial layer,
// and its chain is what that layer needs at the lowest rate.
void DecodableFrames::add(const rtp::DependencyDescriptor& told, const rtp::DependencyStructure& structure,
                          int64_t number, Picture& picture) const {
  Frame frame;
  frame.number = number;
  frame.differences = told.frame.frameDifferences;
  frame.spatial = told.frame.spatial;
  frame.temporal = told.frame.temporal;
  const auto& indications = told.frame.indications;
  const auto* part = std::find_if(indications.begin(), indications.end(), [](rtp::DecodeTargetIndication each) {
    return each != rtp::DecodeTargetIndication::kNotPresent;
  });
  const auto target = static_cast<size_t>(part - indications.begin());
  if (target < structure.protectedBy.size()) {
    const size_t chain = structure.protectedBy[target];
    if (chain < told.frame.chainDifferences.size()) frame.chainDifference = told.frame.chainDifferences[chain];
  }
  const size_t before = picture.frames.size();
  const bool rises = before == 0 || number > picture.frames[before - 1].number;
  if (!rises || !picture.frames.push(frame)) picture.readable = false;
}

void DecodableFrames::read(ByteView value, bool first, Picture& picture) {
  const auto head = rtp::DependencyHead::read(value);
  if (!head || (first && !head->startOfFrame)) picture.readable = false;
  if (!head || !head->startOfFrame) return;
  auto told = rtp::DependencyDescriptor::read(value, structure_ ? &*structure_ : nullptr);
  if (!told) {
    picture.readable = false;
    return;
  }
  if (told->structure) {
    picture.hasStructure = true;
    structure_ = std::move(told->structure);
  }
  add(*told, *structure_, numbers_.unwrap(told->frameNumber), picture);
}

bool DecodableFrames::peek(ByteView value, bool first, Picture& picture) const {
  const auto head = rtp::DependencyHead::read(value);
  if (!head || (first && !head->startOfFrame)) picture.readable = false;
  if (!head || !head->startOfFrame) return true;
  if (head->structure) return false;
  const auto told = rtp::DependencyDescriptor::read(value, structure_ ? &*structure_ : nullptr);
  if (told) {
    add(*told, *structure_, numbers_.peek(told->frameNumber), picture);
  } else {
    picture.readable = false;
  }
  return true;
}

bool DecodableFrames::wasGiven(int64_t number) const {
  if (number > newest_ || number <= newest_ - static_cast<int64_t>(kHistory)) return false;
  return given_[static_cast<uint64_t>(number) % kHistory];
}

DecodableFrames::Verdict DecodableFrames::verdict(const Picture& picture) const {
  if (!picture.readable || picture.frames.empty()) return Verdict::kUnknown;
  if (picture.hasStructure) return Verdict::kDecodable;
  if (!following_) return Verdict::kUnknown;
  const auto is = [&](int64_t number) { return wasGiven(number) || isOf(picture, number); };
  bool all = true, chains = true;
  for (const Frame& frame : picture.frames) {
    for (const uint16_t difference : frame.differences) all &= is(frame.number - difference);
    if (frame.chainDifference > 0) chains &= is(frame.number - frame.chainDifference);
  }
  if (all) return Verdict::kDecodable;
  return chains ? Verdict::kLeftOut : Verdict::kChainBroken;
}

void DecodableFrames::note(int64_t number) {
  if (number > newest_) {
    const int64_t fresh = std::min<int64_t>(number - newest_, kHistory);
    for (int64_t i = 0; i < fresh; ++i) given_.reset(static_cast<uint64_t>(number - i) % kHistory);
    newest_ = number;
  }
  if (number > newest_ - static_cast<int64_t>(kHistory)) given_.set(static_cast<uint64_t>(number) % kHistory);
}

void DecodableFrames::give(const Picture& picture) {
  if (!picture.readable || picture.frames.empty()) {
    following_ = false;
    return;
  }
  if (picture.hasStructure) {
    given_.reset();
    newest_ = picture.frames[0].number;
    following_ = true;
  }
  if (!following_) return;
  for (const Frame& frame : picture.frames) note(frame.number);
}

void DecodableFrames::reset() {
  structure_.reset();
  numbers_ = {};
  given_.reset();
  newest_ = 0;
  following_ = false;
}

}  // namespace tincan::inline v0::media
