#include "apps/call/call.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include "apps/browser.h"
#include "apps/call/capture.h"
#include "apps/call/outputs.h"
#include "apps/call/page_address.h"
#include "apps/call/peer.h"
#include "apps/call/qr.h"
#include "apps/call/report.h"
#include "apps/call/stdio.h"
#include "apps/log_lines.h"
#include "apps/signalling/server.h"
#include "net/net.h"

namespace tincan::inline v0::apps {

namespace {

constexpr double kHeadlessDuration = 10;                      // seconds
constexpr Duration kTick = Duration::millis(500);             // between two looks at the statistics
constexpr Duration kBrowserPatience = Duration::seconds(15);  // for the browser to open the page
constexpr int kBrowserTries = 2;

bool hasDisplay() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
  };
  return set("DISPLAY") || set("WAYLAND_DISPLAY");
}

Duration secondsOf(double seconds) {
  return Duration::micros(static_cast<int64_t>(seconds * 1e6));
}

// The command: one call after the other with whoever opens the page, or a single one over standard input and output.
class CallCommand {
 public:
  explicit CallCommand(CallOptions options)
      : options_(std::move(options)),
        messages_(options_.stdio ? stderr : stdout),
        table_(messages_, ::isatty(::fileno(messages_)) != 0, "Ctrl-C hangs up"),
        tick_(loop_),
        hangUpTimer_(loop_),
        browserTimer_(loop_),
        stopTimer_(loop_) {}

  int run() {
    net::Signals signals(loop_, [this](int) { interrupted(); });
    if (auto begun = options_.stdio ? beginStdio() : beginPage(); !begun) return quitWith(begun.error());
    tick_.start(kTick, [this] { tick(); });
    loop_.run();
    return exitCode_;
  }

 private:
  using ClientId = SignallingServer::ClientId;

  // ---- Who calls ----

  Result<void> beginPage() {
    SignallingServer::Callbacks callbacks;
    callbacks.opened = [this](ClientId id, const std::string& target) { pageOpened(id, target); };
    callbacks.message = [this](ClientId id, const std::string& text) {
      if (id == client_) receive(text);
    };
    callbacks.closed = [this](ClientId id) {
      if (id != client_) return;
      client_.reset();
      if (peer_) peer_->hangUp("the page went away", std::nullopt, false);
    };
    auto page = pageServerOptions(options_);
    if (!page) return page.error();
    const bool warned = !page->certificate.empty();
    auto server = SignallingServer::start(loop_, std::move(page).value(), std::move(callbacks));
    if (!server) return server.error();
    server_ = std::move(server).value();
    if (options_.headless) return launchBrowser();
    invite();
    if (warned) say("its certificate was made just now, so the browser warns: go on, it is this machine");
    return {};
  }

  // Where to call, in a way that can be typed, or looked at by a telephone.
  void invite() {
    const auto urls = pageUrls(*server_);
    say("open " + urls.front() + " in a browser (Ctrl-C ends)");
    for (size_t i = 1; i < urls.size(); ++i) say(" or  " + urls[i]);
    if (!server_->address().ip.isLoopback() && ::isatty(::fileno(messages_)) != 0) {
      std::fputs(qrCode(urls.front()).c_str(), messages_);
    }
  }

  void pageOpened(ClientId id, const std::string& target) {
    if (client_ || finished_) {
      server_->send(id, R"({"busy":true})");
      server_->close(id);
      return;
    }
    browserTimer_.cancel();
    client_ = id;
    const bool pageOffers = !options_.offer || target.find("offer=page") != std::string::npos;
    server_->send(id, std::string(R"({"welcome":{"offer":")") + (pageOffers ? "page" : "tincan") + "\"}}");
    begin(!pageOffers);
  }

