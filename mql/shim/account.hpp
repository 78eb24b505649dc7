// The account and the symbols, as both terminals show them.
#pragma once
#include "web.hpp"

enum ENUM_ACCOUNT_INFO_INTEGER {
  ACCOUNT_LOGIN, ACCOUNT_TRADE_MODE = 32, ACCOUNT_LEVERAGE = 35, ACCOUNT_LIMIT_ORDERS = 47,
  ACCOUNT_MARGIN_SO_MODE = 44, ACCOUNT_TRADE_ALLOWED = 33, ACCOUNT_TRADE_EXPERT = 34,
#if LOCKSTEP_MQL == 5
  ACCOUNT_MARGIN_MODE = 53, ACCOUNT_CURRENCY_DIGITS = 54, ACCOUNT_FIFO_CLOSE = 55,
  ACCOUNT_HEDGE_ALLOWED = 56,
#endif
};
enum ENUM_ACCOUNT_INFO_DOUBLE {
  ACCOUNT_BALANCE = 37, ACCOUNT_CREDIT = 38, ACCOUNT_PROFIT = 39, ACCOUNT_EQUITY = 40,
  ACCOUNT_MARGIN = 41, ACCOUNT_MARGIN_FREE = 42,
};
enum ENUM_ACCOUNT_INFO_STRING { ACCOUNT_NAME = 1, ACCOUNT_COMPANY = 2, ACCOUNT_SERVER = 3, ACCOUNT_CURRENCY = 36 };
#if LOCKSTEP_MQL == 5
enum ENUM_ACCOUNT_MARGIN_MODE {
  ACCOUNT_MARGIN_MODE_RETAIL_NETTING, ACCOUNT_MARGIN_MODE_EXCHANGE, ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
};
#endif
enum ENUM_ACCOUNT_TRADE_MODE { ACCOUNT_TRADE_MODE_DEMO, ACCOUNT_TRADE_MODE_CONTEST, ACCOUNT_TRADE_MODE_REAL };

inline long AccountInfoInteger(ENUM_ACCOUNT_INFO_INTEGER what) {
  switch (static_cast<int>(what)) {
    case ACCOUNT_LOGIN: return rt::account.login;
    case ACCOUNT_LEVERAGE: return rt::account.leverage;
    case ACCOUNT_TRADE_ALLOWED: return rt::account.tradeAllowed;
    case ACCOUNT_TRADE_EXPERT: return true;
    case 53: return rt::account.hedging ? 2 : 0;
    case 54: return 2;
    case 55: return rt::account.fifo;
    case 56: return !rt::account.oneSided;
  }
  return 0;
}
inline double AccountInfoDouble(ENUM_ACCOUNT_INFO_DOUBLE what) {
  switch (what) {
    case ACCOUNT_BALANCE: return rt::book.balance;
    case ACCOUNT_CREDIT: return rt::book.credit;
    case ACCOUNT_EQUITY: return rt::equity();
    case ACCOUNT_PROFIT: return rt::equity() - rt::book.balance - rt::book.credit;
    case ACCOUNT_MARGIN: return rt::margin();
    case ACCOUNT_MARGIN_FREE: return rt::equity() - rt::margin();
  }
  return 0;
}
inline string AccountInfoString(ENUM_ACCOUNT_INFO_STRING what) {
  switch (what) {
    case ACCOUNT_NAME: return rt::text(rt::account.name);
    case ACCOUNT_COMPANY: return rt::text(rt::account.company);
    case ACCOUNT_SERVER: return rt::text(rt::account.server);
    case ACCOUNT_CURRENCY: return rt::text(rt::account.currency);
  }
  return string();
}

enum ENUM_SYMBOL_INFO_DOUBLE {
  SYMBOL_BID = 1, SYMBOL_ASK = 4, SYMBOL_POINT = 16, SYMBOL_TRADE_TICK_VALUE = 26,
  SYMBOL_TRADE_TICK_SIZE = 27, SYMBOL_TRADE_CONTRACT_SIZE = 28, SYMBOL_VOLUME_MIN = 34,
  SYMBOL_VOLUME_MAX = 35, SYMBOL_VOLUME_STEP = 36,
};
enum ENUM_SYMBOL_INFO_INTEGER {
  SYMBOL_SELECT = 0, SYMBOL_TIME = 15, SYMBOL_DIGITS = 17, SYMBOL_SPREAD = 18, SYMBOL_TRADE_MODE = 30,
  SYMBOL_TRADE_STOPS_LEVEL = 31, SYMBOL_TRADE_FREEZE_LEVEL = 32, SYMBOL_TRADE_EXEMODE = 33,
#if LOCKSTEP_MQL == 5
  SYMBOL_FILLING_MODE = 50, SYMBOL_ORDER_MODE = 71, SYMBOL_EXPIRATION_MODE = 49, SYMBOL_TIME_MSC = 101,
#endif
};
enum ENUM_SYMBOL_INFO_STRING {
  SYMBOL_DESCRIPTION = 20, SYMBOL_PATH = 21, SYMBOL_CURRENCY_BASE = 22, SYMBOL_CURRENCY_PROFIT = 23,
  SYMBOL_CURRENCY_MARGIN = 24,
};
enum ENUM_SYMBOL_TRADE_MODE {
  SYMBOL_TRADE_MODE_DISABLED, SYMBOL_TRADE_MODE_LONGONLY, SYMBOL_TRADE_MODE_SHORTONLY,
  SYMBOL_TRADE_MODE_CLOSEONLY, SYMBOL_TRADE_MODE_FULL,
};
enum ENUM_SYMBOL_TRADE_EXECUTION {
  SYMBOL_TRADE_EXECUTION_REQUEST, SYMBOL_TRADE_EXECUTION_INSTANT, SYMBOL_TRADE_EXECUTION_MARKET,
  SYMBOL_TRADE_EXECUTION_EXCHANGE,
};

