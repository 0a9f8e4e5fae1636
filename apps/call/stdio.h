#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/loop.h"

namespace tincan::inline v0::apps {

/// Lines of a file descriptor (standard input), on the loop. A thread of its own reads them, since not every descriptor
/// can be waited for (files, /dev/null), and reading must leave a shared terminal as blocking as it was.
class LineReader {
 public:
  struct Callbacks {
    std::function<void(std::string line)> line;  ///< without its newline; empty ones are left out
    /// Of the input, or of our patience: `overlong` when a line is longer than a signalling message may be.
    std::function<void(bool overlong)> end;
  };

  LineReader(net::Loop& loop, int fd, Callbacks callbacks);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tincan::inline v0::apps
