// The terminal's main loop. It is steered by lines on its standard input, and by the same lines in a
// file given with --script, which are read before the Expert Advisor begins.
#pragma once
#include <iostream>

namespace rt {
inline bool quits = false;

inline Ask byHand(const std::string &symbol, const std::string &side, double volume, const Options &o) {
  Ask ask;
  ask.symbol = symbol;
  const std::string kinds[] = {"buy", "sell", "buy-limit", "sell-limit", "buy-stop", "sell-stop",
                               "buy-stop-limit", "sell-stop-limit"};
  ask.type = static_cast<int>(std::find(kinds, kinds + 8, side) - kinds);
  ask.volume = volume;
  ask.price = numberOr(o, "price", 0);
  ask.limit = numberOr(o, "limit", 0);
  ask.sl = numberOr(o, "sl", 0);
  ask.tp = numberOr(o, "tp", 0);
  ask.magic = static_cast<long>(numberOr(o, "magic", 0));
  ask.comment = textOr(o, "comment", "");
  ask.expires = static_cast<long>(numberOr(o, "expires", 0));
  ask.reason = 0;
  return ask;
}
inline void setAccount(const Options &o) {
  account.login = static_cast<long>(numberOr(o, "login", static_cast<double>(account.login)));
  account.server = textOr(o, "server", account.server);
  account.currency = textOr(o, "currency", account.currency);
  account.hedging = textOr(o, "mode", account.hedging ? "hedging" : "netting") == "hedging";
  account.fifo = numberOr(o, "fifo", account.fifo) > 0;
  account.oneSided = numberOr(o, "one-sided", account.oneSided) > 0;
  account.blanksComments = numberOr(o, "blank-comments", account.blanksComments) > 0;
  account.tradeAllowed = numberOr(o, "trade", account.tradeAllowed) > 0;
  account.commissionPerLot = numberOr(o, "commission", account.commissionPerLot);
  serverZoneSeconds = static_cast<long>(numberOr(o, "zone", static_cast<double>(serverZoneSeconds)));
}
inline void payIn(double amount, const std::string &kind, const std::string &comment) {
  Row deal;
  deal.ticket = deal.order = ++book.next;
  static const std::map<std::string, int> types = {
      {"balance", 6}, {"credit", 7}, {"charge", 104}, {"correction", 105}, {"commission", 107},
      {"interest", 112}, {"dividend", 115}, {"tax", 117}};
  deal.type = types.at(kind);
  deal.comment = comment;
  deal.profit = amount;
  deal.openMs = deal.closeMs = unixMs() + serverZoneSeconds * 1000;
  (deal.type == 7 ? book.credit : book.balance) += amount;
  book.deals.push_back(deal);
  if (LOCKSTEP_MQL == 4) book.closed.push_back(deal);
  report("deal", fieldsOf(deal));
  onDeal(deal);
  changed();
}
inline void dump() {
  std::ostringstream out;
  out << std::setprecision(12) << "\"balance\":" << book.balance << ",\"positions\":" << listOf(book.positions)
      << ",\"orders\":" << listOf(book.orders) << ",\"deals\":" << book.deals.size();
  report("dump", out.str());
}
inline std::string panelText() {
  std::string all;
  for (const auto &[name, text] : labels) all += (all.empty() ? "" : "\\n") + quoted(text).substr(1, quoted(text).size() - 2);
  return all;
}

inline void commandOnMarket(const std::string &word, std::istringstream &words) {
  std::string symbol, side;
  double volume = 0, a = 0, b = 0;
  ulong ticket = 0, other = 0;
  if (word == "symbol" && words >> symbol) return setSymbol(symbol, optionsOf(words));
  if (word == "tick" && words >> symbol >> a >> b) return setPrice(symbol, a, b);
  if (word == "ticks" && words >> symbol >> side >> a) return playTicks(symbol, side, a);
  if (word == "open" && words >> symbol >> side >> volume) return (void)doOpen(byHand(symbol, side, volume, optionsOf(words)));
  if (word == "place" && words >> symbol >> side >> volume) return (void)doPlace(byHand(symbol, side, volume, optionsOf(words)));
  if (word == "close" && words >> ticket >> volume) return (void)doClose(ticket, byHand("", "", volume, optionsOf(words)));
  if (word == "protect" && words >> ticket) return (void)doProtect(ticket, byHand("", "", 0, optionsOf(words)));
  if (word == "replace" && words >> ticket) return (void)doReplace(ticket, byHand("", "", 0, optionsOf(words)));
  if (word == "cancel" && words >> ticket) return (void)doCancel(ticket, Ask{});
  if (word == "close-by" && words >> ticket >> other) return (void)doCloseBy(ticket, other, Ask{});
  if (word == "pay" && words >> a) {
    std::string kind = "balance", comment;
    words >> kind;
    std::getline(words >> std::ws, comment);
    return payIn(a, kind, comment);
  }
  throw std::runtime_error("unknown command: " + word);
}
inline void command(const std::string &line) {
  std::istringstream words(line);
  std::string word, name, value;
  words >> word;
  int count = 1;
  if (word.empty() || word[0] == '#') return;
  if (word == "account") setAccount(optionsOf(words));
  else if (word == "input" && words >> name && std::getline(words >> std::ws, value)) inputs[name] = value;
  else if (word == "allow" && words >> name) allowedHosts.push_back(name);
  else if (word == "fault" && words >> name) armed[name] = (words >> count) ? count : 1;
  else if (word == "hide-history" && words >> count) historyHiddenUntilMs = unixMs() + count;
  else if (word == "skip" && words >> count) skippedMs += count;
  else if (word == "drop") dropAllWires();
  else if (word == "network" && words >> count) {
    networkUp = count > 0;
    if (!networkUp) dropAllWires();
  } else if (word == "trade-button" && words >> count) tradeButton = count > 0;
  else if (word == "connected" && words >> count) connected = count > 0;
  else if (word == "dump") dump();
  else if (word == "panel") report("panel", "\"text\":\"" + panelText() + "\"");
  else if (word == "quit") quits = true;
  else commandOnMarket(word, words);
}

/// Reads whole lines from standard input as they come; its end ends the terminal.
inline void readCommands(int waitMs) {
  static std::string buffer;
  pollfd p{0, POLLIN, 0};
  if (::poll(&p, 1, waitMs) <= 0) return;
  char bytes[4096];
  const long n = ::read(0, bytes, sizeof bytes);
  if (n <= 0) quits = true;
  else buffer.append(bytes, static_cast<size_t>(n));
  for (size_t end = 0; (end = buffer.find('\n')) != std::string::npos;) {
    const std::string line = buffer.substr(0, end);
    buffer.erase(0, end + 1);
    command(line);
    report("done", "\"command\":" + quoted(line));
  }
}
inline void tellEvents() {
  const auto events = std::move(pendingEvents);
  pendingEvents.clear();
  for (const auto &event : events) event();
}
inline int live() {
  const int started = OnInit();
  report("started", "\"code\":" + std::to_string(started));
  if (started != INIT_SUCCEEDED) return 2;
  for (ulong next = 0; !quits;) {
    readCommands(2);
    dueTicks(setPrice);
    tellEvents();
    if (timerMs > 0 && counterMs() >= next) {
      next = counterMs() + static_cast<ulong>(timerMs);
      OnTimer();
    }
    if (panelChanged) report("panel", "\"text\":\"" + panelText() + "\"");
    panelChanged = false;
  }
  OnDeinit(REASON_PROGRAM);
  return 0;
}
}  // namespace rt

int main(int count, char **words) {
  try {
    for (int i = 1; i + 1 < count; i += 2) {
      if (std::string(words[i]) == "--folder") rt::folder = words[i + 1];
    }
    mkdir(rt::folder.c_str(), 0755);
    for (int i = 1; i + 1 < count; i += 2) {
      if (std::string(words[i]) != "--script") continue;
      std::ifstream script(words[i + 1]);
      for (std::string line; std::getline(script, line);) rt::command(line);
    }
    rt::loadBook();
#if LOCKSTEP_MQL == 5
    rt::tellOfDeals();
#endif
    MqlBindInputs();
    return rt::live();
  } catch (const std::exception &error) {
    std::fprintf(stderr, "critical error: %s\n", error.what());
    return 3;
  }
}
