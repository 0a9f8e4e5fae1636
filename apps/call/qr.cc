#include "apps/call/qr.h"

#ifdef TINCAN_QR

#include <memory>
#include <qrencode.h>

namespace tincan::inline v0::apps {

namespace {

constexpr int kQuiet = 2;  // modules around it; ISO/IEC 18004 asks for 4, telephones are content with 2

}  // namespace

std::string qrCode(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_L, QR_MODE_8, 1), &QRcode_free);
  if (!code) return {};
  const int width = code->width;
  const auto dark = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= width) return false;
    return (code->data[y * width + x] & 1) != 0;
  };
  std::string out;
  for (int y = -kQuiet; y < width + kQuiet; y += 2) {
    out += "  \x1b[30;107m";  // black on white, whatever the terminal's colours are
    for (int x = -kQuiet; x < width + kQuiet; ++x) {
      const bool upper = dark(x, y), lower = dark(x, y + 1);
      out += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
    }
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace tincan::inline v0::apps

#else

namespace tincan::inline v0::apps {

std::string qrCode(const std::string&) {
  return {};
}

}  // namespace tincan::inline v0::apps

#endif
