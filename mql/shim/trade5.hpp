// MetaTrader 5's trading functions on the book.
#pragma once
#include "account.hpp"

#define __MQL5__ 1
enum ENUM_ORDER_TYPE {
  ORDER_TYPE_BUY, ORDER_TYPE_SELL, ORDER_TYPE_BUY_LIMIT, ORDER_TYPE_SELL_LIMIT, ORDER_TYPE_BUY_STOP,
  ORDER_TYPE_SELL_STOP, ORDER_TYPE_BUY_STOP_LIMIT, ORDER_TYPE_SELL_STOP_LIMIT, ORDER_TYPE_CLOSE_BY,
};
enum ENUM_ORDER_TYPE_FILLING { ORDER_FILLING_FOK, ORDER_FILLING_IOC, ORDER_FILLING_RETURN, ORDER_FILLING_BOC };
enum { SYMBOL_FILLING_FOK = 1, SYMBOL_FILLING_IOC = 2 };
enum ENUM_ORDER_TYPE_TIME { ORDER_TIME_GTC, ORDER_TIME_DAY, ORDER_TIME_SPECIFIED, ORDER_TIME_SPECIFIED_DAY };
enum ENUM_TRADE_REQUEST_ACTIONS {
  TRADE_ACTION_DEAL = 1, TRADE_ACTION_PENDING = 5, TRADE_ACTION_SLTP = 6, TRADE_ACTION_MODIFY = 7,
  TRADE_ACTION_REMOVE = 8, TRADE_ACTION_CLOSE_BY = 10,
};
enum ENUM_POSITION_TYPE { POSITION_TYPE_BUY, POSITION_TYPE_SELL };
enum ENUM_POSITION_PROPERTY_INTEGER {
  POSITION_TICKET = 17, POSITION_TIME = 1, POSITION_TIME_MSC = 14, POSITION_TYPE = 2, POSITION_MAGIC = 12,
  POSITION_IDENTIFIER = 13,
};
enum ENUM_POSITION_PROPERTY_DOUBLE {
  POSITION_VOLUME = 3, POSITION_PRICE_OPEN, POSITION_PRICE_CURRENT, POSITION_SL, POSITION_TP, POSITION_SWAP = 9,
  POSITION_PROFIT,
};
enum ENUM_POSITION_PROPERTY_STRING { POSITION_SYMBOL, POSITION_COMMENT = 11 };
enum ENUM_DEAL_TYPE {
  DEAL_TYPE_BUY, DEAL_TYPE_SELL, DEAL_TYPE_BALANCE, DEAL_TYPE_CREDIT, DEAL_TYPE_CHARGE, DEAL_TYPE_CORRECTION,
  DEAL_TYPE_BONUS, DEAL_TYPE_COMMISSION, DEAL_TYPE_COMMISSION_DAILY, DEAL_TYPE_COMMISSION_MONTHLY,
  DEAL_TYPE_COMMISSION_AGENT_DAILY, DEAL_TYPE_COMMISSION_AGENT_MONTHLY, DEAL_TYPE_INTEREST,
  DEAL_TYPE_BUY_CANCELED, DEAL_TYPE_SELL_CANCELED, DEAL_DIVIDEND, DEAL_DIVIDEND_FRANKED, DEAL_TAX,
};
enum ENUM_DEAL_ENTRY { DEAL_ENTRY_IN, DEAL_ENTRY_OUT, DEAL_ENTRY_INOUT, DEAL_ENTRY_OUT_BY };
enum ENUM_DEAL_REASON {
  DEAL_REASON_CLIENT, DEAL_REASON_MOBILE, DEAL_REASON_WEB, DEAL_REASON_EXPERT, DEAL_REASON_SL, DEAL_REASON_TP,
  DEAL_REASON_SO,
};
enum ENUM_DEAL_PROPERTY_INTEGER {
  DEAL_ORDER, DEAL_TIME, DEAL_TIME_MSC, DEAL_TYPE, DEAL_ENTRY, DEAL_MAGIC, DEAL_REASON, DEAL_POSITION_ID,
};
enum ENUM_DEAL_PROPERTY_DOUBLE { DEAL_VOLUME, DEAL_PRICE, DEAL_COMMISSION, DEAL_SWAP, DEAL_PROFIT, DEAL_FEE };
enum ENUM_DEAL_PROPERTY_STRING { DEAL_SYMBOL, DEAL_COMMENT };
enum ENUM_ORDER_PROPERTY_INTEGER {
  ORDER_TICKET, ORDER_TIME_SETUP, ORDER_TIME_SETUP_MSC, ORDER_TIME_EXPIRATION, ORDER_TYPE, ORDER_STATE,
  ORDER_MAGIC, ORDER_POSITION_ID, ORDER_REASON,
};
enum ENUM_ORDER_STATE {
  ORDER_STATE_STARTED, ORDER_STATE_PLACED, ORDER_STATE_CANCELED, ORDER_STATE_PARTIAL, ORDER_STATE_FILLED,
  ORDER_STATE_REJECTED, ORDER_STATE_EXPIRED,
};
enum ENUM_ORDER_PROPERTY_DOUBLE {
  ORDER_VOLUME_INITIAL, ORDER_VOLUME_CURRENT, ORDER_PRICE_OPEN, ORDER_SL, ORDER_TP, ORDER_PRICE_STOPLIMIT,
};
enum ENUM_ORDER_PROPERTY_STRING { ORDER_SYMBOL, ORDER_COMMENT };
enum ENUM_TRADE_TRANSACTION_TYPE { TRADE_TRANSACTION_ORDER_ADD, TRADE_TRANSACTION_DEAL_ADD = 6, TRADE_TRANSACTION_POSITION = 9 };
struct MqlTradeRequest {
  ENUM_TRADE_REQUEST_ACTIONS action;
  ulong magic, order;
  string symbol;
  double volume, price, stoplimit, sl, tp;
  ulong deviation;
  ENUM_ORDER_TYPE type;
  ENUM_ORDER_TYPE_FILLING type_filling;
  ENUM_ORDER_TYPE_TIME type_time;
  datetime expiration;
  string comment;
  ulong position, position_by;
};
struct MqlTradeResult {
  uint retcode;
  ulong deal, order;
  double volume, price, bid, ask;
  string comment;
  uint request_id;
  int retcode_external;
};
struct MqlTradeTransaction {
  ulong deal, order;
  string symbol;
  ENUM_TRADE_TRANSACTION_TYPE type;
  ENUM_ORDER_TYPE order_type;
  ENUM_DEAL_TYPE deal_type;
  double price, price_trigger, price_sl, price_tp, volume;
  ulong position, position_by;
};
void OnTradeTransaction(const MqlTradeTransaction &, const MqlTradeRequest &, const MqlTradeResult &);

