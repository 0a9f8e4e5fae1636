#pragma once

#include <string>

namespace tincan::inline v0::apps {

/// A QR code of `text` for a terminal, two modules a character, dark on white: lines that end in newlines, so that a
/// telephone need not type a URL. Empty when tincan was built without libqrencode, or when `text` is too long.
std::string qrCode(const std::string& text);

}  // namespace tincan::inline v0::apps
