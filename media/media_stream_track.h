#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "media/audio_source.h"
#include "media/encoded_source.h"
#include "media/sink_list.h"
#include "media/track_source.h"
#include "media/video_source.h"

namespace tincan::inline v0::media {

/// W3C MediaStreamTrackState (Media Capture and Streams §4.3.3).
enum class MediaStreamTrackState : uint8_t { kLive, kEnded };
std::string_view toString(MediaStreamTrackState state);  ///< "live", "ended"

/// An id as the W3C asks for: a random UUID (RFC 9562 §5.4) in text.
std::string newId(RandomSource& random);

/// W3C MediaStreamTrack (Media Capture and Streams §4.3): one picture or one sound, from a source of this machine or
/// from the peer. Frames reach whoever called addVideoSink or addAudioSink.
///
/// Held by std::shared_ptr, against the rule that nothing below stack/ is: the W3C's model has applications, streams,
/// senders and receivers all hold the same track, and none of them is its owner. MediaStream is the one other
/// exception.
///
/// A local track owns its source and is pulled: whoever needs its frames (a sender, a preview) adds a sink and calls
/// capture() at nextFrameTime(). Several may do so: a frame is captured once, and all sinks get it.
/// A remote track is fed by the stack through deliver(), setMuted() and end().
///
/// Sinks and event handlers may do anything, stopping the track or dropping the last reference to it included.
class MediaStreamTrack : public std::enable_shared_from_this<MediaStreamTrack> {
 public:
  using VideoSink = std::function<void(const VideoFrame&)>;
  using AudioSink = std::function<void(const AudioFrame&)>;
  using EncodedSink = std::function<void(const EncodedFrame&)>;

  static std::shared_ptr<MediaStreamTrack> localVideo(std::unique_ptr<VideoSource> source, std::string label,
                                                      RandomSource& random, MediaTrackSettings settings = {});
  static std::shared_ptr<MediaStreamTrack> localAudio(std::unique_ptr<AudioSource> source, std::string label,
                                                      RandomSource& random, MediaTrackSettings settings = {});
  /// A track of frames that are encoded already. A connection sends them as they are, where their format was negotiated
  /// (setCodecPreferences names one that this machine cannot encode); sinks of pictures and sound get nothing.
  static std::shared_ptr<MediaStreamTrack> localVideo(std::shared_ptr<EncodedVideoSource> source, std::string label,
                                                      RandomSource& random, MediaTrackSettings settings = {});
  static std::shared_ptr<MediaStreamTrack> localAudio(std::shared_ptr<EncodedAudioSource> source, std::string label,
                                                      RandomSource& random, MediaTrackSettings settings = {});
  /// `kind` is "audio" or "video". Muted until the first media comes (WebRTC §5.3, creating an RTCRtpReceiver).
  static std::shared_ptr<MediaStreamTrack> remote(std::string_view kind, std::string id);

  MediaStreamTrack(const MediaStreamTrack&) = delete;
  MediaStreamTrack& operator=(const MediaStreamTrack&) = delete;

  // -- W3C --
  std::string_view kind() const { return video_ ? "video" : "audio"; }
  const std::string& id() const { return id_; }
  const std::string& label() const { return label_; }
  /// A track that is not enabled gives black pictures and silence.
  bool enabled() const { return enabled_; }
  void setEnabled(bool enabled) { enabled_ = enabled; }
  bool muted() const { return muted_; }
  MediaStreamTrackState readyState() const { return state_; }
  /// Another track of the same source, with an id, an enabled and an end of its own; live if this one is.
  std::shared_ptr<MediaStreamTrack> clone(RandomSource& random) const;
  /// Of a remote track: as the last picture came (WebRTC §9.3.1), and nothing before the first.
  MediaTrackSettings getSettings() const;
  /// Ends the track for good, and lets its source go when no clone of it is live. `onended` is not called: who calls this knows.
  void stop();

  std::function<void()> onmute;
  std::function<void()> onunmute;
  std::function<void()> onended;

  // -- frames --
  bool isVideo() const { return video_; }
  bool isRemote() const { return remote_; }
  bool live() const { return state_ == MediaStreamTrackState::kLive; }
  /// Sinks of the other kind are never called. The id is good for removeSink of this track alone.
  SinkId addVideoSink(VideoSink sink);
  SinkId addAudioSink(AudioSink sink);
  /// Of a track whose frames come encoded, and of no other. While the track is not enabled nothing comes, and what comes
  /// then begins with a key frame.
  SinkId addEncodedSink(EncodedSink sink);
  void removeSink(SinkId id);
  /// Null where the track is of pictures or sound as they are.
  const std::shared_ptr<EncodedSource>& encodedSource() const { return source_->encoded(); }
  /// Somebody looks at this track or a clone of it.
  bool hasSinks() const;

  /// Local: when capture() next has something to do; never() for remote and ended tracks.
  TimePoint nextFrameTime() const;
  /// Local: takes what is due from the source and hands it to the sinks. Nothing when nothing is due.
  void capture(TimePoint now);
  /// What the source has given, to this track and its clones.
  const SourceStatistics& sourceStatistics() const { return source_->statistics(); }

  // -- for the stack: remote tracks, and with them their clones --
  void deliver(const VideoFrame& frame);
  void deliver(const AudioFrame& frame);
  /// Calls onmute or onunmute when it changes.
  void setMuted(bool muted);
  /// The peer stopped sending for good: calls onended, once.
  void end();
  /// The connection is gone: ended without an event (W3C webrtc §4.4.2.6), and without handlers and sinks, which often
  /// hold the stream that holds this track.
  void abandon();

 private:
  friend class TrackSource;
  MediaStreamTrack(bool video, bool remote, std::string id, std::string label, std::shared_ptr<TrackSource> source);
  static std::shared_ptr<MediaStreamTrack> make(bool video, bool remote, std::string id, std::string label,
                                                std::shared_ptr<TrackSource> source);
  void hand(const VideoFrame& frame);
  void hand(const AudioFrame& frame);
  void hand(const EncodedFrame& frame);
  void setMutedHere(bool muted);
  void endHere();
  void abandonHere();

  const bool video_;
  const bool remote_;
  const std::string id_;
  const std::string label_;
  bool enabled_ = true;
  bool muted_ = false;
  MediaStreamTrackState state_ = MediaStreamTrackState::kLive;

  std::shared_ptr<TrackSource> source_;
  SinkId lastSink_ = 0;
  SinkList<VideoFrame> videoSinks_;
  SinkList<AudioFrame> audioSinks_;
  SinkList<EncodedFrame> encodedSinks_;
  // Encodings whose next frame has to be a key frame, since some were left out while the track was not enabled; and
  // whether it was asked for.
  std::map<std::string, bool> skipsToKeyFrame_;
};

}  // namespace tincan::inline v0::media
