// What an Expert Advisor is compiled with: the terminal, its events and its main loop.
#pragma once
#if LOCKSTEP_MQL == 5
#include "trade5.hpp"
#else
#include "trade4.hpp"
#endif

int OnInit();
void OnDeinit(const int reason);
void OnTimer();
void OnTick();
void MqlBindInputs();

namespace rt {
inline std::map<std::string, std::string> inputs;
template <class T> void bindInput(const std::string &name, T &value) {
  const auto given = inputs.find(name);
  if (given == inputs.end()) return;
  if constexpr (std::is_same_v<T, string>) value = text(given->second);
  else value = static_cast<T>(std::strtod(given->second.c_str(), nullptr));
}
}  // namespace rt
#include "run.hpp"
