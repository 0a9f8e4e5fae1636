#include "apps/ice/options.h"

#include <CLI/CLI.hpp>

#include "apps/command_line.h"
#include "apps/credential.h"

namespace tincan::inline v0::apps {

CLI::App* addIceCommand(CLI::App& app, IceOptions& options) {
  CLI::App* ice = app.add_subcommand("ice", "Gather ICE candidates and print them, or check STUN and TURN servers");
  ice->add_option("--server", options.servers,
                  "Gather with this stun:, stuns:, turn: or turns: URL; may be given again")
      ->type_name("URL");
  ice->add_option("--check", options.check, "Say in plain words what works with this server; may be given again")
      ->type_name("URL");
  ice->add_option("--username", options.username, "For turn: and turns: servers")->envname(kUsernameVariable);
  ice->add_option("--credential", options.credential,
                  "For turn: and turns: servers; others can read it in the list of processes, and not in a file")
      ->envname(kCredentialVariable);
  ice->add_option("--credential-file", options.credentialFile, "A file whose first line is the credential")
      ->type_name("FILE");
  ice->add_flag("--relay", options.relayOnly, "Only relayed candidates, as with iceTransportPolicy 'relay'");
  ice->add_flag("--loopback", options.loopback, "Gather on loopback addresses too");
  ice->add_flag_callback(
      "--no-ipv6", [&options] { options.ipv6 = false; }, "Leave out IPv6");
  ice->add_option("--interface", options.interfaces, "Only this network interface; may be given again")
      ->type_name("NAME");
  ice->add_option("--cacert", options.certificates, "Trust these certificates too (PEM), for stuns: and turns:")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  ice->add_option("--timeout", options.timeout, "Seconds that gathering may take")
      ->check(seconds())
      ->capture_default_str()
      ->type_name("SECONDS");
  return ice;
}

Result<std::vector<ice::ServerUrl>> parseServers(const std::vector<std::string>& urls, const IceOptions& options) {
  std::vector<ice::ServerUrl> servers;
  for (const std::string& url : urls) {
    auto server = ice::ServerUrl::parse(url);
    if (!server) return server.error();
    if (server->isTurn() && (options.username.empty() || options.credential.empty())) {
      return Error(ErrorCode::kInvalidAccessError, url + ": a TURN server needs --username and --credential");
    }
    server->username = options.username;
    server->credential = options.credential;
    servers.push_back(std::move(server).value());
  }
  return servers;
}

}  // namespace tincan::inline v0::apps
