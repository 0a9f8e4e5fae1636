// What stands around the two examples: main()'s options, and the far end.

#include <array>
#include <csignal>
#include <cstdio>
#include <optional>

#include <CLI/CLI.hpp>

#include "apps/browser.h"
#include "apps/command_line.h"
#include "apps/examples/page.h"
#include "apps/examples/web_files.h"
#include "apps/signalling/server.h"
#include "net/net.h"

namespace tincan::inline v0::examples {

namespace {

using apps::SignallingServer;
using ClientId = SignallingServer::ClientId;

constexpr Duration kPatience = Duration::seconds(20);  // for media to come, once there are two peers
constexpr int kLaunches = 2;                           // of a Chromium that does not open the page
constexpr Duration kTick = Duration::millis(50);

struct Options {
  bool browser = false, headless = false, offer = false;
  uint16_t port = 0;
  std::optional<double> duration;
};

std::string describe(const VideoElement::Seen& seen) {
  return "video " + std::to_string(seen.width) + "x" + std::to_string(seen.height) + ", " +
         std::to_string(seen.videoFrames) + " frames; audio, " + std::to_string(seen.audioFrames) + " frames";
}

// One peer of this process: the page, and its script in it.
struct Peer {
  Peer(std::string itsName, net::Loop& loop, SignalingChannel& signaling)
      : name(std::move(itsName)), page{.loop = loop, .signaling = signaling} {}

  std::string name;
  Page page;
  std::unique_ptr<Script> script;
};

// To the page in the browser.
class WebSocketChannel final : public SignalingChannel {
 public:
  WebSocketChannel(SignallingServer& server, ClientId client) : server_(server), client_(client) {}
  void send(const json& message) override { server_.send(client_, message.dump()); }

 private:
  SignallingServer& server_;
  const ClientId client_;
};

class Run {
 public:
  Run(std::string name, const ScriptFactory& makeScript, Options options)
      : name_(std::move(name)),
        makeScript_(makeScript),
        options_(options),
        tick_(loop_),
        patience_(loop_),
        end_(loop_) {}

  int operator()() {
    net::Signals signals(loop_, [this](int) { finish("interrupted"); });
    if (options_.browser) {
      beginBrowser();
    } else {
      beginPair();
    }
    if (!ended_) {
      tick_.start(kTick, [this] { tick(); });
      loop_.run();
    }
    return exitCode_;
  }

 private:
  // ---- The far end ----

  void beginPair() {
    auto [one, other] = makePair(loop_);
    channels_ = {std::move(one), std::move(other)};
    addPeer("caller", *channels_[0]);
    addPeer("callee", *channels_[1]);
    if (!ended_) peers_[0]->script->start();
    expectMedia();
  }

  void beginBrowser() {
    SignallingServer::Callbacks callbacks;
    callbacks.opened = [this](ClientId id, const std::string&) { pageOpened(id); };
    callbacks.message = [this](ClientId id, const std::string& text) {
      if (id == client_) receive(text);
    };
    callbacks.closed = [this](ClientId id) {
      if (id == client_) finish("the page went away");
    };
    const SocketAddress address{*IpAddress::parse("127.0.0.1"), options_.port};
    auto server = SignallingServer::start(loop_, {.address = address, .files = exampleFiles()}, std::move(callbacks));
    if (!server) return fail(server.error());
    server_ = std::move(server).value();
    url_ = server_->url() + name_ + ".html" + (options_.offer ? "" : "?start");
    say(options_.headless ? "Chromium opens " + url_ : "open " + url_ + " in a browser (Ctrl-C ends)");
    if (options_.headless) launchBrowser();
  }

  void launchBrowser() {
    auto browser = apps::Browser::launch(url_);
    if (browser) {
      browser_ = std::move(browser).value();
      ++launches_;
      expectMedia();
    } else if (browser.error().code() == ErrorCode::kNotFoundError) {
      fail(Error(ErrorCode::kNotFoundError,
                 "no Chromium: apt-get install chromium, or --browser instead of --headless"));
    } else {
      fail(browser.error());
    }
  }

  void pageOpened(ClientId id) {
    if (client_ || ended_) return server_->close(id);
    client_ = id;
    channels_[0] = std::make_unique<WebSocketChannel>(*server_, id);
    addPeer("tincan", *channels_[0]);
    if (options_.offer && !ended_) peers_[0]->script->start();
    if (options_.headless) expectMedia();
  }

  void addPeer(const std::string& name, SignalingChannel& channel) {
    peers_.push_back(std::make_unique<Peer>(name, loop_, channel));
    Peer& peer = *peers_.back();
    peer.page.log = [this, name](const std::string& line) { say(name + ": " + line); };
    peer.page.error = [this, name](const Error& error) { fail(Error(error.code(), name + ": " + error.message())); };
    peer.script = makeScript_(peer.page);
    peer.page.ok(peer.script->load());
  }

