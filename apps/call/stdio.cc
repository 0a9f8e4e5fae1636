#include "apps/call/stdio.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include "apps/signalling/message.h"

namespace tincan::inline v0::apps {

// `alive` and `callbacks` belong to the loop's thread; all else that the reading thread touches is its own or constant.
struct LineReader::State {
  State(net::Loop& owner, int descriptor, Callbacks functions) : loop(owner), fd(descriptor) {
    callbacks = std::make_shared<Callbacks>(std::move(functions));
    if (::pipe2(stop.data(), O_CLOEXEC) != 0) stop = {-1, -1};
    thread = std::thread([this] { read(); });
  }

  ~State() {
    ::close(stop[1]);
    thread.join();
    ::close(stop[0]);
    *callbacks = {};  // what was posted already finds nobody
  }

  void read() {
    std::array<char, 65536> chunk;
    std::string line;
    for (;;) {
      pollfd polls[2] = {{fd, POLLIN, 0}, {stop[0], POLLIN, 0}};
      if (::poll(polls, 2, -1) < 0) {
        if (errno == EINTR) continue;
        break;
      }
      if (polls[1].revents != 0) return;
      const ssize_t size = ::read(fd, chunk.data(), chunk.size());
      if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (size <= 0) break;
      for (ssize_t i = 0; i < size; ++i) {
        const char c = chunk[static_cast<size_t>(i)];
        if (c != '\n') {
          line += c;
        } else if (!line.empty()) {
          post(std::exchange(line, {}));
        }
      }
      if (line.size() > kMaxSignallingMessage) break;
    }
    const bool overlong = line.size() > kMaxSignallingMessage;
    if (!line.empty() && !overlong) post(std::move(line));
    loop.post([functions = callbacks, overlong] {
      const auto keep = functions;
      if (keep->end) keep->end(overlong);
    });
  }

  void post(std::string line) {
    loop.post([functions = callbacks, text = std::move(line)]() mutable {
      const auto keep = functions;
      if (keep->line) keep->line(std::move(text));
    });
  }

  net::Loop& loop;
  const int fd;
  std::array<int, 2> stop{};
  std::shared_ptr<Callbacks> callbacks;
  std::thread thread;
};

LineReader::LineReader(net::Loop& loop, int fd, Callbacks callbacks)
    : state_(std::make_unique<State>(loop, fd, std::move(callbacks))) {}
LineReader::~LineReader() = default;

}  // namespace tincan::inline v0::apps
