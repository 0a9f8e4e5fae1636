#include "apps/command_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <net/if.h>
#include <vector>

namespace tincan::inline v0::apps {
namespace {

std::optional<double> toNumber(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || at != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::string toText(double number) {
  char out[32];
  const auto [end, error] = std::to_chars(out, out + sizeof out, number, std::chars_format::fixed);
  return error == std::errc() ? std::string(out, end) : "?";
}

std::vector<const CLI::App*> allCommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// "call, ice or sdp".
std::string commandsOf(const CLI::App& app) {
  const auto commands = allCommands(app);
  std::string out;
  for (size_t i = 0; i < commands.size(); ++i) {
    if (i > 0) out += i + 1 == commands.size() ? " or " : ", ";
    out += commands[i]->get_name();
  }
  return out;
}

}  // namespace

CLI::Validator between(double least, double most) {
  const auto check = [=](std::string& text) {
    const auto number = toNumber(text);
    if (number && *number >= least && *number <= most) return std::string();
    return text + " is no number from " + toText(least) + " to " + toText(most);
  };
  return CLI::Validator(check, "");
}

CLI::Validator positive() {
  const auto check = [](std::string& text) {
    const auto number = toNumber(text);
    return number && *number > 0 ? std::string() : text + " is no number above 0";
  };
  return CLI::Validator(check, "");
}

Result<void> checkInterfaces(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (::if_nametoindex(name.c_str()) == 0)
      return Error(ErrorCode::kNotFoundError, "--interface: this machine has none that is called " + name);
  }
  return {};
}

void speakPlainly(CLI::App& app) {
  app.name("tincan");
  app.failure_message([](const CLI::App* root, const CLI::Error& error) {
    const auto parsed = root->get_subcommands();
    const std::string command = parsed.empty() ? "tincan" : "tincan " + parsed.front()->get_name();
    return command + ": " + error.what() + "\n" + command + " --help tells more\n";
  });
}

std::optional<std::string> wrongCommand(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2) return "tincan: say what to do: " + commandsOf(app) + "\ntincan --help tells more\n";
  const std::string first = argv[1];
  if (first == "-h" || first == "--help" || first == "--version") return std::nullopt;
  const auto commands = allCommands(app);
  const auto isIt = [&](const CLI::App* command) { return command->get_name() == first; };
  if (std::any_of(commands.begin(), commands.end(), isIt)) return std::nullopt;
  const char* kind = first.starts_with('-') ? "option" : "command";
  return "tincan: there is no " + std::string(kind) + " " + first + ": begin with " + commandsOf(app) +
         "\ntincan --help tells more\n";
}

}  // namespace tincan::inline v0::apps
