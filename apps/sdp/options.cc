#include "apps/sdp/options.h"

#include <CLI/CLI.hpp>

#include "apps/command_line.h"

namespace tincan::inline v0::apps {

CLI::App* addSdpCommand(CLI::App& app, SdpOptions& options) {
  CLI::App* sdp = app.add_subcommand("sdp", "Explain a session description (an offer or an answer) in plain words");
  sdp->add_option("FILE", options.files,
                  "The description: SDP, or JSON as browsers log it ({\"type\":…,\"sdp\":…}); - is standard input")
      ->required()
      ->expected(-1)
      ->type_name("");
  sdp->add_option("--type", options.type, "Read it as this, whatever it looks like")
      ->check(oneOf({"offer", "answer", "pranswer"}));
  CLI::Option* check =
      sdp->add_flag("--check", options.check, "Only say what is wrong, by line and column; exit code 1");
  CLI::Option* answer = sdp->add_flag("--answer", options.answer, "Print what tincan answers to this offer");
  sdp->add_flag("--diff", options.diff, "Say what the second FILE changes of the first")
      ->excludes(check)
      ->excludes(answer);
  check->excludes(answer);
  sdp->add_flag("--json", options.json, "Print JSON, as docs/schemas/sdp.schema.json has it");
  sdp->footer(
      "Reads a description as browsers do: what can be forgiven is, and told. Examples:\n"
      "  tincan sdp offer.sdp                  m-lines, codecs, transports, and what tincan would answer\n"
      "  tincan sdp --check offer.sdp          offer.sdp:12:8: what is wrong\n"
      "  tincan sdp --answer - < offer.sdp     the answer itself\n"
      "  tincan sdp --diff offer.sdp answer.sdp\n"
      "Exit code: 0; 1 if the description cannot be used, or --check found something; 2 for a wrong command line.");
  return sdp;
}

}  // namespace tincan::inline v0::apps
