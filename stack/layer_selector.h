#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace tincan::inline v0::stack {

/// Which of several encodings of one source a receiver's own track shows: the largest that arrives. Another one is shown
/// from its first picture on; until then, the one before. Owned by a section, shared by the receivers of its encodings.
///
///     h: ▂▂▂▂▂▂▂▂      ▂▂▂▂        what arrives
///     f:   ▂▂▂▂▂▂▂▂               wanted: f while its frames come, h a second after the last
///     main: hhfffffffff·hhhh      shown: from the first decoded picture of what is wanted
class LayerSelector {
 public:
  static constexpr Duration kSilent = Duration::seconds(1);  ///< without a frame an encoding has stopped
  static constexpr size_t kMaxLayers = 8;                    ///< what comes beyond is not shown

  /// A frame of this size came.
  void note(TimePoint now, std::string_view rid, uint32_t width, uint32_t height);
  /// Its pictures are needed for the receiver's own track.
  bool needs(TimePoint now, std::string_view rid) const;
  /// A picture of it was decoded: whether it is to be shown.
  bool takes(TimePoint now, std::string_view rid);
  /// Its source is gone. True where it was the last.
  bool remove(std::string_view rid);
  const std::string& shown() const { return shown_; }

 private:
  struct Layer {
    std::string rid;
    uint64_t pixels = 0;
    TimePoint last;
  };
  const Layer* find(std::string_view rid) const;
  const Layer* wanted(TimePoint now) const;

  std::vector<Layer> layers_;
  std::string shown_;
};

}  // namespace tincan::inline v0::stack
