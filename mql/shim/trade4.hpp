// MetaTrader 4's trading functions on the book: positions and pending orders are tickets of one list.
#pragma once
#include "account.hpp"

#define __MQL4__ 1
enum { OP_BUY, OP_SELL, OP_BUYLIMIT, OP_SELLLIMIT, OP_BUYSTOP, OP_SELLSTOP };
enum { SELECT_BY_POS, SELECT_BY_TICKET };
enum { MODE_TRADES, MODE_HISTORY };
enum { clrNONE = -1 };

namespace rt {
inline Row chosen;
inline std::vector<Row> tickets() {
  std::vector<Row> all = book.positions;
  all.insert(all.end(), book.orders.begin(), book.orders.end());
  return all;
}
inline std::vector<Row> oldTickets() {
  std::vector<Row> shown;
  for (const Row &r : book.closed) if (historyShows(r.closeMs - serverZoneSeconds * 1000)) shown.push_back(r);
  return shown;
}
/// MetaTrader 4's error for a return code of the desk.
inline int errorOf(int retcode) {
  static const std::map<int, int> errors = {
      {10004, 138}, {10006, 2}, {10012, 128}, {10013, 3}, {10014, 131}, {10016, 130}, {10017, 133},
      {10018, 132}, {10019, 134}, {10020, 135}, {10021, 136}, {10025, 1}, {10027, 4109}, {10031, 6},
      {10035, 4108}, {10036, 4108}, {10038, 131}, {10044, 133}, {10045, 150}, {10046, 149}};
  const auto found = errors.find(retcode);
  // A test may arm an error of MetaTrader 4 by its own number.
  return found != errors.end() ? found->second : retcode < 10000 ? retcode : 2;
}
inline bool settled(const Answer &a) { return a.retcode == DONE || a.retcode == DONE_PARTIAL || failWith(errorOf(a.retcode)); }
}  // namespace rt

inline int OrdersTotal() { return static_cast<int>(rt::tickets().size()); }
inline int OrdersHistoryTotal() { return static_cast<int>(rt::oldTickets().size()); }
inline bool OrderSelect(int index, int select, int pool = MODE_TRADES) {
  std::vector<rt::Row> rows = pool == MODE_HISTORY ? rt::oldTickets() : rt::tickets();
  if (select == SELECT_BY_TICKET) {
    // By ticket the terminal looks through both lists.
    const std::vector<rt::Row> old = rt::oldTickets();
    rows.insert(rows.end(), old.begin(), old.end());
    const rt::Row *found = rt::rowOf(rows, static_cast<ulong>(index));
    if (found != nullptr) rt::chosen = *found;
    return found != nullptr || rt::failWith(4108);
  }
  if (index < 0 || index >= static_cast<int>(rows.size())) return rt::failWith(4105);
  rt::chosen = rows[static_cast<size_t>(index)];
  return true;
}
inline int OrderTicket() { return static_cast<int>(rt::chosen.ticket); }
inline int OrderType() { return rt::chosen.type; }
inline string OrderSymbol() { return rt::text(rt::chosen.symbol); }
inline double OrderLots() { return rt::chosen.volume; }
inline double OrderOpenPrice() { return rt::chosen.price; }
inline double OrderClosePrice() {
  if (rt::chosen.closeMs > 0) return rt::chosen.closePrice;
  return rt::marketPrice(rt::symbols[rt::chosen.symbol], 1 - rt::chosen.type % 2);
}
inline double OrderStopLoss() { return rt::chosen.sl; }
inline double OrderTakeProfit() { return rt::chosen.tp; }
inline double OrderProfit() { return rt::chosen.closeMs > 0 || rt::chosen.type >= 6 ? rt::chosen.profit : rt::floating(rt::chosen); }
inline double OrderSwap() { return rt::chosen.swap; }
inline double OrderCommission() { return rt::chosen.commission; }
inline int OrderMagicNumber() { return static_cast<int>(rt::chosen.magic); }
inline string OrderComment() { return rt::text(rt::chosen.comment); }
inline datetime OrderOpenTime() { return rt::chosen.openMs / 1000; }
inline datetime OrderCloseTime() { return rt::chosen.closeMs / 1000; }
inline datetime OrderExpiration() { return rt::chosen.expires; }

namespace rt {
inline Ask askOf(int type, double volume, double price, double sl, double tp) {
  Ask ask;
  ask.type = type;
  ask.volume = volume;
  ask.price = price;
  ask.sl = sl;
  ask.tp = tp;
  return ask;
}
}  // namespace rt
inline int OrderSend(const string &symbol, int type, double volume, double price, int, double sl, double tp,
                     const string &comment = string(), int magic = 0, datetime expires = 0, long = clrNONE) {
  if (!rt::tradeButton) return rt::failWith(4109) ? 0 : -1;
  rt::Ask ask = rt::askOf(type, volume, price, sl, tp);
  ask.symbol = rt::bytes(symbol);
  ask.comment = rt::bytes(comment).substr(0, 31);
  ask.magic = magic;
  ask.expires = expires;
  if (expires > 0 && rt::strikes("no-expiries")) return rt::failWith(147) ? 0 : -1;
  const rt::Answer a = type > 1 ? rt::doPlace(ask) : rt::doOpen(ask);
  return rt::settled(a) ? static_cast<int>(a.order) : -1;
}
inline bool OrderClose(int ticket, double lots, double price, int, long = clrNONE) {
  const rt::Row *row = rt::rowOf(rt::book.positions, static_cast<ulong>(ticket));
  rt::Ask ask = rt::askOf(0, lots, price, 0, 0);
  if (row != nullptr) ask.magic = row->magic;
  return rt::settled(rt::doClose(static_cast<ulong>(ticket), ask));
}
inline bool OrderCloseBy(int ticket, int opposite, long = clrNONE) {
  return rt::settled(rt::doCloseBy(static_cast<ulong>(ticket), static_cast<ulong>(opposite), rt::Ask{}));
}
inline bool OrderModify(int ticket, double price, double sl, double tp, datetime expires, long = clrNONE) {
  rt::Ask ask = rt::askOf(0, 0, price, sl, tp);
  ask.expires = expires;
  const bool pending = rt::rowOf(rt::book.orders, static_cast<ulong>(ticket)) != nullptr;
  return rt::settled(pending ? rt::doReplace(static_cast<ulong>(ticket), ask) : rt::doProtect(static_cast<ulong>(ticket), ask));
}
inline bool OrderDelete(int ticket, long = clrNONE) { return rt::settled(rt::doCancel(static_cast<ulong>(ticket), rt::Ask{})); }
inline bool RefreshRates() { return true; }
inline bool IsTradeContextBusy() { return rt::strikes("context-busy"); }
inline bool IsConnected() { return rt::connected; }
inline string StringTrimLeft(string s) {
  rt::StringTrimInPlace(s, true);
  return s;
}
inline string StringTrimRight(string s) {
  rt::StringTrimInPlace(s, false);
  return s;
}