namespace rt {
/// The row a program has selected; a copy, so that a change does not reach what was read.
inline Row position, order, deal, oldOrder;
inline long whenShown(const Row &row) { return row.openMs; }

inline Row *openByIdOrTicket(ulong ticket) { return rowOf(book.positions, ticket); }
inline bool fillingOffered(const MqlTradeRequest &q) {
  const Symbol *s = symbolOf(bytes(q.symbol));
  if (s == nullptr) return true;
  if (q.type_filling == ORDER_FILLING_RETURN) return s->execution != 2;
  if (s->execution < 2) return q.type_filling == ORDER_FILLING_FOK;
  return (s->filling & (q.type_filling == ORDER_FILLING_FOK ? 1 : 2)) != 0;
}
inline Ask askOf(const MqlTradeRequest &q) {
  Ask ask;
  ask.symbol = bytes(q.symbol);
  ask.comment = bytes(q.comment).substr(0, 31);
  ask.type = static_cast<int>(q.type);
  ask.volume = q.volume;
  ask.price = q.price;
  ask.limit = q.stoplimit;
  ask.sl = q.sl;
  ask.tp = q.tp;
  ask.magic = static_cast<long>(q.magic);
  ask.expires = q.type_time == ORDER_TIME_SPECIFIED ? q.expiration : 0;
  return ask;
}
inline Answer refusedWith(int retcode, const std::string &what, const Ask &ask) {
  return handle(what, ask, 0, [&] { return retcode; }, [] { return Answer{}; });
}
inline Answer dealRequest(const MqlTradeRequest &q, const Ask &ask) {
  if (!fillingOffered(q) || strikes("invalid-fill")) return refusedWith(10030, "open", ask);
  if (q.position == 0) return doOpen(ask);
  return account.hedging ? doClose(q.position, ask) : doOpen(ask);
}
inline Answer route(const MqlTradeRequest &q) {
  const Ask ask = askOf(q);
  if (!tradeButton) return refusedWith(10027, "open", ask);
  switch (q.action) {
    case TRADE_ACTION_DEAL: return dealRequest(q, ask);
    case TRADE_ACTION_PENDING: return doPlace(ask);
    case TRADE_ACTION_SLTP: return doProtect(q.position, ask);
    case TRADE_ACTION_MODIFY: return doReplace(q.order, ask);
    case TRADE_ACTION_REMOVE: return doCancel(q.order, ask);
    case TRADE_ACTION_CLOSE_BY: return doCloseBy(q.position, q.position_by, ask);
  }
  return refusedWith(10013, "unknown", ask);
}
inline void tellOfDeals() {
  onDeal = [](const Row &d) {
    if (strikes("lost-event")) return;
    MqlTradeTransaction t{};
    t.deal = d.ticket;
    t.order = d.order;
    t.type = TRADE_TRANSACTION_DEAL_ADD;
    t.position = d.identifier;
    pendingEvents.push_back([t] { OnTradeTransaction(t, MqlTradeRequest{}, MqlTradeResult{}); });
  };
}
}  // namespace rt

