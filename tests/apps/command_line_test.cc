// What is wrong with a command line is said in one sentence that a person can read.
#include "apps/command_line.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "apps/call/options.h"
#include "apps/ice/options.h"

namespace tincan::inline v0::apps {
namespace {

struct Said {
  int code = 0;
  std::string text;
};

Said parse(std::vector<std::string> words) {
  CLI::App app("tincan");
  CallOptions call;
  IceOptions ice;
  app.require_subcommand(1);
  speakPlainly(app);
  addCallCommand(app, call);
  addIceCommand(app, ice);
  std::vector<const char*> argv{"/somewhere/tincan"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  if (const auto wrong = wrongCommand(app, static_cast<int>(argv.size()), argv.data())) return {2, *wrong};
  std::ostringstream out, error;
  try {
    app.parse(static_cast<int>(argv.size()), argv.data());
  } catch (const CLI::ParseError& thrown) {
    const int code = app.exit(thrown, out, error);
    return {code, out.str() + error.str()};
  }
  if (const auto fine = complete(call); !fine) return {2, fine.error().message()};
  return {};
}

TEST(CommandLine, SaysWhatIsWrong) {
  const std::pair<std::vector<std::string>, const char*> rows[] = {
      {{}, "tincan: say what to do: call or ice"},
      {{"nonsense"}, "there is no command nonsense"},
      {{"--nonsense"}, "there is no option --nonsense"},
      {{"call", "--nonsense"}, "tincan call: The following argument was not expected: --nonsense"},
      {{"call", "--duration", "-1"}, "--duration: -1 is no number above 0"},
      {{"call", "--duration", "soon"}, "--duration: soon is no number above 0"},
      {{"call", "--duration", "inf"}, "--duration: inf is no number above 0"},
      {{"call", "--port", "70000"}, "--port: 70000 is no number from 0 to 65535"},
      {{"call", "--port", "80a"}, "--port: 80a is no number"},
      {{"call", "--tone", "5"}, "--tone: 5 is no number from 20 to 20000"},
      {{"call", "--max-bitrate", "1e12"}, "from 0 to 100000000"},
      {{"call", "--ice-server", "foo"}, "--ice-server: "},
      {{"call", "--ice-server", "turn:192.0.2.1"}, "needs --ice-username and --ice-credential"},
      {{"call", "--interface", "none0"}, "--interface: this machine has none that is called none0"},
      {{"call", "--browser", "/nowhere/browser"}, "--browser: there is no program /nowhere/browser"},
      {{"call", "--report", "/nowhere/x.json"}, "--report: there is no folder /nowhere"},
      {{"ice", "--timeout", "0"}, "--timeout: 0 is no number above 0"},
  };
  for (const auto& [words, sentence] : rows) {
    const Said said = parse(words);
    EXPECT_NE(said.code, 0) << sentence;
    EXPECT_NE(said.text.find(sentence), std::string::npos) << said.text;
    EXPECT_LE(std::min(said.text.find('\n'), said.text.size()), 160u) << "one line: " << said.text;
    EXPECT_EQ(said.text.find("/somewhere"), std::string::npos) << said.text;
  }
}

TEST(CommandLine, TakesWhatIsRight) {
  EXPECT_EQ(
      parse({"call", "--port", "0", "--duration", "0.5", "--tone", "440", "--recording", "", "--picture", ""}).text,
      "");
  EXPECT_EQ(parse({"ice", "--no-ipv6", "--timeout", "3"}).code, 0);
  const Said help = parse({"call", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.text.find("Usage: tincan call [OPTIONS]"), std::string::npos) << help.text;
  EXPECT_EQ(help.text.find("FLOAT"), std::string::npos) << help.text;
  EXPECT_EQ(help.text.find("UINT"), std::string::npos) << help.text;
}

}  // namespace
}  // namespace tincan::inline v0::apps
