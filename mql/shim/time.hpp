// The terminal's clocks: a tick counter, the server's time (with its own zone) and a timer.
#pragma once
#include <ctime>
#include <sys/time.h>
#include "numbers.hpp"

namespace rt {
inline long serverZoneSeconds = 7200;
/// What a test adds to the clocks, to make time pass without waiting.
inline long skippedMs = 0;
inline int timerMs = 0;
inline int lastError = 0;

inline long unixMs() {
  timeval now;
  gettimeofday(&now, nullptr);
  return now.tv_sec * 1000L + now.tv_usec / 1000 + skippedMs;
}
inline ulong counterMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<ulong>(now.tv_sec * 1000L + now.tv_nsec / 1000000 + skippedMs);
}
inline bool failWith(int code) {
  lastError = code;
  return false;
}
}  // namespace rt

inline int GetLastError() { return rt::lastError; }
inline void ResetLastError() { rt::lastError = 0; }
inline uint GetTickCount() { return static_cast<uint>(rt::counterMs()); }
inline ulong GetTickCount64() { return rt::counterMs(); }
inline ulong GetMicrosecondCount() { return rt::counterMs() * 1000; }
inline datetime TimeGMT() { return rt::unixMs() / 1000; }
inline datetime TimeLocal() { return rt::unixMs() / 1000; }
inline datetime TimeCurrent() { return rt::unixMs() / 1000 + rt::serverZoneSeconds; }
#if LOCKSTEP_MQL == 5
inline datetime TimeTradeServer() { return TimeCurrent(); }
#endif
inline bool EventSetMillisecondTimer(int ms) {
  rt::timerMs = ms;
  return true;
}
inline void EventKillTimer() { rt::timerMs = 0; }
