#include "media/codec/frame_dependencies.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "media/codec/layer_plan.h"

namespace tincan::inline v0::media {
namespace {

using Indication = rtp::DecodeTargetIndication;

// A key picture, and periods of four behind it: enough that each template comes, and that what follows a frame of the
// first two is seen.
constexpr int kPictures = 17;
constexpr int kDescribed = 9;

struct Walked {
  VideoLayer layer;
  std::vector<size_t> references;  // earlier ones
};

std::vector<Walked> walk(const ScalabilityMode& mode) {
  std::vector<Walked> out;
  LayerPlan plan(mode);
  std::array<size_t, LayerPlan::kBuffers> buffers{};
  for (int picture = 0; picture < kPictures; ++picture) {
    plan.beginPicture(picture == 0);
    for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
      const LayerPlan::Frame frame = plan.frame(spatial);
      Walked& made = out.emplace_back();
      made.layer = frame.layer;
      if (frame.reference) made.references.push_back(buffers[static_cast<size_t>(*frame.reference)]);
      if (frame.below) made.references.push_back(buffers[static_cast<size_t>(*frame.below)]);
      if (frame.replaces) buffers[static_cast<size_t>(*frame.replaces)] = out.size() - 1;
    }
  }
  return out;
}

// Which frames somebody needs who receives up to (spatial, temporal): those of that spatial layer, and what they refer to.
std::vector<bool> membersOf(const std::vector<Walked>& frames, int spatial, int temporal) {
  std::vector<bool> in(frames.size(), false);
  for (size_t i = frames.size(); i-- > 0;) {
    const VideoLayer& layer = frames[i].layer;
    if (layer.spatial == spatial && layer.temporal <= temporal) in[i] = true;
    if (!in[i]) continue;
    for (const size_t reference : frames[i].references) in[reference] = true;
  }
  return in;
}

// §A.4: once the frame can be decoded, so can all of the target that follows.
bool isSwitch(const std::vector<Walked>& frames, const std::vector<bool>& target, size_t frame) {
  std::vector<bool> known(frames.size(), false);
  known[frame] = true;
  for (size_t i = frame + 1; i-- > 0;) {
    if (!known[i]) continue;
    for (const size_t reference : frames[i].references) known[reference] = true;
  }
  for (size_t i = frame + 1; i < frames.size(); ++i) {
    if (!target[i]) continue;
    for (const size_t reference : frames[i].references)
      if (!known[reference]) return false;
    known[i] = true;
  }
  return true;
}

Indication indicationOf(const std::vector<Walked>& frames, const std::vector<bool>& target, size_t frame) {
  if (!target[frame]) return Indication::kNotPresent;
  for (size_t i = frame + 1; i < frames.size(); ++i) {
    const auto& references = frames[i].references;
    if (target[i] && std::find(references.begin(), references.end(), frame) != references.end())
      return isSwitch(frames, target, frame) ? Indication::kSwitch : Indication::kRequired;
  }
  return Indication::kDiscardable;
}

bool comesBefore(const rtp::FrameDependencies& a, const rtp::FrameDependencies& b) {
  return std::tie(a.spatial, a.temporal) < std::tie(b.spatial, b.temporal);
}

// A chain is what its spatial layer needs at the lowest rate.
bool isInChain(const VideoLayer& layer, int chain) {
  if (layer.temporal != 0 || layer.spatial > chain) return false;
  return layer.spatial == chain || !layer.notForUpper;
}

}  // namespace

rtp::DependencyStructure dependencyStructure(const ScalabilityMode& mode) {
  const std::vector<Walked> frames = walk(mode);
  rtp::DependencyStructure out;
  out.targets = static_cast<uint8_t>(mode.spatialLayers * mode.temporalLayers);
  out.chains = static_cast<uint8_t>(mode.spatialLayers);
  std::vector<std::vector<bool>> targets;
  for (int spatial = 0; spatial < mode.spatialLayers; ++spatial)
    for (int temporal = 0; temporal < mode.temporalLayers; ++temporal) {
      targets.push_back(membersOf(frames, spatial, temporal));
      out.protectedBy.push(static_cast<uint8_t>(spatial));
    }
  std::vector<size_t> last(out.chains, 0);
  for (size_t i = 0; i < static_cast<size_t>(kDescribed * mode.spatialLayers); ++i) {
    const VideoLayer& layer = frames[i].layer;
    rtp::FrameDependencies made;
    made.spatial = layer.spatial;
    made.temporal = layer.temporal;
    for (const auto& target : targets) made.indications.push(indicationOf(frames, target, i));
    for (const size_t reference : frames[i].references)
      made.frameDifferences.push(static_cast<uint16_t>(i - reference));
    for (size_t chain = 0; chain < out.chains; ++chain) {
      made.chainDifferences.push(static_cast<uint8_t>(i - last[chain]));
      if (isInChain(layer, static_cast<int>(chain))) last[chain] = i;
    }
    if (std::find(out.templates.begin(), out.templates.end(), made) == out.templates.end())
      out.templates.push_back(made);
  }
  std::stable_sort(out.templates.begin(), out.templates.end(), comesBefore);
  return out;
}

