#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "media/colour.h"
#include "media/frame_clock.h"
#include "media/i420_canvas.h"
#include "media/test_card.h"
#include "media/video_source.h"

namespace tincan::inline v0::media {

/// A test card that moves: SMPTE colour bars, two tin cans with a pulse that runs along the string between them, a
/// clock, and a frame counter that a program can read back from the pixels, on the far side of a lossy codec and of a
/// browser.
///
/// Geometry, for a picture of W × H pixels (all of it scales, so a reader needs nothing but the picture):
///
///     0     ┌────┬────┬────┬────┬────┬────┬────┐
///           │ 0  │ 1  │ 2  │ 3  │ 4  │ 5  │ 6  │   seven bars of W/7: barColours()
///           │    │    │    │    │    │    │    │   bar i in its pure colour at ((2i+1)·W/14, H/4), and 1/8 of H around
///     H·3/5 ├────┴────┴────┴────┴────┴────┴────┤
///           │ blue 6 black 4 magenta … grey    │   the reverse bars of SMPTE EG 1
///     H·2/3 ├──────────────────────────────────┤
///           │   can ~~~~ string ~~~~ can       │   what moves; clock and frame number for people
///    H·14/15├─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┬─┤
///           │ 32 cells of W/32, black or white │   the counter, for programs
///     H     └─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┘
///
/// The cells, from the left (white = 1):
///
///     cell   0 1   2 … 25                           26 … 29   30 31
///            1 0   the counter, 24 bits, MSB first  check     0  1
///
/// check = the XOR of the counter's six 4-bit digits, XOR 0b1010. The counter wraps at 2^24 (6.5 days at 30 fps).
///
/// To read it, in C++ or in a page: for each cell i take the mean of the luma (0.299 R + 0.587 G + 0.114 B will do)
/// over the middle half of the cell both ways: x from (i + 1/4)·W/32 to (i + 3/4)·W/32, y from H·(1 − 3/60) to H·(1 −
/// 1/60). white = mean of cells 0 and 31, black = mean of cells 1 and 30; no counter unless white − black ≥ 64 (of
/// 255). A cell is 1 above the middle of the two; no counter either when the check differs.
class SyntheticCamera final : public VideoSource {
 public:
  struct Options {
    int width = 640;  ///< made even, and 64 to VideoFrame::kMaxSide
    int height = 480;
    double frameRate = 30;  ///< kept within 1 to 240
  };
  static constexpr uint32_t kCounterModulus = 1u << 24;

  SyntheticCamera();
  explicit SyntheticCamera(Options options);

  int width() const { return layout_.width; }
  int height() const { return layout_.height; }
  double frameRate() const { return frameRate_; }

  TimePoint nextFrameTime() const override { return clock_.next(); }
  bool capture(TimePoint now, VideoFrame& out) override;
  /// Draws picture number `index`, which capture() gives at index / frameRate seconds after the first.
  void paint(uint32_t index, VideoFrame& out) const;

  /// The counter in a picture of any size, or nothing where there is none.
  static std::optional<uint32_t> readFrameCounter(const VideoFrame& frame);
  /// 75% bars: grey, yellow, cyan, green, magenta, red, blue.
  static std::array<Rgb, 7> barColours();

 private:
  void paintString(double seconds, I420Canvas& canvas) const;
  void paintText(uint32_t index, double seconds, I420Canvas& canvas) const;
  void paintCounter(uint32_t index, I420Canvas& canvas) const;

  double frameRate_;
  FrameClock clock_;
  TestCardLayout layout_;
  VideoFrame background_;  // all that does not move, drawn once
};

}  // namespace tincan::inline v0::media
