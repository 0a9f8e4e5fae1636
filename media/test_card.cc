#include "media/test_card.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "media/i420_canvas.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kSmooth = 1, kEdges = 4;  // samples a pixel, each way
constexpr int kCells = 32;

struct Colour {
  float r = 0, g = 0, b = 0, alpha = 0;
};

double square(double x) {
  return x * x;
}

Colour hex(uint32_t rgb, float alpha = 1) {
  return {static_cast<float>(rgb >> 16 & 255), static_cast<float>(rgb >> 8 & 255), static_cast<float>(rgb & 255),
          alpha};
}

Colour mix(Colour a, Colour b, double share) {
  const auto s = static_cast<float>(std::clamp(share, 0.0, 1.0));
  return {a.r + (b.r - a.r) * s, a.g + (b.g - a.g) * s, a.b + (b.b - a.b) * s, a.alpha + (b.alpha - a.alpha) * s};
}

Colour brighter(Colour c, double factor) {
  const auto f = static_cast<float>(factor);
  return {std::min(c.r * f, 255.0F), std::min(c.g * f, 255.0F), std::min(c.b * f, 255.0F), c.alpha};
}

// An RGB picture drawn by functions of the place: (x, y) in pixels to a colour.
class Painter {
 public:
  Painter(int width, int height)
      : width_(width), height_(height), rgb_(static_cast<size_t>(width) * static_cast<size_t>(height) * 3) {}

  template <class Shader>
  void shade(int samples, double x0, double y0, double x1, double y1, Shader&& shader) {
    const int left = std::max(0, static_cast<int>(x0)), right = std::min(width_, static_cast<int>(std::ceil(x1)));
    const int top = std::max(0, static_cast<int>(y0)), bottom = std::min(height_, static_cast<int>(std::ceil(y1)));
    for (int y = top; y < bottom; ++y)
      for (int x = left; x < right; ++x) mixIn(x, y, sample(samples, x, y, shader));
  }

  void fill(int x0, int y0, int x1, int y1, Rgb c) {
    for (int y = y0; y < y1; ++y) {
      uint8_t* pixel = at(x0, y);
      for (int x = x0; x < x1; ++x) {
        *pixel++ = c.r;
        *pixel++ = c.g;
        *pixel++ = c.b;
      }
    }
  }

  VideoFrame take() const { return fromRgb24(rgb_, width_, height_).valueOr(VideoFrame::black(width_, height_)); }

 private:
  template <class Shader>
  static Colour sample(int samples, int x, int y, Shader& shader) {
    Colour sum;
    for (int i = 0; i < samples * samples; ++i) {
      const Colour c = shader(x + (i % samples + 0.5) / samples, y + (i / samples + 0.5) / samples);
      sum.r += c.r * c.alpha;
      sum.g += c.g * c.alpha;
      sum.b += c.b * c.alpha;
      sum.alpha += c.alpha;
    }
    if (sum.alpha <= 0) return {};
    return {sum.r / sum.alpha, sum.g / sum.alpha, sum.b / sum.alpha, sum.alpha / static_cast<float>(samples * samples)};
  }

  uint8_t* at(int x, int y) {
    return rgb_.data() + (static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)) * 3;
  }

  void mixIn(int x, int y, Colour c) {
    if (c.alpha <= 0) return;
    uint8_t* pixel = at(x, y);
    const auto blend = [&](uint8_t from, float to) {
      return static_cast<uint8_t>(static_cast<float>(from) + (to - static_cast<float>(from)) * c.alpha + 0.5F);
    };
    pixel[0] = blend(pixel[0], c.r);
    pixel[1] = blend(pixel[1], c.g);
    pixel[2] = blend(pixel[2], c.b);
  }

  int width_, height_;
  Bytes rgb_;
};

void paintBars(const TestCardLayout& layout, Painter& painter) {
  const auto bars = testCardBars();
  for (int i = 0; i < 7; ++i) {
    const int left = layout.barEdge(i), right = i == 6 ? layout.width : layout.barEdge(i + 1);
    painter.fill(left, 0, right, layout.barsEnd, bars[static_cast<size_t>(i)]);
    // SMPTE EG 1: under each other bar, from the right, the bar of the other side; black between.
    const Rgb below = i % 2 == 0 ? bars[static_cast<size_t>(6 - i)] : Rgb{19, 19, 19};
    painter.fill(left, layout.barsEnd, right, layout.panelTop, below);
  }
}

void paintPanel(const TestCardLayout& layout, Painter& painter) {
  const Colour edge = hex(0x0a0f1c), middle = hex(0x1b2945);
  painter.shade(kSmooth, 0, layout.panelTop, layout.width, layout.height, [&](double x, double y) {
    const double dx = (x / layout.width - 0.5) * 1.7, dy = (y - layout.axis) / (130 * layout.unit);
    return mix(middle, edge, std::sqrt(dx * dx + dy * dy));
  });
}

// A can on its side, seen a little from its open end. `x` runs from the mouth (0) to the bottom (kLength), where the
// string is knotted; `y` from the axis; both in units.
class CanShader {
 public:
  static constexpr double kLength = 96, kRadius = 46, kMouth = 15, kBottom = 9;
  static constexpr double kLabel = 55.5;  // its middle, on the axis

  explicit CanShader(std::string_view label) : label_(label) {}