  Result<void> launchBrowser() {
    const std::string url = pageUrls(*server_).back() + "?auto=1";  // this machine's own
    auto browser = options_.browser.empty() ? Browser::launch(url) : Browser::launch(url, options_.browser);
    if (!browser) return browser.error();
    browser_ = std::move(browser).value();
    if (++browserTries_ == 1) say("calling " + browserName() + " on " + server_->url());
    browserTimer_.start(kBrowserPatience, [this] { browserSilent(); });
    return {};
  }

  std::string browserName() const { return options_.browser.empty() ? "Chromium" : options_.browser; }

  void browserSilent() {
    const std::string words = browser_->lastWords();
    if (browserTries_ < kBrowserTries) {
      browser_.reset();
      if (auto again = launchBrowser(); !again) end(again);
      return;
    }
    end(Error(ErrorCode::kTimeout,
              browserName() + " was started but did not open the page" + (words.empty() ? "" : ": " + words)));
  }

  Result<void> beginStdio() {
    LineReader::Callbacks callbacks;
    callbacks.line = [this](const std::string& line) { receive(line); };
    callbacks.end = [this](bool overlong) { inputEnded(overlong); };
    input_ = std::make_unique<LineReader>(loop_, STDIN_FILENO, std::move(callbacks));
    begin(options_.offer);
    return {};
  }

  // Nobody is there to signal with any more, so the call is over, connected or not.
  void inputEnded(bool overlong) {
    if (!peer_) return;
    if (overlong) {
      const Error error(ErrorCode::kSyntaxError, "a line of more than 1 MiB is no signalling message");
      return peer_->hangUp(error.message(), error);
    }
    if (peer_->isConnected()) return peer_->hangUp("standard input ended");
    const Error error(ErrorCode::kOperationError, "standard input ended before the call was connected");
    peer_->hangUp(error.message(), error);
  }

  // Nobody hears us any more: not a far end that does not answer, and not to be waited for.
  void outputEnded() {
    if (std::exchange(outputEnded_, true)) return;
    loop_.post([this] {
      const Error error(ErrorCode::kIo, "standard output, which carries the signalling, cannot be written");
      if (peer_) peer_->hangUp(error.message(), error);
    });
  }

  // ---- A call ----

  void begin(bool offerer) {
    Peer::Callbacks callbacks;
    callbacks.send = [this](const SignallingMessage& message) { send(toJson(message)); };
    callbacks.notes = [this](const std::vector<std::string>& lines) { tellNotes(lines); };
    callbacks.connected = [this] { connected(); };
    callbacks.ended = [this] { loop_.post([this] { callEnded(); }); };
    auto peer = Peer::create(loop_, options_, outputsOfNextCall(options_, !std::exchange(called_, true)), offerer,
                             std::move(callbacks));
    if (!peer) return end(peer.error());
    peer_ = std::move(peer).value();
  }

  void send(const std::string& json) {
    if (server_ && client_) server_->send(*client_, json);
    if (options_.stdio) {
      if (std::printf("%s\n", json.c_str()) < 0 || std::fflush(stdout) != 0) outputEnded();
    }
  }

  void receive(const std::string& text) {
    if (!peer_) return;
    auto message = parseMessage(text);
    if (!message && meansCandidate(text)) return peer_->passOverCandidate(message.error());
    if (!message) return peer_->hangUp(message.error().message(), message.error());
    peer_->receive(*message);
  }

