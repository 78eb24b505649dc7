// What prices and time do by themselves: stops, pending orders, expiries.
#pragma once
#include "judge.hpp"

namespace rt {
inline bool triggered(const Row &order, const Symbol &s) {
  switch (order.type) {
    case 2: return s.ask <= order.price;
    case 3: return s.bid >= order.price;
    case 4: case 6: return s.ask >= order.price;
    case 5: case 7: return s.bid <= order.price;
  }
  return false;
}
inline void sweepOrders(const Symbol &s) {
  for (size_t i = 0; i < book.orders.size();) {
    const Row row = book.orders[i];
    const bool expired = row.expires > 0 && row.expires < unixMs() / 1000 + serverZoneSeconds;
    if (row.symbol != s.name || (!expired && !triggered(row, s))) {
      i += 1;
      continue;
    }
    if (!expired && row.type > 5) {
      Row &now = book.orders[i];
      now.type = row.type == 6 ? 2 : 3;
      now.price = row.limit;
      now.limit = 0;
      report("placed", fieldsOf(now));
      changed();
      continue;
    }
    retire(row.ticket, expired ? 6 : 4);
    if (expired) {
      report("expired", fieldsOf(row));
      changed();
      continue;
    }
    Ask ask;
    ask.symbol = row.symbol;
    ask.comment = row.comment;
    ask.type = row.type % 2;
    ask.sl = row.sl;
    ask.tp = row.tp;
    ask.magic = row.magic;
    if (Row *netted = nettedPosition(row.symbol)) {
      fillNetted(ask, *netted, row.ticket, row.volume, marketPrice(s, ask.type));
      continue;
    }
    // A triggered order keeps its number as the position's.
    book.positions.push_back(newPosition(ask, row.ticket, row.volume, marketPrice(s, ask.type)));
    onDeal(bookDeal(ask, row.ticket, row.ticket, 0, row.volume, marketPrice(s, ask.type), 0));
    changed();
  }
}
inline void sweepStops(const Symbol &s) {
  const std::vector<Row> before = book.positions;
  for (const Row &p : before) {
    if (p.symbol != s.name) continue;
    const double now = p.type == 0 ? s.bid : s.ask;
    const int sign = p.type == 0 ? 1 : -1;
    const bool stop = p.sl > 0 && (now - p.sl) * sign <= 0;
    const bool take = p.tp > 0 && (now - p.tp) * sign >= 0;
    if (!stop && !take) continue;
    Ask ask;
    ask.reason = stop ? 4 : 5;
    ask.price = stop ? p.sl : p.tp;
    ask.magic = p.magic;
    ask.comment = stop ? "[sl]" : "[tp]";
    closeAtMarket(p.ticket, ask, p.volume);
  }
}
inline void setPrice(const std::string &name, double bid, double ask) {
  Symbol &s = symbols[name];
  s.bid = bid;
  s.ask = ask;
  s.tickMs = unixMs() + serverZoneSeconds * 1000;
  sweepOrders(s);
  sweepStops(s);
}
}  // namespace rt
