#include "devices/ffmpeg/reader.h"

#include <chrono>
#include <utility>

namespace tincan::inline v0::devices {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kNoDelay = 20'000;  // bytes of a sound fragment: what the server keeps back, 20 ms and some

int64_t clockMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int isStopping(void* flag) {
  return static_cast<std::atomic<bool>*>(flag)->load() ? 1 : 0;
}

class Dictionary {
 public:
  ~Dictionary() { av_dict_free(&entries_); }
  void set(const char* key, const std::string& value) { av_dict_set(&entries_, key, value.c_str(), 0); }
  AVDictionary** get() { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

}  // namespace

Result<std::shared_ptr<Reader>> Reader::open(const Request& request) {
  if (auto prepared = prepareAv(); !prepared) return prepared.error();
  std::shared_ptr<Reader> reader(new Reader(request));
  int done = reader->openInput(true);
  // A camera need not have the size that would be ideal.
  if (done == AVERROR(EINVAL) && request.width > 0) done = reader->openInput(false);
  if (done < 0) return avError(done, request.what);
  if (request.isFile() && (done = avformat_find_stream_info(reader->input_.get(), nullptr)) < 0)
    return avError(done, request.what);
  if (request.pictures) reader->picture_ = reader->openStream(AVMEDIA_TYPE_VIDEO);
  if (request.sound) reader->sound_ = reader->openStream(AVMEDIA_TYPE_AUDIO);
  const bool lacks = (request.pictures && !reader->picture_) || (request.sound && !reader->sound_);
  if (lacks)
    return {ErrorCode::kNotFoundError,
            request.what + " has no " + (request.pictures && !reader->picture_ ? "pictures" : "sound") + " to be read"};
  reader->packet_.reset(av_packet_alloc());
  reader->frame_.reset(av_frame_alloc());
  return reader;
}

int Reader::openInput(bool withSize) {
  const AVInputFormat* format = nullptr;
  if (!request_.isFile()) {
    format = av_find_input_format(request_.format.c_str());
    if (!format) return AVERROR_DEMUXER_NOT_FOUND;
  }
  Dictionary options;
  if (request_.format == "v4l2" && withSize && request_.width > 0) {
    options.set("video_size", std::to_string(request_.width) + "x" + std::to_string(request_.height));
    options.set("framerate", std::to_string(request_.frameRate));
  }
  if (request_.format == "pulse") {
    options.set("sample_rate", std::to_string(media::AudioFrame::kRate));
    options.set("channels", std::to_string(request_.channels));
    options.set("name", "tincan");
    options.set("fragment_size", std::to_string(kNoDelay / 10));
  }
  AVFormatContext* context = avformat_alloc_context();
  if (!context) return AVERROR(ENOMEM);
  context->interrupt_callback = {isStopping, &stopping_};
  // A camera that gives no picture must not hold up whoever closes it.
  if (request_.format == "v4l2") context->flags |= AVFMT_FLAG_NONBLOCK;
  const int done = avformat_open_input(&context, request_.url.c_str(), format, options.get());
  if (done >= 0) input_.reset(context);  // where it fails, FFmpeg has freed it
  return done;
}

std::optional<Reader::Stream> Reader::openStream(AVMediaType type) const {
  const AVCodec* codec = nullptr;
  const int index = av_find_best_stream(input_.get(), type, -1, -1, &codec, 0);
  if (index < 0 || !codec) return std::nullopt;
  Stream out;
  out.index = index;
  out.decoder.reset(avcodec_alloc_context3(codec));
  const AVStream* stream = input_->streams[index];
  if (!out.decoder || avcodec_parameters_to_context(out.decoder.get(), stream->codecpar) < 0) return std::nullopt;
  out.decoder->thread_count = 1;
  if (avcodec_open2(out.decoder.get(), codec, nullptr) < 0) return std::nullopt;
  return out;
}

double Reader::frameRate() const {
  const AVRational rate = input_->streams[picture_->index]->avg_frame_rate;
  return rate.den > 0 && rate.num > 0 ? av_q2d(rate) : request_.frameRate;
}

Reader::~Reader() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Reader::start(net::Loop& loop, std::shared_ptr<Mailbox> pictures, std::shared_ptr<Mailbox> sound) {
  loop_ = &loop;
  pictureBox_ = std::move(pictures);
  soundBox_ = std::move(sound);
  thread_ = std::thread([this] { run(); });
}

// ---- on the thread ----

void Reader::run() {
  while (!stopping_ && readOnce()) {
  }
  if (stopping_) return;
  for (const auto& box : {pictureBox_, soundBox_}) {
    if (box)
      loop_->post([weak = std::weak_ptr(box)] {
        if (const auto there = weak.lock()) there->ended = true;
      });
  }
}

bool Reader::readOnce() {
  const int done = av_read_frame(input_.get(), packet_.get());
  if (done == AVERROR(EAGAIN)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return true;
  }
  if (done < 0) return request_.isFile() && done == AVERROR_EOF && rewind();
  for (std::optional<Stream>* stream : {&picture_, &sound_})
    if (*stream && (*stream)->index == packet_->stream_index) decode(**stream, packet_.get());
  av_packet_unref(packet_.get());
  return true;
}

// A file that has nothing to give does not go round for ever.
bool Reader::rewind() {
  if (!began_) return false;
  for (std::optional<Stream>* stream : {&picture_, &sound_}) {
    if (!*stream) continue;
    decode(**stream, nullptr);
    avcodec_flush_buffers((*stream)->decoder.get());
  }
  began_.reset();
  return avformat_seek_file(input_.get(), -1, INT64_MIN, 0, INT64_MAX, 0) >= 0;
}

// `packet` null: what the decoder has kept back.
void Reader::decode(Stream& stream, const AVPacket* packet) {
  if (avcodec_send_packet(stream.decoder.get(), packet) < 0) return;
  while (!stopping_ && avcodec_receive_frame(stream.decoder.get(), frame_.get()) >= 0) {
    if (!request_.isFile() || waitUntilDue(stream, *frame_)) take(stream, *frame_);
    av_frame_unref(frame_.get());
  }
}

// False when there is no use in it any more.
bool Reader::waitUntilDue(const Stream& stream, const AVFrame& frame) {
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return true;
  const AVStream* of = input_->streams[stream.index];
  int64_t at = av_rescale_q(frame.best_effort_timestamp, of->time_base, {1, static_cast<int>(kSecond)});
  if (input_->start_time != AV_NOPTS_VALUE) at -= input_->start_time;
  const int64_t now = clockMicros();
  if (!began_ || now - *began_ - at > kSecond || at - (now - *began_) > 10 * kSecond) began_ = now - at;
  const std::chrono::steady_clock::time_point due{std::chrono::microseconds(*began_ + at)};
  std::unique_lock lock(mutex_);
  return !stopped_.wait_until(lock, due, [this] { return stopping_.load(); });
}

template <class Put>
void Reader::post(const std::shared_ptr<Mailbox>& box, Put put) {
  if (box->onTheirWay >= Mailbox::kMostOnTheirWay) return;
  ++box->onTheirWay;
  loop_->post([weak = std::weak_ptr(box), put = std::move(put), loop = loop_]() mutable {
    const auto there = weak.lock();
    if (!there) return;
    --there->onTheirWay;
    put(*there, loop->now());
  });
}

void Reader::take(const Stream& stream, const AVFrame& frame) {
  const bool isPicture = picture_ && &stream == &*picture_;
  if (isPicture && pictureBox_) {
    auto picture = std::make_shared<media::VideoFrame>();
    if (!pictures_.convert(frame, *picture)) return;
    post(pictureBox_, [picture](Mailbox& box, TimePoint now) {
      picture->captured = now;
      box.put(std::move(*picture));
    });
  } else if (!isPicture && soundBox_ && converter_.convert(frame, samples_)) {
    post(soundBox_, [samples = samples_](Mailbox& box, TimePoint now) { box.put(samples, now); });
  }
}

}  // namespace tincan::inline v0::devices