  // What the far end wrote otherwise than it should, and what was made of it: no error, and good to know.
  void tellNotes(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) say("note: " + line);
    if (options_.stdio) send(notesJson(lines));
  }

  void connected() {
    if (options_.duration) {
      hangUpTimer_.start(secondsOf(*options_.duration), [this] { peer_->hangUp("time is up"); });
    }
  }

  void tick() {
    if (finished_) return;
    if (peer_) table_.show(peer_->stats());
    if (browser_ && !browser_->running()) {
      const std::string words = browser_->lastWords();
      return end(Error(ErrorCode::kIo, browserName() + " ended by itself" + (words.empty() ? "" : ": " + words)));
    }
    tick_.start(kTick, [this] { tick(); });
  }

  void callEnded() {
    hangUpTimer_.cancel();
    table_.show(peer_->stats());
    table_.finish();
    const CallOutcome outcome = peer_->outcome();
    peer_.reset();
    Result<void> verdict = judge(outcome, options_, !options_.stdio);
    Result<void> reported;
    if (!options_.report.empty()) {
      reported = writeReport(options_.report, outcome, verdict);
      if (!reported && verdict) verdict = reported;
    }
    // Once, where the verdict is the reason, or names it.
    const std::string why = verdict ? std::string() : verdict.error().message();
    const bool told = why == outcome.endReason;
    if (told || why.find(outcome.endReason) == std::string::npos) say("call ended: " + outcome.endReason);
    for (const std::string& file : outcome.files) say("wrote " + file);
    if (!options_.report.empty() && reported) say("wrote " + options_.report);
    const bool last = options_.stdio || options_.headless || options_.once || options_.duration || interrupted_;
    if (last) return end(verdict, told);
    if (!verdict && !told) complain(verdict.error());
    if (client_) server_->close(*client_);
    say("open " + pageUrls(*server_).front() + " to call again (Ctrl-C ends)");
  }

  // ---- The end ----

  void interrupted() {
    if (std::exchange(interrupted_, true)) std::_Exit(130);  // the second Ctrl-C does not wait for anything
    if (peer_) return peer_->hangUp("interrupted");
    // Nobody called: nothing failed, unless somebody was to.
    end(options_.headless ? Result<void>(Error(ErrorCode::kOperationError, "interrupted before the call"))
                          : Result<void>());
  }

  void end(const Result<void>& verdict, bool told = false) {
    if (std::exchange(finished_, true)) return;
    if (!verdict && !told) complain(verdict.error());
    exitCode_ = verdict ? 0 : 1;
    tick_.cancel();
    browserTimer_.cancel();
    browser_.reset();
    if (server_ && client_) server_->close(*client_);
    // A turn of the loop for the goodbye on the WebSocket.
    stopTimer_.start(Duration::millis(20), [this] { loop_.stop(); });
  }

  int quitWith(const Error& error) {
    complain(error);
    return 1;
  }

  void say(const std::string& line) {
    std::fprintf(messages_, "tincan: %s\n", line.c_str());
    std::fflush(messages_);
  }

  static void complain(const Error& error) { std::fprintf(stderr, "tincan: %s\n", error.message().c_str()); }

  net::Loop loop_;
  const CallOptions options_;
  std::FILE* messages_;  // standard output carries the signalling with --stdio
  Table table_;
  net::Timer tick_, hangUpTimer_, browserTimer_, stopTimer_;
  std::unique_ptr<SignallingServer> server_;
  std::unique_ptr<LineReader> input_;
  std::unique_ptr<Browser> browser_;
  int browserTries_ = 0;
  std::optional<ClientId> client_;
  std::unique_ptr<Peer> peer_;
  bool called_ = false;  // there was a call before
  bool outputEnded_ = false;
  bool interrupted_ = false;
  bool finished_ = false;
  int exitCode_ = 1;
};

}  // namespace

int runCall(CallOptions options) {
  if (options.listDevices) return printDevices();
  if (const char* path = std::getenv("SSLKEYLOGFILE")) options.keyLog = path;
  if (auto sound = complete(options); !sound) {
    std::fprintf(stderr, "tincan: %s\n", sound.error().message().c_str());
    return 2;
  }
  if (auto capture = checkCapture(options); !capture) {
    std::fprintf(stderr, "tincan: %s\n", capture.error().message().c_str());
    return 2;
  }
  logToStandardError(options.verbose);
  if (!options.stdio && !options.noBrowser && !hasDisplay()) options.headless = true;
  if (options.headless && !options.duration) options.duration = kHeadlessDuration;
  return CallCommand(std::move(options)).run();
}

}  // namespace tincan::inline v0::apps
