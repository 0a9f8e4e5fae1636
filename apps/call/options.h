#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace tincan::inline v0::apps {

/// The command line of `tincan call`.
struct CallOptions {
  // Who is at the other end.
  bool headless = false;   ///< start a browser ourselves (the default where there is no display)
  std::string browser;     ///< its path; empty: Debian's Chromium
  bool noBrowser = false;  ///< only serve the page
  bool stdio = false;      ///< signalling as JSON lines on stdin and stdout instead of a page
  std::string bind = "127.0.0.1";
  bool http = false;               ///< plain HTTP off loopback as well
  std::vector<std::string> hosts;  ///< by which the page may be opened, beside its own names and addresses
  uint16_t port = 8080;

  // How the call goes.
  bool offer = false;
  bool once = false;               ///< end when the first call does
  std::optional<double> duration;  ///< seconds from the connection on
  double timeout = 30;             ///< seconds for the connection to come about

  // What is sent: everything when none of the three is given.
  std::optional<std::string> audio;                        ///< empty: the tone
  std::optional<std::string> video;                        ///< empty: the synthetic camera
  std::optional<std::string> camera, microphone, speaker;  ///< real devices by id or label; empty: the default one
  std::string file;                                        ///< read for sound and pictures
  std::string resolution;                                  ///< "640x480", of a camera
  bool listDevices = false;
  bool data = false;
  double tone = 1000;
  uint32_t videoBitrate = 0;
  std::optional<uint32_t> workers;      ///< threads for pictures; absent: as many as the machine is good for
  std::string frameKey;                 ///< an encoded transform's; empty: none
  std::vector<std::string> codecs;      ///< names; of a kind that has none among them, all
  std::vector<std::string> sendCodecs;  ///< of encodings, among those that are agreed on; empty: the first one
  bool simulcast = false;               ///< pictures in three encodings
  std::string svc;                      ///< scalabilityMode of pictures; empty: one layer
  std::string fec = "ulpfec";
  uint32_t startBitrate = 300'000, minBitrate = 30'000, maxBitrate = 0;
  std::string controller = "delay-loss";

  // The network.
  std::vector<std::string> iceServers;
  std::string iceUsername, iceCredential;
  std::string iceCredentialFile;    ///< its first line is the credential
  std::string icePolicy = "all";    ///< or "relay"
  bool iceTcp = false;              ///< listen for TCP too
  std::string rtcpMux = "require";  ///< or "negotiate": RTCRtcpMuxPolicy
  std::string warp = "accept";      ///< off, accept, offer: stack::WarpPolicy
  std::string dtls;                 ///< only this version: "1.2", "1.3"; empty: the highest that both speak
  bool loopback = false;
  std::vector<std::string> interfaces;

  // What is left behind.
  std::string recording = "call.webm";  ///< empty: none
  std::string picture = "call.png";
  bool recordingNamed = false, pictureNamed = false;  ///< by the user: then that name, or an error
  bool overwrite = false;                             ///< files of earlier calls
  std::string report;
  bool verbose = false;  ///< the stack's whole log on standard error
  /// For what decrypts a capture; empty: nowhere. Not an option: the variable SSLKEYLOGFILE.
  std::string keyLog;

  bool sendsAll() const { return !audio && !video && !data && !camera && !microphone && file.empty(); }
  bool sendsAudio() const { return audio || microphone || !file.empty() || sendsAll(); }
  bool sendsVideo() const { return video || camera || !file.empty() || sendsAll(); }
  bool opensChannel() const { return data || sendsAll(); }
};

/// Adds `call` to the command line; after parsing, `options` has what was given.
CLI::App* addCallCommand(CLI::App& app, CallOptions& options);

/// "640x480"; nothing for what is none.
std::optional<std::pair<int, int>> parseResolution(const std::string& text);

/// What CLI11 cannot see: options that exclude each other, files that are not there or cannot be written, credentials
/// that stand in a file. In one line, before the call, not after it.
Result<void> complete(CallOptions& options);

}  // namespace tincan::inline v0::apps