inline bool OrderSend(const MqlTradeRequest &q, MqlTradeResult &r) {
  const rt::Answer a = rt::route(q);
  r = MqlTradeResult{};
  r.retcode = static_cast<uint>(a.retcode);
  r.deal = a.deal;
  r.order = a.order;
  r.volume = a.volume;
  r.price = rt::strikes("no-price-in-answer") ? 0 : a.price;
  return a.retcode == 10008 || a.retcode == 10009 || a.retcode == 10010;
}

inline int PositionsTotal() { return static_cast<int>(rt::book.positions.size()); }
inline ulong PositionGetTicket(int at) {
  if (at < 0 || at >= PositionsTotal()) return 0;
  rt::position = rt::book.positions[static_cast<size_t>(at)];
  return rt::position.ticket;
}
inline bool PositionSelectByTicket(ulong ticket) {
  const rt::Row *found = rt::rowOf(rt::book.positions, ticket);
  if (found != nullptr) rt::position = *found;
  return found != nullptr || rt::failWith(4753);
}
inline long PositionGetInteger(ENUM_POSITION_PROPERTY_INTEGER what) {
  const rt::Row &p = rt::position;
  switch (what) {
    case POSITION_TICKET: return static_cast<long>(p.ticket);
    case POSITION_IDENTIFIER: return static_cast<long>(p.identifier);
    case POSITION_TYPE: return p.type;
    case POSITION_MAGIC: return p.magic;
    case POSITION_TIME: return p.openMs / 1000;
    case POSITION_TIME_MSC: return p.openMs;
  }
  return 0;
}
inline double PositionGetDouble(ENUM_POSITION_PROPERTY_DOUBLE what) {
  const rt::Row &p = rt::position;
  switch (what) {
    case POSITION_VOLUME: return p.volume;
    case POSITION_PRICE_OPEN: return p.price;
    case POSITION_SL: return p.sl;
    case POSITION_TP: return p.tp;
    case POSITION_SWAP: return p.swap;
    case POSITION_PROFIT: return rt::floating(p);
    case POSITION_PRICE_CURRENT: return rt::marketPrice(rt::symbols[p.symbol], 1 - p.type);
  }
  return 0;
}
inline string PositionGetString(ENUM_POSITION_PROPERTY_STRING what) {
  return rt::text(what == POSITION_SYMBOL ? rt::position.symbol : rt::position.comment);
}

inline int OrdersTotal() { return static_cast<int>(rt::book.orders.size()); }
inline ulong OrderGetTicket(int at) {
  if (at < 0 || at >= OrdersTotal()) return 0;
  rt::order = rt::book.orders[static_cast<size_t>(at)];
  return rt::order.ticket;
}
inline bool OrderSelect(ulong ticket) {
  const rt::Row *found = rt::rowOf(rt::book.orders, ticket);
  if (found != nullptr) rt::order = *found;
  return found != nullptr || rt::failWith(4754);
}
inline long OrderGetInteger(ENUM_ORDER_PROPERTY_INTEGER what) {
  const rt::Row &o = rt::order;
  switch (what) {
    case ORDER_TICKET: return static_cast<long>(o.ticket);
    case ORDER_TIME_SETUP: return o.openMs / 1000;
    case ORDER_TIME_SETUP_MSC: return o.openMs;
    case ORDER_TIME_EXPIRATION: return o.expires;
    case ORDER_TYPE: return o.type;
    case ORDER_STATE: return ORDER_STATE_PLACED;
    case ORDER_MAGIC: return o.magic;
    default: return 0;
  }
}
inline double OrderGetDouble(ENUM_ORDER_PROPERTY_DOUBLE what) {
  const rt::Row &o = rt::order;
  switch (what) {
    case ORDER_VOLUME_INITIAL: return o.initial;
    case ORDER_VOLUME_CURRENT: return o.volume;
    case ORDER_PRICE_OPEN: return o.price;
    case ORDER_SL: return o.sl;
    case ORDER_TP: return o.tp;
    case ORDER_PRICE_STOPLIMIT: return o.limit;
    default: return 0;
  }
}
inline string OrderGetString(ENUM_ORDER_PROPERTY_STRING what) {
  return rt::text(what == ORDER_SYMBOL ? rt::order.symbol : rt::order.comment);
}

