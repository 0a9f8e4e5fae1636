#pragma once

#include <array>

#include "media/colour.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// Where the parts of SyntheticCamera's picture lie, in pixels. `unit` is 1 at 480 lines.
struct TestCardLayout {
  TestCardLayout(int width, int height);

  int width, height;
  double unit;
  int barsEnd;     ///< bars above, reverse bars below
  int panelTop;    ///< reverse bars above, the panel with the cans below
  int counterTop;  ///< the panel above, the counter's cells below
  double axis;     ///< y of the string and of both cans' axes
  double stringStart, stringEnd;

  int barEdge(int bar) const { return (bar * width / 7) & ~1; }  ///< even, so that colours meet where pixels do
  int cellEdge(int cell) const { return cell * width / 32; }
};

std::array<Rgb, 7> testCardBars();

/// All of the picture that does not move. Slow (anti-aliased by 16 samples a pixel): drawn once a camera.
VideoFrame paintTestCard(const TestCardLayout& layout);

}  // namespace tincan::inline v0::media
