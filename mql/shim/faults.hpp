// Faults armed by a test: each strikes the next requests that reach the place it names, as often as
// it was armed. A killed process ends without any clean-up, as a killed terminal does.
#pragma once
#include "book.hpp"

namespace rt {
inline std::map<std::string, int> armed;

/// Takes one stroke of a fault, where one is left.
inline bool strikes(const std::string &fault) {
  const auto found = armed.find(fault);
  if (found == armed.end() || found->second == 0) return false;
  found->second -= 1;
  return true;
}
inline void killIf(const std::string &fault) {
  if (!strikes(fault)) return;
  report("killed", "\"at\":" + quoted(fault));
  std::_Exit(137);
}
/// The return code that an armed `retcode:N` gives to a request instead of judging it, or 0.
inline int forcedRetcode() {
  for (auto &[name, left] : armed) {
    if (left == 0 || name.rfind("retcode:", 0) != 0) continue;
    left -= 1;
    return std::atoi(name.c_str() + 8);
  }
  return 0;
}
/// Until this time the history does not show what happened last.
inline long historyHiddenUntilMs = 0;
inline bool historyShows(long atMs) { return unixMs() >= historyHiddenUntilMs || atMs < historyHiddenUntilMs - 60000; }
}  // namespace rt
