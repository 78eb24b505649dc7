// The dealing desk: executes on the book, for both terminals. Refusals are MetaTrader 5's return
// codes; MetaTrader 4's functions translate them.
#pragma once
#include <functional>
#include "faults.hpp"

namespace rt {
enum { DONE = 10009, DONE_PARTIAL = 10010 };
struct Answer {
  int retcode = 0;
  ulong order = 0, deal = 0, position = 0;
  double volume = 0, price = 0;
};
struct Ask {
  std::string symbol, comment;
  int type = 0;
  double volume = 0, price = 0, sl = 0, tp = 0, limit = 0;
  long magic = 0, expires = 0;
  /// 0 by hand, 3 by a program, 4 stop-loss, 5 take-profit: MetaTrader 5's deal reasons.
  int reason = 3;
};
/// What the terminal tells its program after a change, once the request has returned.
inline std::vector<std::function<void()>> pendingEvents;
inline std::function<void(const Row &)> onDeal = [](const Row &) {};
inline std::function<void()> onChange = [] {};

inline void changed() {
  saveBook();
  onChange();
}
inline double marketPrice(const Symbol &s, int type) { return type % 2 == 0 ? s.ask : s.bid; }
inline double amountOf(const Symbol &s, const Row &p, double volume, double price) {
  const double amount = (price - p.price) * (p.type == 0 ? 1 : -1) * volume * s.contract;
  return s.profit == account.currency || price == 0 ? amount : amount / price;
}

inline Row bookDeal(const Ask &ask, ulong order, ulong position, int entry, double volume, double price, double profit) {
  Row deal;
  deal.ticket = ++book.next;
  deal.order = order;
  deal.identifier = position;
  deal.symbol = ask.symbol;
  deal.type = ask.type;
  deal.entry = entry;
  deal.reason = ask.reason;
  deal.volume = volume;
  deal.price = price;
  deal.profit = std::round(profit * 100) / 100;
  deal.commission = -std::round(account.commissionPerLot * volume * 100) / 100;
  deal.magic = ask.magic;
  deal.comment = account.blanksComments ? "" : ask.comment;
  deal.openMs = unixMs() + serverZoneSeconds * 1000;
  book.balance += deal.profit + deal.commission;
  book.deals.push_back(deal);
  report("deal", fieldsOf(deal));
  return deal;
}

inline Row *nettedPosition(const std::string &symbol) {
  if (account.hedging) return nullptr;
  for (Row &p : book.positions) if (p.symbol == symbol) return &p;
  return nullptr;
}

inline Row newPosition(const Ask &ask, ulong ticket, double volume, double price) {
  Row made;
  made.ticket = made.identifier = made.order = ticket;
  made.symbol = ask.symbol;
  made.type = ask.type % 2;
  made.volume = made.initial = volume;
  made.price = price;
  made.sl = ask.sl;
  made.tp = ask.tp;
  made.magic = ask.magic;
  made.comment = account.blanksComments ? "" : ask.comment;
  made.openMs = unixMs() + serverZoneSeconds * 1000;
  return made;
}

/// Nets into the symbol's one position: more of it, less of it, gone, or turned around.
inline Answer fillNetted(const Ask &ask, Row &p, ulong order, double volume, double price) {
  const Symbol &s = symbols[ask.symbol];
  const ulong id = p.identifier;
  int entry = 0;
  double profit = 0;
  if (p.type == ask.type % 2) {
    p.price = (p.price * p.volume + price * volume) / (p.volume + volume);
    p.volume = exact(p.volume + volume);
  } else {
    const double out = std::min(volume, p.volume);
    profit = amountOf(s, p, out, price);
    const double rest = exact(volume - p.volume);
    entry = rest > 0 ? 2 : 1;
    p.volume = rest > 0 ? rest : exact(p.volume - volume);
    if (rest > 0) {
      p.type = ask.type % 2;
      p.price = price;
      p.sl = ask.sl;
      p.tp = ask.tp;
      p.ticket = order;
      p.magic = ask.magic;
      p.comment = ask.comment;
    }
  }
  const ulong ticket = p.ticket;
  const bool gone = p.volume == 0;
  const Row deal = bookDeal(ask, order, id, entry, volume, price, profit);
  if (gone) dropRow(book.positions, ticket);
  onDeal(deal);
  changed();
  return {DONE, order, deal.ticket, id, volume, price};
}

inline Answer openAtMarket(Ask ask, double volume) {
  const Symbol &s = symbols[ask.symbol];
  const double price = marketPrice(s, ask.type);
  const ulong order = ++book.next;
  Row *netted = nettedPosition(ask.symbol);
  if (netted != nullptr) return fillNetted(ask, *netted, order, volume, price);
  book.positions.push_back(newPosition(ask, order, volume, price));
  const Row deal = bookDeal(ask, order, order, 0, volume, price, 0);
  onDeal(deal);
  changed();
  return {DONE, order, deal.ticket, order, volume, price};
}

/// MetaTrader 4 closes the ticket and gives what is left of it a new one.
inline void splitTicket(Row &p, double volume, double price) {
  Row shut = p;
  shut.volume = volume;
  shut.closePrice = price;
  shut.closeMs = unixMs() + serverZoneSeconds * 1000;
  shut.profit = std::round(amountOf(symbols[p.symbol], p, volume, price) * 100) / 100;
  const double rest = exact(p.volume - volume);
  const ulong renamed = rest > 0 ? ++book.next : 0;
  if (rest > 0) shut.comment = "to #" + std::to_string(renamed);
  book.closed.push_back(shut);
  if (rest == 0) return;
  p.comment = "from #" + std::to_string(p.ticket);
  p.ticket = p.identifier = renamed;
}

inline Answer closeAtMarket(ulong ticket, Ask ask, double volume) {
  Row &p = *rowOf(book.positions, ticket);
  const Symbol &s = symbols[p.symbol];
  ask.symbol = p.symbol;
  ask.type = 1 - p.type;
  const double price = ask.price > 0 && ask.reason >= 4 ? ask.price : marketPrice(s, ask.type);
  const ulong order = ++book.next, id = p.identifier;
  const double profit = amountOf(s, p, volume, price);
  if (LOCKSTEP_MQL == 4) splitTicket(p, volume, price);
  p.volume = exact(p.volume - volume);
  const ulong now = p.ticket;
  const bool gone = p.volume == 0;
  const Row deal = bookDeal(ask, order, id, 1, volume, price, profit);
  if (gone) dropRow(book.positions, now);
  onDeal(deal);
  changed();
  return {DONE, order, deal.ticket, id, volume, price};
}

inline Answer placePending(const Ask &ask, double price) {
  Row row = newPosition(ask, ++book.next, ask.volume, price);
  row.type = ask.type;
  row.expires = ask.expires;
  row.limit = ask.limit;
  book.orders.push_back(row);
  report("placed", fieldsOf(row));
  changed();
  return {DONE, row.ticket, 0, 0, ask.volume, price};
}
}  // namespace rt
