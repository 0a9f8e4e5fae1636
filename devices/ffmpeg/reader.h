#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "devices/ffmpeg/av.h"
#include "devices/ffmpeg/converter.h"
#include "devices/mailbox.h"
#include "devices/poster.h"

namespace tincan::inline v0::devices {

/// Reads one device or file on a thread of its own, decodes, converts, and posts to the loop what comes. A file goes at
/// the pace of its own timestamps, and begins anew at its end. Owned by the sources that its mailbox feeds; the thread
/// ends when the last of them goes.
///
///     open ─► start ─► thread: av_read_frame ─► decoder ─► converter ─► (file: wait until it is due) ─► post ─► Mailbox
class Reader {
 public:
  struct Request {
    std::string format;  ///< of libavdevice: "v4l2", "pulse"; empty: a file
    std::string url;
    std::string what;  ///< for errors: "the camera /dev/video0"
    bool pictures = false, sound = false;
    int width = 0, height = 0;  ///< of a camera, ideally
    double frameRate = 0;
    int channels = 1;
    bool isFile() const { return format.empty(); }
  };

  /// What is wanted and is not there is a NotFoundError. Blocks while the device is opened.
  static Result<std::shared_ptr<Reader>> open(const Request& request);
  ~Reader();

  /// Each mailbox is of `loop`, and may be null.
  void start(Poster loop, std::shared_ptr<Mailbox> pictures, std::shared_ptr<Mailbox> sound);

  bool hasPictures() const { return picture_.has_value(); }
  bool hasSound() const { return sound_.has_value(); }
  int width() const { return picture_->decoder->width; }
  int height() const { return picture_->decoder->height; }
  double frameRate() const;

 private:
  struct Stream {
    int index = 0;
    AvPtr<AVCodecContext> decoder;
  };
  explicit Reader(Request request) : request_(std::move(request)), converter_(request_.channels) {}

  int openInput(bool withSize);
  std::optional<Stream> openStream(AVMediaType type) const;
  void run();
  bool readOnce();
  bool rewind();
  void decode(Stream& stream, const AVPacket* packet);
  void take(const Stream& stream, const AVFrame& frame);
  bool waitUntilDue(const Stream& stream, const AVFrame& frame);
  template <class Put>
  void post(const std::shared_ptr<Mailbox>& box, Put put);

  Request request_;
  AvPtr<AVFormatContext> input_;
  std::optional<Stream> picture_, sound_;
  AvPtr<AVPacket> packet_;
  AvPtr<AVFrame> frame_;
  PictureConverter pictures_;
  SoundConverter converter_;
  Poster loop_;
  std::shared_ptr<Mailbox> pictureBox_, soundBox_;
  std::optional<int64_t> began_;  // of a file: the clock's microseconds at its time 0
  std::vector<int16_t> samples_;

  std::thread thread_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
};

}  // namespace tincan::inline v0::devices
