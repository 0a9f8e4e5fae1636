#pragma once

#include <functional>
#include <string>
#include <vector>

/// Descriptions of any size, each built to make one careless loop quadratic.
namespace tincan::inline v0::test {

struct Pathology {
  const char* name;
  std::function<std::string(size_t i)> piece;  ///< repeated until the size is reached
  std::string before;                          ///< after the m= line
};

inline const std::vector<Pathology>& pathologies() {
  static const auto number = [](size_t i) { return std::to_string(i); };
  // 13 * k is what a hash table of 13 buckets would hate; the ids of the others count up.
  static const std::vector<Pathology> all = {
      {"distinct ssrcs", [](size_t i) { return "a=ssrc:" + number(i * 13) + " x\n"; }, ""},
      {"ssrcs that collide", [](size_t i) { return "a=ssrc:" + number((i * 107897) % 4294967295u) + " x\n"; }, ""},
      {"one ssrc", [](size_t i) { return "a=ssrc:1 x" + number(i) + "\n"; }, ""},
      {"ssrc groups", [](size_t i) { return "a=ssrc-group:FID " + number(i) + " " + number(i + 1) + "\n"; }, ""},
      {"one long group", [](size_t i) { return " " + number(i); }, "a=ssrc-group:SIM 1"},
      {"rids", [](size_t i) { return "a=rid:" + number(i) + " send\n"; }, ""},
      {"simulcast", [](size_t) { return ";r"; }, "a=rid:r send\na=simulcast:send r"},
      {"alternatives", [](size_t) { return ",~r"; }, "a=rid:r send\na=simulcast:send r"},
      {"feedback", [](size_t i) { return "a=rtcp-fb:111 " + number(i) + "\n"; }, ""},
      {"feedback for all", [](size_t i) { return "a=rtcp-fb:* " + number(i) + "\n"; }, ""},
      {"fmtps of one format", [](size_t i) { return "a=fmtp:111 a=" + number(i) + "\n"; }, ""},
      {"one long fmtp", [](size_t) { return ";a=b"; }, "a=fmtp:111 x"},
      {"one fmtp of separators", [](size_t) { return ";"; }, "a=fmtp:111 x"},
      {"candidates", [](size_t i) { return "a=candidate:" + number(i) + "\n"; }, ""},
      {"msids", [](size_t i) { return "a=msid:" + number(i) + " t\n"; }, ""},
      {"fingerprints", [](size_t) { return "a=fingerprint:sha-1 AA\n"; }, ""},
      {"one long fingerprint", [](size_t) { return ":AA"; }, "a=fingerprint:sha-1 AA"},
      {"ice options", [](size_t i) { return " " + number(i); }, "a=ice-options:x"},
      {"ice options by comma", [](size_t) { return ",x"; }, "a=ice-options:x"},
      {"unknown attributes", [](size_t i) { return "a=x" + number(i) + "\n"; }, ""},
      {"spaces", [](size_t) { return " "; }, "a=ice-options:x"},
      {"colons", [](size_t) { return ":"; }, "a=x"},
      {"provisional extmaps", [](size_t i) { return "a=extmap:" + number(4096 + i % 256) + " urn:x\n"; }, ""},
      {"bandwidths", [](size_t i) { return "b=AS:" + number(i) + "\n"; }, ""},
      {"empty lines", [](size_t) { return "\n"; }, ""},
      {"bare CRs", [](size_t) { return "\r"; }, "a=x"},
      {"lines of blanks", [](size_t) { return " \t\n"; }, ""},
      {"lines that are none", [](size_t i) { return number(i) + "\n"; }, ""},
      {"mids", [](size_t i) { return "a=mid:" + number(i) + "\n"; }, ""},
      {"rtpmaps of one format", [](size_t i) { return "a=rtpmap:111 opus/48000/" + number(i) + "\n"; }, ""},
      {"rtpmaps", [](size_t i) { return "a=rtpmap:" + number(i % 128) + " opus/48000\n"; }, ""},
      {"msids of ssrcs", [](size_t i) { return "a=ssrc:" + number(i) + " msid:s" + number(i) + " t\n"; }, ""},
      {"repairs", [](size_t i) { return "a=ssrc-group:FID 1 " + number(i) + "\na=ssrc:" + number(i) + " x\n"; }, ""},
  };
  return all;
}

inline std::string makePathology(const Pathology& one, size_t size) {
  std::string text = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\n";
  if (one.name != std::string("bandwidths"))
    text +=
        "a=mid:0\na=rtpmap:111 "
        "opus/48000/2\na=rtcp-mux\na=ice-ufrag:abcd\na=ice-pwd:abcdefghijklmnopqrstuvwx\na=fingerprint:sha-1 AA\n";
  text += one.before;
  for (size_t i = 0;; ++i) {
    const std::string piece = one.piece(i);
    if (text.size() + piece.size() >= size) return text;
    text += piece;
  }
}

}  // namespace tincan::inline v0::test
