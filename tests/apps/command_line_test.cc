// What is wrong with a command line is said in one sentence that a person can read.
#include "apps/command_line.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "apps/call/options.h"
#include "apps/ice/options.h"
#include "apps/sdp/options.h"

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
  SdpOptions sdp;
  app.require_subcommand(1);
  speakPlainly(app);
  addCallCommand(app, call);
  addIceCommand(app, ice);
  addSdpCommand(app, sdp);
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
      {{}, "tincan: say what to do: call, ice or sdp"},
      {{"nonsense"}, "there is no command nonsense"},
      {{"--nonsense"}, "there is no option --nonsense"},
      {{"call", "--nonsense"}, "tincan call: there is no option --nonsense (tincan call --help tells more)"},
      {{"call", "first", "second"}, "tincan call: what is \"first\" for?"},
      {{"call", "--port"}, "--port needs a value"},
      {{"call", "--port="}, "--port needs a value"},
      {{"call", "--port", ""}, "--port: \"\" is no whole number from 0 to 65535"},
      {{"call", "--port", "1e3"}, "--port: 1e3 is no whole number from 0 to 65535"},
      {{"call", "--port", "80.5"}, "--port: 80.5 is no whole number"},
      {{"call", "--headless=perhaps"}, "--headless takes no value such as perhaps"},
      {{"call", "--fec", "x"}, "--fec: x is none of none, ulpfec, flexfec and red"},
      {{"call", "--duration", "1e300"}, "--duration: 1e300 is more than a year of seconds"},
      {{"call", "--audio", "/dev/null"}, "--audio: /dev/null is a folder or a device: name a file"},
      {{"call", "--video", "/nowhere.y4m"}, "--video: there is no file /nowhere.y4m"},
      {{"call", "--browser", "/tmp"}, "--browser: there is no program /tmp"},
      {{"call", "--min-bitrate", "500000", "--max-bitrate", "100000"}, "--min-bitrate is above --max-bitrate"},
      {{"call", "--interface", ""}, "none that is called \"\""},
      {{"sdp"}, "tincan sdp: FILE is missing"},
      {{"sdp", "--nonsense"}, "tincan sdp: there is no option --nonsense"},
      {{"sdp", "--check", "--answer", "x"}, "--check and --answer do not go together"},
      {{"call", "--duration", "-1"}, "--duration: -1 is no number above 0"},
      {{"call", "--duration", "soon"}, "--duration: soon is no number above 0"},
      {{"call", "--duration", "inf"}, "--duration: inf is no number above 0"},
      {{"call", "--port", "70000"}, "--port: 70000 is no whole number from 0 to 65535"},
      {{"call", "--port", "80a"}, "--port: 80a is no whole number"},
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
    EXPECT_LE(said.text.size(), 160u) << said.text;
    EXPECT_LE(std::count(said.text.begin(), said.text.end(), '\n'), 1) << "one line: " << said.text;
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
