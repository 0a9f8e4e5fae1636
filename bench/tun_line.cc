// A line between two network namespaces: what one TUN device takes in comes out of the other, behind a bottleneck with a
// drop-tail queue, a delay, and losses by a seed. The kernel here has no netem, and this one is the same everywhere.
//
//     tun_line LEFT RIGHT DELAY_MS LOSS RATE_MBIT [SEED]
//
// LEFT and RIGHT are the namespaces, which exist; it makes "line0" in each, 10.77.0.1 and 10.77.0.2, with an MTU of 1,500, and
// prints "ready". DELAY_MS is one way's, LOSS a part of one, RATE_MBIT 0 for no bottleneck; the queue is a bandwidth-delay
// product of the round trip, at least 64 packets. Ends with its standard input.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#include <vector>

#include "bench/command_line.h"

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int64_t nowNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

struct Shape {
  double delayNanos = 0;
  double loss = 0;
  double bitsPerSecond = 0;
  double queueNanos = 0;  // of the bottleneck
};

class Way {
 public:
  Way(const Shape& shape, uint64_t seed) : shape_(shape), random_(seed | 1) {}

  void take(std::vector<uint8_t> packet, int64_t now) {
    int64_t leaves = now;
    if (shape_.bitsPerSecond > 0) {
      const int64_t start = std::max(now, free_);
      if (static_cast<double>(start - now) > shape_.queueNanos) return;
      free_ = start + static_cast<int64_t>(static_cast<double>(packet.size()) * 8e9 / shape_.bitsPerSecond);
      leaves = free_;
    }
    if (chance() < shape_.loss) return;
    waiting_.push_back({leaves + static_cast<int64_t>(shape_.delayNanos), std::move(packet)});
  }
  void give(int fd, int64_t now) {
    for (; !waiting_.empty() && waiting_.front().at <= now; waiting_.pop_front()) {
      const std::vector<uint8_t>& packet = waiting_.front().bytes;
      if (::write(fd, packet.data(), packet.size()) < 0 && errno != EAGAIN && errno != ENOBUFS) return;
    }
  }
  int64_t next() const { return waiting_.empty() ? INT64_MAX : waiting_.front().at; }

 private:
  struct Waiting {
    int64_t at;
    std::vector<uint8_t> bytes;
  };
  double chance() {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<double>(random_ >> 11) / 9007199254740992.0;
  }

  Shape shape_;
  uint64_t random_;
  int64_t free_ = 0;
  std::deque<Waiting> waiting_;
};

/// The device stays in the namespace in which it was made; we go back.
int openIn(const std::string& name, const char* address) {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int space = ::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (space < 0 || ::setns(space, CLONE_NEWNET) != 0) fail(name.c_str());
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, "line0", IFNAMSIZ - 1);
  if (fd < 0 || ::ioctl(fd, TUNSETIFF, &request) != 0) fail("TUN");
  const std::string commands =
      std::string("ip addr add ") + address +
      "/24 dev line0 && ip link set line0 mtu 1500 txqueuelen 10000 up && ip link set lo up && "
      "ip route add default dev line0";
  if (std::system(commands.c_str()) != 0) fail("ip");
  ::setns(home, CLONE_NEWNET);
  ::close(space);
  ::close(home);
  return fd;
}

void readAll(int fd, Way& way) {
  std::vector<uint8_t> buffer(65'536);
  for (int i = 0; i < 256; ++i) {
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size <= 0) return;
    way.take(std::vector<uint8_t>(buffer.begin(), buffer.begin() + size), nowNanos());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string left, right;
  double delay = 0, loss = 0, rate = 0;
  uint64_t seed = 1;
  tincan::bench::CommandLine("tun_line",
                             "LEFT RIGHT DELAY_MS LOSS RATE_MBIT [SEED]: a line between two network "
                             "namespaces; LOSS is a share, a rate of 0 has no limit")
      .word("LEFT", left, {}, true)
      .word("RIGHT", right, {}, true)
      .word("DELAY_MS", delay, 0, 60'000, true)
      .word("LOSS", loss, 0, 1, true)
      .word("RATE_MBIT", rate, 0, 100'000, true)
      .word("SEED", seed, 0, UINT32_MAX)
      .read(argc, argv);
  Shape shape;
  shape.delayNanos = delay * 1e6;
  shape.loss = loss;
  shape.bitsPerSecond = rate * 1e6;
  if (shape.bitsPerSecond > 0) shape.queueNanos = std::max(2 * shape.delayNanos, 64 * 12e12 / shape.bitsPerSecond);
  Way there(shape, seed * 2654435761), back(shape, seed * 2246822519 + 7);
  std::array<int, 2> ends = {openIn(left, "10.77.0.1"), openIn(right, "10.77.0.2")};
  ::prctl(PR_SET_TIMERSLACK, 1000UL);  // or each wait is 50 µs longer
  std::printf("ready\n");
  std::fflush(stdout);
  std::array<pollfd, 3> fds = {pollfd{ends[0], POLLIN, 0}, pollfd{ends[1], POLLIN, 0}, pollfd{0, POLLIN, 0}};
  while (true) {
    const int64_t wait = std::min(there.next(), back.next());
    const int64_t nanos = wait == INT64_MAX ? 1'000'000'000 : std::max<int64_t>(0, wait - nowNanos());
    const timespec timeout = {nanos / 1'000'000'000, nanos % 1'000'000'000};
    ::ppoll(fds.data(), fds.size(), &timeout, nullptr);
    if (fds[2].revents != 0) {
      char byte = 0;
      if (::read(0, &byte, 1) <= 0) return 0;
    }
    if (fds[0].revents & POLLIN) readAll(ends[0], there);
    if (fds[1].revents & POLLIN) readAll(ends[1], back);
    there.give(ends[1], nowNanos());
    back.give(ends[0], nowNanos());
  }
}