  Colour operator()(double x, double y, double labelX) const {
    const double across = y / kRadius;
    if (std::abs(across) > 1) return {};
    const double round = std::sqrt(1 - across * across);  // how far the ends bulge at this height
    if (x < -kMouth * round) return {};
    if (inMouth(x, y)) return mouth(x, y);
    if (x > kLength + kBottom * round) return {};
    return surface(x - kBottom * round, y, across, labelX);
  }

 private:
  static double mouthDistance(double x, double y) { return std::hypot(x / kMouth, y / kRadius); }
  static bool inMouth(double x, double y) { return mouthDistance(x, y) <= 1; }

  static Colour mouth(double x, double y) {
    const double d = mouthDistance(x, y);
    if (d > 0.9) return mix(hex(0xf4f7fb), hex(0x9aa7ba), std::clamp(y / kRadius + 0.5, 0.0, 1.0));  // the rim
    // Inside: dark, lighter low down where light falls in.
    return mix(hex(0x10151f), hex(0x55617a),
               square(std::clamp(y / kRadius * 0.6 + x / kMouth * 0.35 + 0.25, 0.0, 1.0)));
  }

  // `along` is x with the bulge taken out: what is round about the can is a straight line in it.
  Colour surface(double along, double y, double across, double labelX) const {
    const double light = shine(across);
    Colour base = hex(0xb9c4d4);
    if (along > 21 && along < 75) {
      base = along < 24 || along > 72 ? hex(0xfff1d6) : hex(0xf0552d);
      if (onLetter(labelX, y)) base = hex(0xfff6e6);
    } else if (along > kLength - kBottom - 4 || along < 6) {
      base = hex(0xdce4ee);  // the seams
    } else {
      base = brighter(base, 1 + 0.13 * std::sin(along * 1.45));  // ridges
    }
    return brighter(base, light);
  }

  static double shine(double across) {
    const double highlight = std::exp(-square((across + 0.42) / 0.22));
    return 0.42 + 0.58 * std::sqrt(std::max(0.0, 1 - square((across + 0.25) / 1.27))) + 0.3 * highlight;
  }

  bool onLetter(double x, double y) const {
    constexpr double kDot = 2.3;
    const double width = static_cast<double>(label_.size()) * 6 - 1;
    const double column = x / kDot + width / 2, row = y / kDot + 3.5;
    if (column < 0 || column >= width || row < 0 || row >= 7) return false;
    const auto letter = static_cast<size_t>(column / 6);
    const int dot = static_cast<int>(column) % 6;
    return dot < 5 && I420Canvas::dot(label_[letter], dot, static_cast<int>(row));
  }

  std::string_view label_;
};

void paintCan(const TestCardLayout& layout, Painter& painter, bool right, std::string_view label) {
  const CanShader can(label);
  const double u = layout.unit;
  const double length = CanShader::kLength + CanShader::kBottom;
  const double bottom = right ? layout.stringEnd : layout.stringStart;
  const double mouth = right ? bottom + length * u : bottom - length * u;
  const double left = std::min(bottom, mouth) - 24 * u, end = std::max(bottom, mouth) + 24 * u;
  // A soft shadow under it, then the can.
  const double ground = layout.axis + (CanShader::kRadius + 7) * u, middle = (bottom + mouth) / 2;
  painter.shade(kSmooth, left - 20 * u, ground - 14 * u, end + 20 * u, ground + 14 * u, [&](double x, double y) {
    const double d = std::hypot((x - middle) / (74 * u), (y - ground) / (10 * u));
    return hex(0x000000, static_cast<float>(0.5 * std::exp(-2.2 * d * d)));
  });
  painter.shade(kEdges, left, layout.axis - 52 * u, end, layout.axis + 52 * u, [&](double x, double y) {
    const double fromMouth = (right ? mouth - x : x - mouth) / u;
    // Letters read from left to right on both cans.
    const double labelX = right ? CanShader::kLabel - fromMouth : fromMouth - CanShader::kLabel;
    return can(fromMouth, (y - layout.axis) / u, labelX);
  });
}

}  // namespace

TestCardLayout::TestCardLayout(int w, int h)
    : width(w),
      height(h),
      unit(std::min(h / 480.0, w / 480.0)),
      barsEnd((h * 3 / 5) & ~1),
      panelTop((h * 2 / 3) & ~1),
      counterTop((h * 14 / 15) & ~1),
      axis((panelTop + counterTop) / 2.0),
      stringStart(140 * unit),
      stringEnd(w - 140 * unit) {}

std::array<Rgb, 7> testCardBars() {
  return {{{191, 191, 191}, {191, 191, 0}, {0, 191, 191}, {0, 191, 0}, {191, 0, 191}, {191, 0, 0}, {0, 0, 191}}};
}

VideoFrame paintTestCard(const TestCardLayout& layout) {
  Painter painter(layout.width, layout.height);
  paintBars(layout, painter);
  paintPanel(layout, painter);
  paintCan(layout, painter, false, "TIN");
  paintCan(layout, painter, true, "CAN");
  for (int i = 0; i < kCells; ++i)
    painter.fill(layout.cellEdge(i), layout.counterTop, layout.cellEdge(i + 1), layout.height, Rgb{});
  return painter.take();
}

}  // namespace tincan::inline v0::media
