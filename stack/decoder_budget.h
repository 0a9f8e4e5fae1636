#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "media/codec/codec_factory.h"
#include "stack/configuration.h"

namespace tincan::inline v0::stack {

class BudgetedDecoder;

/// How many video decoders one connection may have, and how many pixels they may keep, all together: a key frame of a
/// few kilobytes can say that it is 4,096 pixels wide and high, and the decoder believes it. Owned by MediaReceivers.
///
///     BudgetedDecoder, about to decode a key frame ─► admit ─┬► room: counted, until the decoder goes
///                                                            ├► none, and another has been idle: that one goes
///                                                            └► refused: the picture is not decoded
class DecoderBudget {
 public:
  struct Counters {
    uint64_t refused = 0;    ///< key frames for whose pictures there was no room
    uint64_t displaced = 0;  ///< decoders that went for another, since their source was silent
  };

  explicit DecoderBudget(const DecodingLimits& limits) : limits_(limits) {}

  const Counters& counters() const { return counters_; }
  size_t decoders() const { return members_.size(); }
  uint64_t pixels() const { return pixels_; }

 private:
  friend class BudgetedDecoder;
  struct Member {
    BudgetedDecoder* decoder;
    uint64_t pixels;
    TimePoint used;
  };

  bool admit(TimePoint now, BudgetedDecoder& decoder, uint64_t pixels);
  bool hasRoom(TimePoint now, const BudgetedDecoder& decoder, uint64_t pixels) const;
  void used(TimePoint now, const BudgetedDecoder& decoder);
  void release(const BudgetedDecoder& decoder);
  bool fits(const BudgetedDecoder& decoder, uint64_t pixels) const;
  bool displaceOne(TimePoint now, const BudgetedDecoder& by);

  DecodingLimits limits_;
  std::vector<Member> members_;  // at most limits_.videoDecoders
  uint64_t pixels_ = 0;          // of them all
  Counters counters_;
};

/// A decoder that lives within the budget of its connection. Owned by a VideoReceiver.
class BudgetedDecoder {
 public:
  BudgetedDecoder(DecoderBudget& budget, const media::CodecFactory& factory) : budget_(budget), factory_(factory) {}
  ~BudgetedDecoder() { close(); }
  BudgetedDecoder(const BudgetedDecoder&) = delete;
  BudgetedDecoder& operator=(const BudgetedDecoder&) = delete;

  /// What the frames are from now on. True where that is news: the decoder goes, and the next frame has to be a key
  /// frame.
  bool setFormat(const media::CodecFormat& format);
  /// kLimit where the budget has no room for the picture, kUnsupported where the factory has no decoder (frames may be
  /// of use as they are); else as media::VideoDecoder. After an error the next frame has
  /// to be a key frame.
  Result<media::VideoFrame> decode(TimePoint now, ByteView frame);
  /// The same in three steps, for a decoder that works elsewhere: what has to be known before it does, the decoder (which
  /// may be replaced meanwhile: whoever works with it holds it), and what comes of its picture.
  Result<void> prepare(TimePoint now, ByteView frame);
  const std::shared_ptr<media::VideoDecoder>& decoder() const { return decoder_; }
  Result<media::VideoFrame> accept(TimePoint now, Result<media::VideoFrame> picture);
  /// Whether a key frame like the last one would be decoded: if not, there is no use in asking for it.
  bool hasRoom(TimePoint now) const { return !unsupported_ && budget_.hasRoom(now, *this, wanted_); }
  /// The decoder goes, and what it took of the budget is free.
  void close();

 private:
  bool open(TimePoint now, uint64_t pixels);

  DecoderBudget& budget_;
  const media::CodecFactory& factory_;
  media::CodecFormat format_;
  std::shared_ptr<media::VideoDecoder> decoder_;
  uint64_t wanted_ = 0;  // pixels of the last key frame
  uint64_t had_ = 0;     // that the budget has counted
  bool unsupported_ = false;
};

}  // namespace tincan::inline v0::stack
