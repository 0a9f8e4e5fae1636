#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace tincan::inline v0::media {

/// One picture, I420 (BT.601, limited range): the Y plane, then U, then V, without padding between rows or planes.
/// U and V have half the width and height, rounded up. A value: copying it copies the pixels.
struct VideoFrame {
  /// Larger pictures are refused everywhere: by sources, files and decoders.
  static constexpr int kMaxSide = 4096;

  int width = 0;
  int height = 0;
  Bytes pixels;
  TimePoint captured;         ///< when a camera would have seen it; when it was decoded, on a remote track
  uint32_t rtpTimestamp = 0;  ///< 90 kHz (RFC 6184 §5.1, RFC 7741 §4.1); counts from 0 at a source's first frame

  /// Sets the size and makes room; what the pixels were is lost when the size differs.
  void resize(int newWidth, int newHeight);
  /// A picture of that size, all black.
  static VideoFrame black(int width, int height);
  void fillBlack();

  bool empty() const { return pixels.empty(); }
  int chromaWidth() const { return (width + 1) / 2; }
  int chromaHeight() const { return (height + 1) / 2; }
  size_t lumaSize() const { return static_cast<size_t>(width) * static_cast<size_t>(height); }
  size_t chromaSize() const { return static_cast<size_t>(chromaWidth()) * static_cast<size_t>(chromaHeight()); }
  /// What `pixels` holds for a width and a height.
  static size_t sizeOf(int width, int height);

  ByteView y() const { return ByteView(pixels).first(lumaSize()); }
  ByteView u() const { return ByteView(pixels).subspan(lumaSize(), chromaSize()); }
  ByteView v() const { return ByteView(pixels).subspan(lumaSize() + chromaSize(), chromaSize()); }
  MutableByteView y() { return MutableByteView(pixels).first(lumaSize()); }
  MutableByteView u() { return MutableByteView(pixels).subspan(lumaSize(), chromaSize()); }
  MutableByteView v() { return MutableByteView(pixels).subspan(lumaSize() + chromaSize(), chromaSize()); }
};

}  // namespace tincan::inline v0::media