namespace rt {
inline std::vector<Row> shownDeals;
template <class F> bool selectDeals(F wanted) {
  shownDeals.clear();
  for (const Row &d : book.deals) if (wanted(d) && historyShows(d.openMs - serverZoneSeconds * 1000)) shownDeals.push_back(d);
  return true;
}
inline const Row &dealOf(ulong ticket) {
  static const Row none;
  const Row *found = rowOf(shownDeals, ticket);
  return found == nullptr ? none : *found;
}
}  // namespace rt
inline bool HistorySelect(datetime from, datetime to) {
  return rt::selectDeals([=](const rt::Row &d) { return d.openMs / 1000 >= from && d.openMs / 1000 <= to; });
}
inline bool HistorySelectByPosition(long id) {
  return rt::selectDeals([=](const rt::Row &d) { return static_cast<long>(d.identifier) == id; });
}
inline bool HistoryDealSelect(ulong ticket) {
  rt::selectDeals([=](const rt::Row &d) { return d.ticket == ticket; });
  return !rt::shownDeals.empty();
}
inline int HistoryDealsTotal() { return static_cast<int>(rt::shownDeals.size()); }
inline ulong HistoryDealGetTicket(int at) {
  return at < 0 || at >= HistoryDealsTotal() ? 0 : rt::shownDeals[static_cast<size_t>(at)].ticket;
}
inline long HistoryDealGetInteger(ulong ticket, ENUM_DEAL_PROPERTY_INTEGER what) {
  const rt::Row &d = rt::dealOf(ticket);
  switch (what) {
    case DEAL_ORDER: return static_cast<long>(d.order);
    case DEAL_TIME: return d.openMs / 1000;
    case DEAL_TIME_MSC: return d.openMs;
    case DEAL_TYPE: return d.type >= 100 ? d.type - 100 : d.type == 6 ? DEAL_TYPE_BALANCE : d.type == 7 ? DEAL_TYPE_CREDIT : d.type;
    case DEAL_ENTRY: return d.entry;
    case DEAL_MAGIC: return d.magic;
    case DEAL_REASON: return d.reason;
    case DEAL_POSITION_ID: return static_cast<long>(d.identifier);
  }
  return 0;
}
inline double HistoryDealGetDouble(ulong ticket, ENUM_DEAL_PROPERTY_DOUBLE what) {
  const rt::Row &d = rt::dealOf(ticket);
  switch (what) {
    case DEAL_VOLUME: return d.volume;
    case DEAL_PRICE: return d.price;
    case DEAL_COMMISSION: return d.commission;
    case DEAL_SWAP: return d.swap;
    case DEAL_PROFIT: return d.profit;
    case DEAL_FEE: return 0;
  }
  return 0;
}
inline string HistoryDealGetString(ulong ticket, ENUM_DEAL_PROPERTY_STRING what) {
  return rt::text(what == DEAL_SYMBOL ? rt::dealOf(ticket).symbol : rt::dealOf(ticket).comment);
}
inline bool HistoryOrderSelect(ulong ticket) {
  const rt::Row *found = rt::rowOf(rt::book.gone, ticket);
  if (found != nullptr) rt::oldOrder = *found;
  return found != nullptr || rt::failWith(4755);
}
inline long HistoryOrderGetInteger(ulong, ENUM_ORDER_PROPERTY_INTEGER what) {
  return what == ORDER_STATE ? rt::oldOrder.entry : what == ORDER_TYPE ? rt::oldOrder.type : 0;
}
inline int StringTrimLeft(string &s) { return rt::StringTrimInPlace(s, true); }
inline int StringTrimRight(string &s) { return rt::StringTrimInPlace(s, false); }
