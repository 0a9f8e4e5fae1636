#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace tincan::inline v0 {

/// In their order: a sink that takes one level takes those after it.
enum class LogLevel : uint8_t {
  kDebug,    ///< every candidate, every check and what came of it
  kInfo,     ///< states as they change
  kWarning,  ///< why something failed
};
std::string_view toString(LogLevel level);

/// `component` is the part of the stack that speaks: "ice", "dtls", "pc", "net". `text` is one line without its end, and
/// valid during the call alone.
///
/// It runs in the middle of a machine's work, on that machine's loop: it may write the line somewhere, and may not call
/// into the connection.
using LogSink = std::function<void(LogLevel level, std::string_view component, std::string_view text)>;

/// Where a machine says what it does: a sink, and the lowest level that it takes. Each floor has one in its configuration;
/// copies share the sink. Off by default; then `write` is one comparison, and no text is made.
class Log {
 public:
  Log() = default;
  Log(LogLevel lowest, LogSink sink)
      : sink_(sink ? std::make_shared<const LogSink>(std::move(sink)) : nullptr), lowest_(lowest) {}

  bool takes(LogLevel level) const { return sink_ && level >= lowest_; }

  /// `makeText()` gives the line, and is called only when somebody takes it.
  template <class MakeText>
  void write(LogLevel level, std::string_view component, MakeText&& makeText) const {
    if (takes(level)) (*sink_)(level, component, std::forward<MakeText>(makeText)());
  }

 private:
  std::shared_ptr<const LogSink> sink_;
  LogLevel lowest_ = LogLevel::kDebug;
};

}  // namespace tincan::inline v0
