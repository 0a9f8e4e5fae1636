// A selective forwarding unit in one process, over real sockets: a test card in three encodings, the unit, and viewers,
// each of which is given another encoding every two seconds.
//
//     build/sfu [viewers] [seconds]
//
// A server of its own would take parameters() and candidates of those who come from its signalling, instead of from the
// objects beside it.

#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/command_line.h"
#include "apps/examples/sfu/ends.h"
#include "apps/examples/sfu/sfu.h"
#include "net/net.h"

namespace tincan::inline v0::examples {
namespace {

constexpr const char* kRids[] = {"l", "m", "h"};

// What signalling carries, here from one object to the other.
void join(stack::SessionEndpoint& a, stack::SessionEndpoint& b) {
  a.oncandidate = [&b](const ice::Candidate& candidate) { b.addRemoteCandidate(candidate); };
  b.oncandidate = [&a](const ice::Candidate& candidate) { a.addRemoteCandidate(candidate); };
  a.connect(b.parameters());
  b.connect(a.parameters());
}

struct Seat {
  std::unique_ptr<Viewer> viewer;
  Sfu::Watcher* watcher = nullptr;
  int width = 0;
};

class Program {
 public:
  Program(size_t viewers, int seconds)
      : identity_(crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random_,
                                             loop_.wallTime().toUnixMicros() / 1'000'000)
                      .value()),
        sfu_(unitConfig(), identity_, random_, loop_.pool()),
        publisher_(endpointConfig(), identity_, random_, loop_.pool()),
        ticks_(loop_),
        seconds_(loop_),
        secondsLeft_(seconds) {
    drive(sfu_.publisher());
    drive(publisher_.endpoint());
    for (size_t i = 0; i < viewers; ++i) {
      Seat& seat = seats_.emplace_back();
      seat.viewer = std::make_unique<Viewer>(endpointConfig(), identity_, random_, loop_.pool());
      seat.watcher = &sfu_.addWatcher();
      drive(seat.viewer->endpoint());
      drive(seat.watcher->endpoint());
    }
    for (size_t i = 0; i < viewers; ++i) {
      Seat& seat = seats_[i];
      seat.viewer->onpicture = [&seat](const media::VideoFrame& picture) { seat.width = picture.width; };
      seat.watcher->choose(kRids[i % 3]);
      join(seat.watcher->endpoint(), seat.viewer->endpoint());
    }
    join(sfu_.publisher(), publisher_.endpoint());
  }

  /// Whether every viewer has seen pictures.
  bool run() {
    tick();
    second();
    loop_.run();
    bool all = true;
    for (const Seat& seat : seats_) all &= seat.viewer->pictures > 0;
    return all;
  }

 private:
  stack::SessionEndpoint::Config endpointConfig() const {
    stack::SessionEndpoint::Config out;
    out.session.reports.cname = "sfu";
    out.session.reports.unixMicrosAtZero = loop_.wallTime().toUnixMicros() - loop_.now().micros();
    return out;
  }
  Sfu::Config unitConfig() const {
    Sfu::Config out;
    out.endpoint = endpointConfig();
    out.section = simulcastSection();
    return out;
  }
  void drive(Endpoint& endpoint) { drivers_.push_back(std::make_unique<net::Driver>(loop_, endpoint)); }

  void tick() {
    publisher_.run(loop_.now());
    for (const Seat& seat : seats_) {
      seat.viewer->run(loop_.now());
      seat.viewer->endpoint().wake();
    }
    ticks_.start(Duration::millis(5), [this] { tick(); });
  }

  void second() {
    for (size_t i = 0; i < seats_.size(); ++i) {
      std::printf("viewer %zu: %llu pictures, %d wide%s", i,
                  static_cast<unsigned long long>(seats_[i].viewer->pictures), seats_[i].width,
                  i + 1 == seats_.size() ? "\n" : "; ");
      if (secondsLeft_ % 2 == 0) seats_[i].watcher->choose(kRids[(i + static_cast<size_t>(secondsLeft_) / 2) % 3]);
    }
    if (secondsLeft_-- == 0) return loop_.stop();
    seconds_.start(Duration::seconds(1), [this] { second(); });
  }

  net::Loop loop_;
  net::OsRandom random_;
  crypto::Identity identity_;
  Sfu sfu_;
  Publisher publisher_;
  std::vector<Seat> seats_;
  std::vector<std::unique_ptr<net::Driver>> drivers_;  // go first: each has its endpoint say goodbye
  net::Timer ticks_, seconds_;
  int secondsLeft_;
};

}  // namespace
}  // namespace tincan::inline v0::examples

int main(int count, char** arguments) {
  int viewers = 2, seconds = 10;
  CLI::App app("A selective forwarding unit, its publisher and its viewers in one process, over real sockets");
  app.add_option("viewers", viewers, "How many watch (2)")->check(tincan::apps::whole(1, 100))->type_name("");
  app.add_option("seconds", seconds, "How long (10)")->check(tincan::apps::whole(1, 86'400))->type_name("");
  if (const auto code = tincan::apps::readPlainly(app, "sfu", count, arguments)) return *code;
  return tincan::examples::Program(static_cast<size_t>(viewers), seconds).run() ? 0 : 1;
}
