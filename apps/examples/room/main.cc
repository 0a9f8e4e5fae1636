// A room for browsers: http://…/room.html?publish sends a camera in three encodings, http://…/room.html watches it.
//
//     build/room [port]

#include <cstdio>

#include <CLI/CLI.hpp>

#include "apps/command_line.h"
#include "apps/examples/room/room.h"
#include "apps/examples/web_files.h"
#include "apps/signalling/server.h"

int main(int count, char** arguments) {
  using namespace tincan;
  uint16_t port = 0;
  CLI::App app("A room for browsers: who opens the page with ?publish sends, the others watch");
  app.add_option("port", port, "Port of the page (0: any)")->check(apps::whole(0, 65535))->type_name("");
  if (const auto code = apps::readPlainly(app, "room", count, arguments)) return *code;
  net::Loop loop;
  std::unique_ptr<apps::SignallingServer> server;
  examples::Room room(loop, [&](examples::Room::Id id, const std::string& text) { server->send(id, text); });
  apps::SignallingServer::Callbacks callbacks;
  callbacks.opened = [&](uint64_t id, const std::string& target) {
    if (!room.join(id, target.find("publish") != std::string::npos)) server->close(id);
  };
  callbacks.message = [&](uint64_t id, const std::string& text) { room.receive(id, text); };
  callbacks.closed = [&](uint64_t id) { room.leave(id); };
  auto started = apps::SignallingServer::start(
      loop, {.address = {*IpAddress::parse("127.0.0.1"), port}, .files = examples::exampleFiles()},
      std::move(callbacks));
  if (!started) {
    std::fprintf(stderr, "room: %s\n", started.error().message().c_str());
    return 1;
  }
  server = std::move(started).value();
  std::printf("room: open %sroom.html?publish, and %sroom.html to watch (Ctrl-C ends)\n", server->url().c_str(),
              server->url().c_str());
  std::fflush(stdout);
  net::Signals signals(loop, [&](int) { loop.stop(); });
  loop.run();
  return 0;
}