inline bool SymbolSelect(const string &name, bool) {
  return rt::symbolOf(rt::bytes(name)) != nullptr || rt::failWith(4301);
}
inline int SymbolsTotal(bool) { return static_cast<int>(rt::symbols.size()); }
inline string SymbolName(int at, bool) {
  auto it = rt::symbols.begin();
  if (at < 0 || at >= SymbolsTotal(false)) return string();
  std::advance(it, at);
  return rt::text(it->first);
}
inline double SymbolInfoDouble(const string &name, ENUM_SYMBOL_INFO_DOUBLE what) {
  const rt::Symbol *s = rt::symbolOf(rt::bytes(name));
  if (s == nullptr) return rt::failWith(4301) ? 1 : 0;
  switch (what) {
    case SYMBOL_BID: return s->bid;
    case SYMBOL_ASK: return s->ask;
    case SYMBOL_POINT: return s->point();
    case SYMBOL_TRADE_TICK_SIZE: return s->point();
    case SYMBOL_TRADE_TICK_VALUE: return s->point() * s->contract / (s->profit == rt::account.currency ? 1 : s->bid);
    case SYMBOL_TRADE_CONTRACT_SIZE: return s->contract;
    case SYMBOL_VOLUME_MIN: return s->volumeMin;
    case SYMBOL_VOLUME_MAX: return s->volumeMax;
    case SYMBOL_VOLUME_STEP: return s->volumeStep;
  }
  return 0;
}
inline long SymbolInfoInteger(const string &name, ENUM_SYMBOL_INFO_INTEGER what) {
  const rt::Symbol *s = rt::symbolOf(rt::bytes(name));
  if (s == nullptr) return rt::failWith(4301) ? 1 : 0;
  switch (static_cast<int>(what)) {
    case SYMBOL_SELECT: return 1;
    case SYMBOL_TIME: return s->tickMs / 1000;
    case 101: return s->tickMs;
    case SYMBOL_DIGITS: return s->digits;
    case SYMBOL_SPREAD: return std::lround((s->ask - s->bid) / s->point());
    case SYMBOL_TRADE_MODE: return s->tradeMode;
    case SYMBOL_TRADE_STOPS_LEVEL: return s->stopsLevel;
    case SYMBOL_TRADE_FREEZE_LEVEL: return s->freezeLevel;
    case SYMBOL_TRADE_EXEMODE: return s->execution;
    case 50: return s->filling;
    case 71: return 127;
    case 49: return 15;
  }
  return 0;
}
enum ENUM_DAY_OF_WEEK { SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY };
/// A day's sessions, each from and to in seconds of the day; false where there is no such one.
inline bool SymbolInfoSessionTrade(const string &name, ENUM_DAY_OF_WEEK day, uint index, datetime &from, datetime &to) {
  const rt::Symbol *s = rt::symbolOf(rt::bytes(name));
  if (s == nullptr) return rt::failWith(4301);
  std::vector<std::pair<int, int>> shown;
  const int start = static_cast<int>(day) * 1440;
  if (s->sessions.empty()) shown.emplace_back(0, 1440);
  for (const auto &[open, shut] : s->sessions) {
    if (open < start + 1440 && shut > start) shown.emplace_back(std::max(open - start, 0), std::min(shut - start, 1440));
  }
  if (index >= shown.size()) return false;
  from = shown[index].first * 60;
  to = shown[index].second * 60;
  return true;
}
inline string SymbolInfoString(const string &name, ENUM_SYMBOL_INFO_STRING what) {
  const rt::Symbol *s = rt::symbolOf(rt::bytes(name));
  if (s == nullptr) return string();
  if (what == SYMBOL_CURRENCY_BASE || what == SYMBOL_CURRENCY_MARGIN) return rt::text(s->base);
  return rt::text(what == SYMBOL_CURRENCY_PROFIT ? s->profit : s->name);
}

enum ENUM_TERMINAL_INFO_INTEGER {
  TERMINAL_BUILD = 5, TERMINAL_CONNECTED = 6, TERMINAL_TRADE_ALLOWED = 8, TERMINAL_PING_LAST = 17,
};
enum ENUM_MQL_INFO_INTEGER { MQL_TRADE_ALLOWED = 4, MQL_TESTER = 6 };
namespace rt { inline bool connected = true, tradeButton = true; }
inline long TerminalInfoInteger(ENUM_TERMINAL_INFO_INTEGER what) {
  if (what == TERMINAL_CONNECTED) return rt::connected;
  return what == TERMINAL_BUILD ? 4000 : what == TERMINAL_TRADE_ALLOWED ? rt::tradeButton : 10000;
}
inline int MQLInfoInteger(ENUM_MQL_INFO_INTEGER what) { return what == MQL_TRADE_ALLOWED; }
inline bool IsStopped() { return false; }
inline void Sleep(int ms) { ::usleep(static_cast<uint>(ms) * 1000); }
enum { INIT_SUCCEEDED = 0, INIT_FAILED = 1, INIT_PARAMETERS_INCORRECT = 32767 };
enum { REASON_PROGRAM = 0, REASON_REMOVE = 1, REASON_CHARTCHANGE = 3, REASON_PARAMETERS = 5 };
