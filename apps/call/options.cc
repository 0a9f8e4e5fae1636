#include "apps/call/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "apps/call/codec_names.h"
#include "apps/call/key_log_file.h"
#include "apps/call/outputs.h"
#include "apps/command_line.h"
#include "apps/credential.h"
#include "ice/server_url.h"
#include "media/codec/scalability_mode.h"

namespace tincan::inline v0::apps {

namespace {

// "--video" alone and "--video FILE": present either way, with or without a value.
void addOptionalFile(CLI::App& command, const std::string& name, std::optional<std::string>& out,
                     const std::string& help) {
  command
      .add_option_function<std::vector<std::string>>(
          name, [&out](const std::vector<std::string>& values) { out = values.empty() ? "" : values.front(); }, help)
      ->expected(0, 1)
      ->type_name("[FILE]");
}

// Likewise with the name of a device.
void addOptionalName(CLI::App& command, const std::string& name, std::optional<std::string>& out,
                     const std::string& help) {
  addOptionalFile(command, name, out, help);
  command.get_option(name)->type_name("[DEVICE]");
}

// As it stands in a Host header (RFC 9110 §7.2): a name or an address, and perhaps a port.
bool isHost(const std::string& text) {
  if (SocketAddress::parse(text).ok()) return true;
  const std::string name = text.substr(0, text.find(':'));
  const std::string port = text.substr(std::min(text.size(), name.size() + 1));
  const auto isOfName = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_'; };
  const bool named = !name.empty() && std::all_of(name.begin(), name.end(), isOfName);
  const bool digits = std::all_of(port.begin(), port.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return named && digits && port.size() <= 5 && text.back() != ':';
}

Result<void> checkFile(const std::optional<std::string>& file, const char* option) {
  std::error_code error;
  if (!file || file->empty() || std::filesystem::is_regular_file(*file, error)) return {};
  const bool there = std::filesystem::exists(*file, error);
  return Error(ErrorCode::kNotFoundError,
               std::string(option) + ": " +
                   (there ? *file + " is a folder or a device: name a file" : "there is no file " + *file));
}

Result<void> checkServers(const CallOptions& options) {
  for (const std::string& url : options.iceServers) {
    const auto server = ice::ServerUrl::parse(url);
    if (!server) return Error(ErrorCode::kSyntaxError, "--ice-server: " + server.error().message());
    if (server->isTurn() && (options.iceUsername.empty() || options.iceCredential.empty()))
      return Error(ErrorCode::kSyntaxError, "--ice-server: " + url + " needs --ice-username and --ice-credential");
  }
  return {};
}

Result<void> checkBrowser(const std::string& path) {
  std::error_code error;
  if (path.empty() || (std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0)) return {};
  return Error(ErrorCode::kNotFoundError, "--browser: there is no program " + path);
}

}  // namespace

std::optional<std::pair<int, int>> parseResolution(const std::string& text) {
  int width = 0, height = 0;
  const char* end = text.data() + text.size();
  const auto [cross, first] = std::from_chars(text.data(), end, width);
  if (first != std::errc() || cross == end || *cross != 'x') return std::nullopt;
  const auto [last, second] = std::from_chars(cross + 1, end, height);
  if (second != std::errc() || last != end) return std::nullopt;
  if (width < 2 || height < 2 || width > 4096 || height > 4096) return std::nullopt;
  return std::pair(width, height);
}

CLI::App* addCallCommand(CLI::App& app, CallOptions& options) {
  CLI::App* call = app.add_subcommand("call", "Hold a call between tincan and a browser, or any other WebRTC peer");
  call->add_flag("--headless", options.headless,
                 "Start Chromium, with its fake camera and microphone (the default where there is no display)");
  call->add_option("--browser", options.browser, "Start this browser, headless: the path of a Chromium or a Firefox")
      ->type_name("PATH");
  call->add_flag("--no-browser", options.noBrowser, "Only serve the page and wait for somebody to open it");
  call->add_flag("--stdio", options.stdio, "Signalling as JSON lines on standard input and output, without a page");
  call->add_option("--port", options.port, "Port of the page (0: any)")
      ->check(whole(0, 65535))
      ->capture_default_str()
      ->type_name("PORT");
  call->add_option("--bind", options.bind, "Address of the page; 0.0.0.0 or ::, for other machines too, has HTTPS")
      ->capture_default_str()
      ->type_name("ADDRESS");
  call->add_flag("--http", options.http, "Plain HTTP for other machines too: browsers then give the page no camera");
  call->add_option(
          "--host", options.hosts,
          "A host by which the page may be opened, beside this machine's names and addresses; may be given again")
      ->type_name("NAME[:PORT]");

  call->add_flag("--offer", options.offer, "Make the offer (else the other end does)");
  call->add_option("--duration", options.duration, "Hang up this many seconds after the connection (headless: 10)")
      ->check(seconds())
      ->type_name("SECONDS");
  call->add_flag("--once", options.once, "End with the first call");
  call->add_option("--timeout", options.timeout, "Seconds for a call to connect")
      ->check(seconds())
      ->capture_default_str()
      ->type_name("SECONDS");

  addOptionalFile(*call, "--audio", options.audio, "Send sound: a tone, or this WAV file");
  addOptionalFile(*call, "--video", options.video, "Send pictures: the synthetic camera's, or this Y4M file");
  addOptionalName(*call, "--microphone", options.microphone, "Send sound of a microphone: this one, or the default");
  addOptionalName(*call, "--camera", options.camera, "Send pictures of a camera: this one, or the default");
  addOptionalName(*call, "--speaker", options.speaker, "Play what is heard: on this speaker, or the default");
  call->add_flag("--list-devices", options.listDevices, "Print microphones, cameras and speakers, and end");
  call->add_option("--file", options.file, "Send sound and pictures of this file, of any kind that FFmpeg reads")
      ->type_name("FILE");
  call->add_option("--resolution", options.resolution, "Of the camera, as near as it has; 640x480 when left out")
      ->type_name("WxH");
  call->add_flag("--data", options.data, "Open a data channel (audio, video and data when none of the three is given)");
  call->add_option("--tone", options.tone, "The tone's frequency in Hz")
      ->check(between(20, 20'000))
      ->capture_default_str()
      ->type_name("HZ");
  call->add_option("--bitrate,--video-bitrate", options.videoBitrate,
                   "What the video encoder makes at most, bits a second; 0: by the size of its pictures")
      ->check(whole(0, 20'000'000))
      ->capture_default_str()
      ->type_name("BITRATE");
  call->add_option("--codec", options.codecs,
                   "Only these codecs, the first one rather: VP9, or H264,opus; of a kind that is not named, all")
      ->delimiter(',')
      ->type_name("NAME[,NAME]");
  call->add_option("--send-codec", options.sendCodecs,
                   "Send in this one of the codecs that are agreed on, whichever stands first: VP9, or H264,opus; of "
                   "--simulcast's three encodings one each, from the smallest on: VP8,VP8,AV1")
      ->delimiter(',')
      ->type_name("NAME[,NAME]");
  call->add_option("--workers", options.workers,
                   "Threads that encode and decode pictures; 0: on the thread of the network (else: by the machine)")
      ->check(whole(0, 16))
      ->type_name("NUMBER");
  call->add_option("--frame-key", options.frameKey,
                   "Change encoded frames by this key, for a page with an encoded transform that changes them back: to "
                   "show the way, it keeps no secret")
      ->type_name("TEXT");
  call->add_flag("--simulcast", options.simulcast,
                 "Send pictures in three sizes at once, for a media server that chooses (with --offer)");
  call->add_option("--svc", options.svc,
                   "Send pictures in layers: a scalabilityMode, L1T2 to L3T3_KEY (VP8 has L1T2 and L1T3)")
      ->type_name("MODE");
  call->add_option("--fec", options.fec,
                   "What is sent beforehand against losses, as they and the round trip ask for it: ulpfec for pictures "
                   "and RED for sound; flexfec in place of ulpfec; red: for sound alone, and always; none")
      ->check(oneOf({"none", "ulpfec", "flexfec", "red"}))
      ->capture_default_str();
  call->add_option("--start-bitrate", options.startBitrate,
                   "What is sent before anything is known of the line, bits a second, all together")
      ->check(whole(30'000, 100'000'000))
      ->capture_default_str()
      ->type_name("BITRATE");
  call->add_option("--min-bitrate", options.minBitrate, "What is sent at least, however little the line seems to carry")
      ->check(whole(10'000, 100'000'000))
      ->capture_default_str()
      ->type_name("BITRATE");
  call->add_option("--max-bitrate", options.maxBitrate, "What is sent at most; 0: what the encoders make")
      ->check(whole(0, 100'000'000))
      ->capture_default_str()
      ->type_name("BITRATE");
  call->add_option("--controller", options.controller,
                   "What decides how fast packets are sent: delay-loss (what the line carries), scream (SCReAMv2, for "
                   "lines that "
                   "mark packets: L4S), or fixed (--start-bitrate)")
      ->check(oneOf({"delay-loss", "scream", "fixed"}))
      ->capture_default_str();

  call->add_option("--ice-server", options.iceServers, "stun:, stuns:, turn: or turns: URL; may be given again")
      ->type_name("URL");
  call->add_option("--ice-username", options.iceUsername, "For turn: and turns: servers")
      ->envname(kUsernameVariable)
      ->type_name("NAME");
  call->add_option("--ice-credential", options.iceCredential,
                   "For turn: and turns: servers; others can read it in the list of processes, and not in a file")
      ->envname(kCredentialVariable);
  call->add_option("--ice-credential-file", options.iceCredentialFile, "A file whose first line is the credential")
      ->type_name("FILE");
  call->add_option("--ice-policy", options.icePolicy,
                   "Which candidates are used: all, or relay (those of turn: servers)")
      ->check(oneOf({"all", "relay"}))
      ->capture_default_str();
  call->add_flag("--ice-tcp", options.iceTcp, "Listen for TCP as well (RFC 6544)");
  call->add_option("--dtls", options.dtls, "Only this version of DTLS: 1.2 or 1.3 (else the highest that both speak)")
      ->check(oneOf({"1.2", "1.3"}));
  call->add_option("--rtcp-mux", options.rtcpMux,
                   "RTCP on RTP's port: require, or negotiate (a port of its own where the far end wants one)")
      ->check(oneOf({"require", "negotiate"}))
      ->capture_default_str();
  call->add_option("--warp", options.warp,
                   "Fewer round trips to an open channel (SPED, SNAP): off, accept (where the page offers it) or offer")
      ->check(oneOf({"off", "accept", "offer"}))
      ->capture_default_str();
  call->add_flag("--loopback", options.loopback, "Offer loopback addresses too");
  call->add_option("--interface", options.interfaces, "Only this network interface; may be given again")
      ->type_name("NAME");

  call->add_option("--recording", options.recording,
                   "Where what was received goes; empty: nowhere. Without this option: call.webm, or call-2.webm, … "
                   "where that is there already")
      ->each([&options](const std::string&) { options.recordingNamed = true; })
      ->type_name("FILE");
  call->add_option("--picture", options.picture, "Where a frame of it goes; the same rules")
      ->each([&options](const std::string&) { options.pictureNamed = true; })
      ->type_name("FILE");
  call->add_flag("--overwrite", options.overwrite, "Write recording and picture over older files");
  call->add_option("--report", options.report, "Write the final statistics as JSON")->type_name("FILE.json");
  call->add_flag("-v,--verbose", options.verbose,
                 "Tell on standard error what the stack does: states, candidates, each check and its answer");
  return call;
}

Result<void> complete(CallOptions& options) {
  if (!options.browser.empty()) options.headless = true;
  if (options.stdio && (options.headless || options.noBrowser)) {
    return Error(ErrorCode::kSyntaxError, "--stdio has no page: leave out --headless, --browser and --no-browser");
  }
  if (options.headless && options.noBrowser) {
    return Error(ErrorCode::kSyntaxError, "--headless starts a browser and --no-browser does not: give one of them");
  }
  if (!IpAddress::parse(options.bind)) {
    return Error(ErrorCode::kSyntaxError, "--bind: " + options.bind + " is no IP address");
  }
  for (const std::string& host : options.hosts) {
    if (isHost(host)) continue;
    return Error(ErrorCode::kSyntaxError, "--host: " + host + " is no host: give one like tincan.example");
  }
  if (!options.keyLog.empty()) {
    if (auto file = KeyLogFile::open(options.keyLog); !file) return file.error();
  }
  if (options.maxBitrate > 0 && options.minBitrate > options.maxBitrate &&
      options.minBitrate != CallOptions().minBitrate)
    return Error(ErrorCode::kSyntaxError, "--min-bitrate is above --max-bitrate: no line can have both");
  if (options.simulcast && !options.offer)
    return Error(ErrorCode::kSyntaxError, "--simulcast is offered, and a browser's offer asks for none: add --offer");
  if (!options.svc.empty() && !media::ScalabilityMode::parse(options.svc))
    return Error(ErrorCode::kSyntaxError, "--svc: " + options.svc + " is no mode: give one from L1T1 to L3T3_KEY");
  if (options.microphone && (options.audio || !options.file.empty()))
    return Error(ErrorCode::kSyntaxError,
                 "--microphone, --audio and --file all say what is sent as sound: give one of them");
  if (options.camera && (options.video || !options.file.empty()))
    return Error(ErrorCode::kSyntaxError,
                 "--camera, --video and --file all say what is sent as pictures: give one of them");
  if (!options.resolution.empty() && !parseResolution(options.resolution))
    return Error(ErrorCode::kSyntaxError, "--resolution: give it like 640x480, up to 4096x4096");
  if (auto file = checkFile(options.file, "--file"); !file) return file;
  if (auto codecs = checkCodecNames("--codec", options.codecs); !codecs) return codecs;
  if (auto codecs = checkCodecNames("--send-codec", options.sendCodecs); !codecs) return codecs;
  if (auto filled = fillCredential(options.iceCredentialFile, options.iceCredential); !filled) return filled;
  if (auto servers = checkServers(options); !servers) return servers;
  if (auto interfaces = checkInterfaces(options.interfaces); !interfaces) return interfaces;
  if (auto browser = checkBrowser(options.browser); !browser) return browser;
  if (auto outputs = checkOutputs(options); !outputs) return outputs;
  if (auto audio = checkFile(options.audio, "--audio"); !audio) return audio;
  return checkFile(options.video, "--video");
}

}  // namespace tincan::inline v0::apps
