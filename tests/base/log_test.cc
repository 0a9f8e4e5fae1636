#include "base/log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0 {
namespace {

struct Lines {
  std::vector<std::string> all;
  LogSink sink() {
    return [this](LogLevel level, std::string_view component, std::string_view text) {
      all.push_back(std::string(toString(level)) + " " + std::string(component) + ": " + std::string(text));
    };
  }
};

TEST(Log, TakesItsLevelAndThoseAbove) {
  Lines lines;
  const Log log(LogLevel::kInfo, lines.sink());
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning}) {
    log.write(level, "ice", [] { return "a line"; });
  }
  EXPECT_EQ(lines.all, (std::vector<std::string>{"info ice: a line", "warning ice: a line"}));
}

TEST(Log, MakesNoTextThatNobodyTakes) {
  Lines lines;
  int made = 0;
  const auto text = [&] {
    ++made;
    return std::string("a line");
  };
  Log().write(LogLevel::kWarning, "ice", text);
  Log(LogLevel::kDebug, LogSink()).write(LogLevel::kWarning, "ice", text);
  Log(LogLevel::kWarning, lines.sink()).write(LogLevel::kInfo, "ice", text);
  EXPECT_EQ(made, 0);
  EXPECT_TRUE(lines.all.empty());
}

}  // namespace
}  // namespace tincan::inline v0