void FrameDependencies::setMode(const ScalabilityMode& mode) {
  if (mode == mode_) return;
  const auto free = static_cast<uint8_t>((structure_.idOffset + structure_.templates.size()) % 64);
  mode_ = mode;
  structure_ = dependencyStructure(mode);
  structure_.idOffset = free;
  ended_ = true;
}

void FrameDependencies::beginPicture(const EncodedFrame& frame, const VideoLayer& layer, int width, int height) {
  if (std::exchange(begun_, true)) ++picture_;
  out_.structure.reset();
  out_.activeTargets.reset();
  if (!layer.keyPicture && !frame.keyFrame) return;
  // RTP Payload Format For AV1 §A.8: a structure goes with the first frame of a key picture. Each has ids of its own.
  structure_.idOffset = static_cast<uint8_t>((structure_.idOffset + structure_.templates.size()) % 64);
  structure_.resolutions.clear();
  for (int spatial = 0; spatial < mode_.spatialLayers; ++spatial) {
    const int over = mode_.over(spatial), under = mode_.under(spatial);
    const auto part = [&](int side) { return static_cast<uint32_t>(std::max(1, (side * over + under - 1) / under)); };
    structure_.resolutions.push({part(width), part(height)});
  }
  out_.structure = structure_;
  out_.activeTargets = UINT32_MAX >> (32 - structure_.targets);
  chains_.fill(number_);
}

// Those of the template of these layers that refers to as many frames, at the same distance where there is one.
void FrameDependencies::findTargets() {
  const rtp::FrameDependencies* best = nullptr;
  for (const auto& each : structure_.templates) {
    if (each.spatial != out_.frame.spatial || each.temporal != out_.frame.temporal) continue;
    if (!best || each.frameDifferences == out_.frame.frameDifferences) best = &each;
    if (best == &each && each.frameDifferences == out_.frame.frameDifferences &&
        each.chainDifferences == out_.frame.chainDifferences)
      break;
  }
  if (best) out_.frame.indications = best->indications;
}

rtp::DependencyDescriptor& FrameDependencies::next(const EncodedFrame& frame, int width, int height) {
  VideoLayer layer = frame.layer.value_or(VideoLayer());
  if (!frame.layer) {
    layer.picturesBack = frame.keyFrame ? 0 : 1;
    layer.keyPicture = frame.keyFrame;
  }
  layer.spatial = std::min(layer.spatial, static_cast<uint8_t>(mode_.spatialLayers - 1));
  layer.temporal = std::min(layer.temporal, static_cast<uint8_t>(mode_.temporalLayers - 1));
  if (std::exchange(ended_, layer.endOfPicture)) {
    beginPicture(frame, layer, width, height);
  } else {
    out_.structure.reset();
    out_.activeTargets.reset();
  }
  out_.frameNumber = number_;
  out_.frame = {};
  out_.frame.spatial = layer.spatial;
  out_.frame.temporal = layer.temporal;
  auto& numbers = numbers_[picture_ % kHistory];
  const auto differenceTo = [&](uint16_t number) { return static_cast<uint16_t>(number_ - number); };
  if (layer.picturesBack > 0 && layer.picturesBack < kHistory)
    out_.frame.frameDifferences.push(
        differenceTo(numbers_[static_cast<uint16_t>(picture_ - layer.picturesBack) % kHistory][layer.spatial]));
  if (layer.interLayer && layer.spatial > 0) out_.frame.frameDifferences.push(differenceTo(numbers[layer.spatial - 1]));
  for (size_t chain = 0; chain < structure_.chains; ++chain) {
    out_.frame.chainDifferences.push(static_cast<uint8_t>(std::min<uint16_t>(differenceTo(chains_[chain]), UINT8_MAX)));
    if (isInChain(layer, static_cast<int>(chain))) chains_[chain] = number_;
  }
  findTargets();
  out_.size.reset();
  if (layer.spatial < structure_.resolutions.size()) out_.size = structure_.resolutions[layer.spatial];
  numbers[layer.spatial] = number_++;
  return out_;
}

}  // namespace tincan::inline v0::media
