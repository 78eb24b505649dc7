// Symbols and their prices, set by commands or played from tick files (`time_ms,bid,ask`).
#pragma once
#include <fstream>
#include <sstream>
#include "chart.hpp"

namespace rt {
typedef std::map<std::string, std::string> Options;

/// `name=value` words.
inline Options optionsOf(std::istringstream &words) {
  Options found;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals != std::string::npos) found[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return found;
}
inline double numberOr(const Options &options, const std::string &name, double otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}
inline std::string textOr(const Options &options, const std::string &name, const std::string &otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

struct Symbol {
  std::string name, base = "EUR", profit = "USD";
  int digits = 5, filling = 3, execution = 2, tradeMode = 4, stopsLevel = 0, freezeLevel = 0;
  double bid = 0, ask = 0, contract = 100000, volumeMin = 0.01, volumeMax = 100, volumeStep = 0.01;
  long tickMs = 0;
  /// Trading sessions in minutes of the week, from Sunday's midnight; none: always.
  std::vector<std::pair<int, int>> sessions;
  double point() const { return std::pow(10, -digits); }
};
inline std::map<std::string, Symbol> symbols;

inline void setSymbol(const std::string &name, const Options &o) {
  Symbol &s = symbols[name];
  s.name = name;
  s.base = textOr(o, "base", name.substr(0, 3));
  s.profit = textOr(o, "profit", name.substr(3, 3));
  s.digits = static_cast<int>(numberOr(o, "digits", s.digits));
  s.filling = static_cast<int>(numberOr(o, "filling", s.filling));
  s.execution = static_cast<int>(numberOr(o, "execution", s.execution));
  s.tradeMode = static_cast<int>(numberOr(o, "mode", s.tradeMode));
  s.stopsLevel = static_cast<int>(numberOr(o, "stops", s.stopsLevel));
  s.freezeLevel = static_cast<int>(numberOr(o, "freeze", s.freezeLevel));
  s.contract = numberOr(o, "contract", s.contract);
  s.volumeMin = numberOr(o, "min", s.volumeMin);
  s.volumeMax = numberOr(o, "max", s.volumeMax);
  s.volumeStep = numberOr(o, "step", s.volumeStep);
  std::istringstream ranges(textOr(o, "sessions", ""));
  if (o.count("sessions") > 0) s.sessions.clear();
  for (int from = 0, to = 0; ranges >> from && ranges.ignore() && ranges >> to; ranges.ignore()) s.sessions.emplace_back(from, to);
}
inline Symbol *symbolOf(const std::string &name) {
  const auto found = symbols.find(name);
  return found == symbols.end() ? nullptr : &found->second;
}

struct Tape {
  std::string symbol;
  std::ifstream file;
  double speed = 1;
  long startedMs = 0, firstMs = -1, nextMs = 0;
  double bid = 0, ask = 0;
};
inline std::vector<std::unique_ptr<Tape>> tapes;

inline bool readTick(Tape &tape) {
  std::string line;
  char comma;
  while (std::getline(tape.file, line)) {
    std::istringstream cells(line);
    if (cells >> tape.nextMs >> comma >> tape.bid >> comma >> tape.ask) return true;
  }
  return false;
}
inline void playTicks(const std::string &symbol, const std::string &path, double speed) {
  auto tape = std::make_unique<Tape>();
  tape->symbol = symbol;
  tape->file.open(path);
  if (!tape->file) throw std::runtime_error("cannot read the ticks of " + path);
  tape->speed = speed;
  tape->startedMs = unixMs();
  if (readTick(*tape)) {
    tape->firstMs = tape->nextMs;
    tapes.push_back(std::move(tape));
  }
}
/// Calls back for each tick whose time has come.
template <class F> void dueTicks(F apply) {
  for (size_t i = 0; i < tapes.size();) {
    Tape &tape = *tapes[i];
    bool more = true;
    const double passed = static_cast<double>(unixMs() - tape.startedMs) * tape.speed;
    while (more && static_cast<double>(tape.nextMs - tape.firstMs) <= passed) {
      apply(tape.symbol, tape.bid, tape.ask);
      more = readTick(tape);
    }
    if (more) i += 1;
    else tapes.erase(tapes.begin() + static_cast<long>(i));
  }
}
}  // namespace rt
