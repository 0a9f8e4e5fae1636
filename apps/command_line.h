#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.h"

/// How a command line says what is wrong with it: one sentence for a person, and where more is to be read.
namespace tincan::inline v0::apps {

/// A number from `least` to `most`. In place of CLI::Range, which tells 300 digits of the largest double.
CLI::Validator between(double least, double most);
/// The same of what has no fractions.
CLI::Validator whole(double least, double most);
/// Seconds: above zero, and no more than a year.
CLI::Validator seconds();
/// One of `names`.
CLI::Validator oneOf(std::vector<std::string> names);

/// Whether this machine has network interfaces of all these names.
Result<void> checkInterfaces(const std::vector<std::string>& names);

/// Has `app` name itself and its errors so.
void speakPlainly(CLI::App& app);
/// For a program without subcommands: the exit code with which it ends at once, after --help or a wrong command line.
std::optional<int> readPlainly(CLI::App& app, const std::string& name, int argc, const char* const* argv);
/// What is wrong with the first word of a command line that names no subcommand of `app`.
std::optional<std::string> wrongCommand(const CLI::App& app, int argc, const char* const* argv);

}  // namespace tincan::inline v0::apps