  // {"seen": …} and {"error": …} are the page's own words to us; the rest is the examples' signalling.
  void receive(const std::string& text) {
    const auto shallow = [](int depth, json::parse_event_t, json&) { return depth < 4; };
    const json message = json::parse(text, shallow, /*allow_exceptions=*/false);
    const auto word = [&message](const char* key) {
      const json value = message.is_object() ? message.value(key, json()) : json();
      return value.is_string() ? value.get<std::string>() : std::string();
    };
    if (!message.is_object()) return fail(Error(ErrorCode::kSyntaxError, "the page sent what is no JSON object"));
    if (!word("error").empty()) return fail(Error(ErrorCode::kOperationError, "the page: " + word("error")));
    if (!word("seen").empty()) {
      pageSaw_ = word("seen");
    } else if (channels_[0]->onmessage) {
      channels_[0]->onmessage(message);
    }
  }

  // ---- Watching ----

  void expectMedia() {
    patience_.start(kPatience, [this] {
      if (options_.headless && !client_ && launches_ < kLaunches) {
        browser_.reset();
        return launchBrowser();
      }
      finish("no media within " + std::to_string(static_cast<int>(kPatience.toSeconds())) + " s");
    });
  }

  bool mediaCame() const {
    bool all = !peers_.empty();
    for (const auto& peer : peers_) all = all && peer->page.remoteView.seen().both();
    return all;
  }

  void tick() {
    if (browser_ && !browser_->running()) {
      const std::string words = browser_->lastWords();
      return fail(Error(ErrorCode::kIo, "Chromium ended by itself" + (words.empty() ? "" : ": " + words)));
    }
    if (!media_ && mediaCame()) {
      media_ = true;
      patience_.cancel();
      say("media came from the other side");
      if (options_.duration) {
        end_.start(Duration::micros(static_cast<int64_t>(*options_.duration * 1e6)), [this] { finish("time is up"); });
      }
    }
    tick_.start(kTick, [this] { tick(); });
  }

  // ---- The end ----

  void finish(const std::string& why) {
    if (ended_) return;
    if (!mediaCame())
      return fail(Error(ErrorCode::kTimeout, why + ": the other side's camera or microphone is missing"));
    for (const auto& peer : peers_) say(peer->name + " received " + describe(peer->page.remoteView.seen()));
    if (!pageSaw_.empty()) say("the page received " + pageSaw_);
    exitCode_ = 0;
    stop();
  }

  void fail(const Error& error) {
    if (ended_) return;
    std::fprintf(stderr, "%s: %s\n", name_.c_str(), error.message().c_str());
    stop();
  }

  void stop() {
    ended_ = true;
    loop_.stop();
  }

  void say(const std::string& line) {
    std::printf("%s: %s\n", name_.c_str(), line.c_str());
    std::fflush(stdout);
  }

  const std::string name_;
  const ScriptFactory& makeScript_;
  const Options options_;
  net::Loop loop_;
  net::Timer tick_, patience_, end_;
  std::unique_ptr<SignallingServer> server_;
  std::unique_ptr<apps::Browser> browser_;
  std::string url_;
  int launches_ = 0;
  std::optional<ClientId> client_;
  std::string pageSaw_;
  std::array<std::unique_ptr<SignalingChannel>, 2> channels_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool media_ = false;  // came, from both sides when both are here
  bool ended_ = false;
  int exitCode_ = 1;
};

}  // namespace

int run(const std::string& name, const ScriptFactory& makeScript, int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  CLI::App app("Two peers in one process; with --browser, this one and a web page that runs the same example");
  app.add_flag("--browser", options.browser, "Serve web/" + name + ".html and be its peer");
  app.add_flag("--headless", options.headless, "Open it in headless Chromium (implies --browser)");
  app.add_flag("--offer", options.offer, "Start here, so that this side offers (else the page does)");
  app.add_option("--port", options.port, "Port of the page (0: any)")
      ->check(apps::whole(0, 65535))
      ->type_name("PORT")
      ->capture_default_str();
  app.add_option("--duration", options.duration,
                 "Seconds to go on once media comes (1; a browser of yours: until it leaves)")
      ->check(apps::seconds())
      ->type_name("SECONDS");
  if (const auto code = apps::readPlainly(app, name, argc, argv)) return *code;
  if (options.headless) options.browser = true;
  if (!options.duration && (options.headless || !options.browser)) options.duration = 1;
  return Run(name, makeScript, options)();
}

}  // namespace tincan::inline v0::examples
