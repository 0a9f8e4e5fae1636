#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "apps/examples/signaling_channel.h"
#include "tincan/tincan.h"

namespace tincan::inline v0::examples {

/// A <video> element without a window: it counts what it would show and play.
class VideoElement {
 public:
  struct Seen {
    int width = 0, height = 0;
    uint64_t videoFrames = 0, audioFrames = 0;
    bool both() const { return videoFrames > 0 && audioFrames > 0; }
  };

  const MediaStreamPtr& srcObject() const { return srcObject_; }
  void setSrcObject(MediaStreamPtr stream);
  const Seen& seen() const { return *seen_; }

 private:
  MediaStreamPtr srcObject_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();  // the tracks may live longer than we
};

/// What a web page is to its script. Outlives it.
struct Page {
  net::Loop& loop;
  SignalingChannel& signaling;
  std::function<void(const std::string& line)> log{};  ///< console.log
  std::function<void(const Error&)> error{};           ///< console.error; here it also ends the run
  /// try … catch { console.error }, without exceptions: false when `result` is an error, which is reported.
  template <class T>
  bool ok(const Result<T>& result) {
    if (!result) error(result.error());
    return result.ok();
  }

  net::OsRandom random{};
  VideoElement selfView{}, remoteView{};
};

/// One of the two examples, loaded by a page. One of two peers calls start().
class Script {
 public:
  virtual ~Script() = default;
  virtual Result<void> load() = 0;
  virtual void start() = 0;
};

using ScriptFactory = std::function<std::unique_ptr<Script>(Page&)>;

/// The rest of main(): options, the far end (another peer in this process, or a browser), and what was received.
/// `name` is the example's, and of its page: web/NAME.html. Returns the exit code.
int run(const std::string& name, const ScriptFactory& makeScript, int argc, char** argv);

}  // namespace tincan::inline v0::examples
