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

// What was given, also where that is nothing.
std::string named(const std::string& text) {
  return text.empty() ? "\"\"" : text;
}

// CLI11's sentences are for those who have read its manual.
std::string plainly(const CLI::App& app, const CLI::Error& error) {
  const std::vector<std::string> left = app.remaining(true);
  for (const std::string& word : left) {
    if (word.starts_with('-') && word.size() > 1) return "there is no option " + word;
  }
  if (!left.empty()) return "what is \"" + left.front() + "\" for?";
  const std::string text = error.what();
  const auto colon = text.find(": ");
  if (error.get_name() == "ArgumentMismatch" && text.ends_with(" missing"))
    return text.substr(0, colon) + " needs a value";
  if (error.get_name() == "ConversionError" && text.starts_with("Could not convert: ")) {
    const auto equals = text.find(" = ");
    return text.substr(colon + 2, equals - colon - 2) + " takes no value such as " + text.substr(equals + 3);
  }
  if (error.get_name() == "RequiredError" && text.ends_with(" is required"))
    return text.substr(0, text.size() - 9) + " missing";
  if (const auto at = text.find(" excludes "); error.get_name() == "ExcludesError" && at != std::string::npos)
    return text.substr(0, at) + " and " + text.substr(at + 10) + " do not go together";
  return text;
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
    return named(text) + " is no number from " + toText(least) + " to " + toText(most);
  };
  return CLI::Validator(check, "");
}

CLI::Validator whole(double least, double most) {
  const auto check = [=](std::string& text) {
    const auto number = toNumber(text);
    const bool digits = text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == std::string::npos;
    if (number && digits && *number >= least && *number <= most) return std::string();
    return named(text) + " is no whole number from " + toText(least) + " to " + toText(most);
  };
  return CLI::Validator(check, "");
}

CLI::Validator seconds() {
  constexpr double kYear = 365 * 86'400;
  const auto check = [](std::string& text) {
    const auto number = toNumber(text);
    if (number && *number > 0 && *number <= kYear) return std::string();
    return named(text) + (number && *number > kYear ? " is more than a year of seconds" : " is no number above 0");
  };
  return CLI::Validator(check, "");
}

CLI::Validator oneOf(std::vector<std::string> names) {
  const auto check = [names = std::move(names)](std::string& text) {
    if (std::find(names.begin(), names.end(), text) != names.end()) return std::string();
    std::string out = named(text) + " is none of ";
    for (size_t i = 0; i < names.size(); ++i) out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return out;
  };
  return CLI::Validator(check, "");
}

Result<void> checkInterfaces(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (::if_nametoindex(name.c_str()) == 0)
      return Error(ErrorCode::kNotFoundError, "--interface: this machine has none that is called " + named(name));
  }
  return {};
}

void speakPlainly(CLI::App& app) {
  app.name("tincan");
  app.failure_message([](const CLI::App* root, const CLI::Error& error) {
    const auto parsed = root->get_subcommands();
    const std::string command = parsed.empty() ? "tincan" : "tincan " + parsed.front()->get_name();
    return command + ": " + plainly(*root, error) + " (" + command + " --help tells more)\n";
  });
}

std::optional<int> readPlainly(CLI::App& app, const std::string& name, int argc, const char* const* argv) {
  speakPlainly(app);
  app.name(name);
  app.failure_message([name](const CLI::App* root, const CLI::Error& error) {
    return name + ": " + plainly(*root, error) + " (--help tells more)\n";
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return std::nullopt;
}

std::optional<std::string> wrongCommand(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2) return "tincan: say what to do: " + commandsOf(app) + " (tincan --help tells more)\n";
  const std::string first = argv[1];
  if (first == "-h" || first == "--help" || first == "--version") return std::nullopt;
  const auto commands = allCommands(app);
  const auto isIt = [&](const CLI::App* command) { return command->get_name() == first; };
  if (std::any_of(commands.begin(), commands.end(), isIt)) return std::nullopt;
  const char* kind = first.starts_with('-') ? "option" : "command";
  return "tincan: there is no " + std::string(kind) + " " + first + ": begin with " + commandsOf(app) +
         " (tincan --help tells more)\n";
}

}  // namespace tincan::inline v0::apps
