#include "apps/browser.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tincan::inline v0::apps {

namespace {

namespace fs = std::filesystem;

// Where the keeper has what it got from us.
constexpr int kLife = 3;
constexpr int kLog = 4;

constexpr off_t kMaxLog = 4096;  // as much of the browser's stderr as anybody wants to see

std::vector<std::string> chromiumArguments(const std::string& program, const std::string& profile,
                                           const std::string& url) {
  return {program,
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--no-default-browser-check",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-dev-shm-usage",
          "--disable-extensions",
          "--disable-background-timer-throttling",
          "--disable-renderer-backgrounding",
          "--disable-backgrounding-occluded-windows",
          "--use-fake-ui-for-media-stream",
          "--use-fake-device-for-media-stream",
          "--autoplay-policy=no-user-gesture-required",
          "--allow-loopback-in-peer-connection",
          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
          "--user-data-dir=" + profile,
          url};
}

// The preferences that stand for Chromium's options: fake devices, no questions, nothing fetched from outside.
constexpr const char* kFirefoxPreferences = R"(user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("media.autoplay.default", 0);
user_pref("media.cubeb.force_mock_context", true);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("media.gmp-provider.enabled", false);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
)";

std::vector<std::string> firefoxArguments(const std::string& program, const std::string& profile,
                                          const std::string& url) {
  std::ofstream(fs::path(profile) / "user.js") << kFirefoxPreferences;
  return {program, "--headless", "--no-remote", "--profile", profile, url};
}

std::vector<std::string> arguments(const std::string& program, const std::string& profile, const std::string& url) {
  const bool firefox = fs::path(program).filename().string().find("firefox") != std::string::npos;
  return firefox ? firefoxArguments(program, profile, url) : chromiumArguments(program, profile, url);
}

[[noreturn]] void becomeBrowser(std::vector<std::string> words, pid_t keeper) {
  ::setpgid(0, 0);  // a group of its own: Ctrl-C is for us, and one kill reaches all its children
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(1);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  ::dup2(kLog, STDERR_FILENO);
  ::close_range(kLife, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

[[noreturn]] void keep(const std::vector<std::string>& words, const std::string& profile, int life, int log) {
  // None of our sockets stays open because of us. By way of higher numbers, lest one overwrites the other.
  const int high[2] = {::fcntl(life, F_DUPFD, 100), ::fcntl(log, F_DUPFD, 100)};
  ::dup2(high[0], kLife);
  ::dup2(high[1], kLog);
  ::close_range(kLog + 1, ~0U, 0);
  ::setpgid(0, 0);
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  const pid_t keeper = ::getpid();
  const pid_t browser = ::fork();
  if (browser == 0) becomeBrowser(words, keeper);
  // A descriptor that becomes readable when the browser ends: no signal handlers needed.
  const int ended = browser > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, browser, 0)) : -1;
  if (ended >= 0) {
    pollfd polls[2] = {{kLife, POLLIN, 0}, {ended, POLLIN, 0}};
    while (::poll(polls, 2, -1) < 0 && errno == EINTR) {
    }
  }
  int status = 1;
  if (browser > 0) {
    ::kill(-browser, SIGKILL);
    ::kill(browser, SIGKILL);
    ::waitpid(browser, &status, 0);
  }
  // Its children may still write for a moment.
  std::error_code ignored;
  for (int i = 0; i < 50 && fs::exists(profile, ignored); ++i) {
    fs::remove_all(profile, ignored);
    if (fs::exists(profile, ignored)) ::usleep(20'000);
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
}

}  // namespace

Result<std::unique_ptr<Browser>> Browser::launch(const std::string& url, const std::string& program) {
  if (::access(program.c_str(), X_OK) != 0) {
    return Error(ErrorCode::kNotFoundError,
                 program == kChromium
                     ? "Chromium is not installed (no " + program +
                           "): apt-get install chromium, or give --no-browser and open the page yourself"
                     : "--browser: there is no program " + program);
  }
  std::error_code error;
  std::string profile = (fs::temp_directory_path(error) / "tincan-browser-XXXXXX").string();
  if (error || !::mkdtemp(profile.data())) {
    return Error(ErrorCode::kIo, "no folder for the browser's profile in the temporary directory: " +
                                     (error ? error.message() : std::string(std::strerror(errno))));
  }
  int life[2];
  if (::pipe2(life, O_CLOEXEC) != 0) return Error(ErrorCode::kIo, std::string("pipe: ") + std::strerror(errno));
  const int log = ::memfd_create("browser's stderr", MFD_CLOEXEC);
  const pid_t keeper = ::fork();
  if (keeper < 0) return Error(ErrorCode::kIo, std::string("fork: ") + std::strerror(errno));
  if (keeper == 0) {
    ::close(life[1]);
    keep(arguments(program, profile, url), profile, life[0], log);
  }
  ::close(life[0]);
  return std::unique_ptr<Browser>(new Browser(keeper, life[1], log));
}

Browser::~Browser() {
  ::close(life_);
  ::close(log_);
  if (keeper_ > 0) ::waitpid(keeper_, nullptr, 0);
}

bool Browser::running() {
  if (keeper_ > 0 && ::waitpid(keeper_, nullptr, WNOHANG) != 0) keeper_ = -1;
  return keeper_ > 0;
}

std::string Browser::lastWords() const {
  std::string all(kMaxLog, '\0');
  const off_t end = ::lseek(log_, 0, SEEK_END);
  const ssize_t size = ::pread(log_, all.data(), all.size(), std::max<off_t>(0, end - kMaxLog));
  std::istringstream lines(all.substr(0, static_cast<size_t>(std::max<ssize_t>(size, 0))));
  std::string line, last;
  while (std::getline(lines, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace tincan::inline v0::apps
