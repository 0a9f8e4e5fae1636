#include "stack/layer_selector.h"

#include <algorithm>

namespace tincan::inline v0::stack {

const LayerSelector::Layer* LayerSelector::find(std::string_view rid) const {
  const auto found = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& each) { return each.rid == rid; });
  return found == layers_.end() ? nullptr : &*found;
}

const LayerSelector::Layer* LayerSelector::wanted(TimePoint now) const {
  const Layer* best = nullptr;
  for (const Layer& each : layers_) {
    if (now - each.last > kSilent) continue;
    if (!best || each.pixels > best->pixels) best = &each;
  }
  return best;
}

void LayerSelector::note(TimePoint now, std::string_view rid, uint32_t width, uint32_t height) {
  const uint64_t pixels = uint64_t{width} * height;
  auto found = std::find_if(layers_.begin(), layers_.end(), [&](const Layer& each) { return each.rid == rid; });
  if (found == layers_.end()) {
    if (layers_.size() == kMaxLayers) return;
    layers_.push_back({std::string(rid), 0, now});
    found = std::prev(layers_.end());
  }
  if (pixels > 0) found->pixels = pixels;
  found->last = now;
}

bool LayerSelector::needs(TimePoint now, std::string_view rid) const {
  const Layer* best = wanted(now);
  return (best && best->rid == rid) || shown_ == rid;
}

bool LayerSelector::takes(TimePoint now, std::string_view rid) {
  const Layer* best = wanted(now);
  const Layer* before = find(shown_);
  const bool silent = !before || now - before->last > kSilent;
  if ((best && best->rid == rid) || silent) shown_ = rid;
  return shown_ == rid;
}

bool LayerSelector::remove(std::string_view rid) {
  std::erase_if(layers_, [&](const Layer& each) { return each.rid == rid; });
  if (shown_ == rid) shown_.clear();
  return layers_.empty();
}

}  // namespace tincan::inline v0::stack
