#pragma once

#include <string_view>

#include "media/colour.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// Draws into an I420 picture that it does not own. Everything is clipped to the picture.
class I420Canvas {
 public:
  explicit I420Canvas(VideoFrame& frame) : frame_(frame) {}

  int width() const { return frame_.width; }
  int height() const { return frame_.height; }

  /// All pixels of [x0, x1) × [y0, y1), chroma included; sharp where the edges are even.
  void fill(int x0, int y0, int x1, int y1, Yuv colour);
  /// Mixes `colour` into one pixel, `coverage` 0 to 1. Each pixel counts for a quarter of its colour sample.
  void blend(int x, int y, Yuv colour, float coverage);
  /// A dot with a soft edge.
  void disc(float x, float y, float radius, Yuv colour, float opacity = 1);

  /// A 5 × 7 dot font: digits, capitals and ":.- ", each dot `scale` pixels a side, 6 dots from letter to letter.
  void text(int x, int y, std::string_view text, int scale, Yuv colour);
  static int textWidth(std::string_view text, int scale);
  static int textHeight(int scale) { return 7 * scale; }
  /// The font itself: is the dot there? Columns 0 to 4, rows 0 to 6; letters it does not have are blank.
  static bool dot(char letter, int column, int row);

 private:
  VideoFrame& frame_;
};

}  // namespace tincan::inline v0::media
