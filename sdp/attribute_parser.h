#pragma once

#include <bitset>
#include <map>
#include <set>
#include <string_view>

#include "base/result.h"
#include "sdp/session.h"

namespace tincan::sdp {

/// Puts `a=` lines into the model, one by one, and remembers what may stand only once. parse() owns one for each text;
/// the views it keeps (mids, rids) point into that text.
class AttributeParser {
 public:
  explicit AttributeParser(Session& session) : session_(session) {}

  /// What stands behind "a=". The message of an error has no line number: the caller knows it.
  Result<void> parse(std::string_view line);
  /// From here on attributes belong to this section, which must stay where it is until the next call.
  void enter(Media& media);
  /// What can be checked only when all of a section was read.
  Result<void> leave();

 private:
  Result<void> parseShared(Section& section, std::string_view name, std::string_view value, bool& known);
  Result<void> parseForSession(std::string_view name, std::string_view value, bool& known);
  Result<void> parseForMedia(std::string_view name, std::string_view value, bool& known);
  Result<void> parseRtp(std::string_view name, std::string_view value, bool& known);
  Result<void> parseSources(std::string_view name, std::string_view value, bool& known);

  Result<void> addExtMap(Section& section, std::string_view value);
  Result<void> addRtpMap(std::string_view value);
  Result<void> addFmtp(std::string_view value);
  Result<void> addRtcpFeedback(std::string_view value);
  Result<void> addSsrc(std::string_view value);
  Result<void> addSsrcGroup(std::string_view value);
  Result<void> addRid(std::string_view value);
  Result<void> setMid(std::string_view value);

  struct SsrcPlace {
    const Media* media = nullptr;
    size_t index = 0;
    bool hasCname = false;
  };

  Session& session_;
  Media* media_ = nullptr;
  // Ordered containers: a peer that chooses their keys cannot make a look-up slow.
  std::set<std::string_view> mids_;
  std::map<uint32_t, SsrcPlace> ssrcs_;
  // of the section (the first round: of the session)
  std::set<uint16_t> extmapIds_;
  std::bitset<128> payloadTypes_;
  std::set<std::string_view> rids_;
};

}  // namespace tincan::sdp
