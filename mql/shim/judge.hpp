// What a broker refuses, and with which code; then the armed faults; then the desk.
#pragma once
#include "desk.hpp"

namespace rt {
inline bool onStep(const Symbol &s, double volume) {
  const double steps = volume / s.volumeStep;
  return std::fabs(steps - std::round(steps)) < 1e-6;
}
/// `type` is that of the position or pending order the stops belong to.
inline bool stopsLegal(const Symbol &s, int type, double price, double sl, double tp) {
  const double room = s.stopsLevel * s.point() - 1e-9;
  const bool buy = type % 2 == 0;
  if (sl > 0 && (buy ? price - sl : sl - price) < room) return false;
  return tp == 0 || (buy ? tp - price : price - tp) >= room;
}
inline int refuseOpen(const Ask &ask) {
  const Symbol *s = symbolOf(ask.symbol);
  if (s == nullptr) return 10013;
  if (!account.tradeAllowed || s->tradeMode == 0) return 10017;
  if (s->bid <= 0) return 10021;
  if (ask.volume < s->volumeMin - 1e-9 || ask.volume > s->volumeMax + 1e-9 || !onStep(*s, ask.volume)) return 10014;
  if (s->tradeMode == 3) return 10044;
  const double from = ask.type > 5 ? ask.limit : ask.type > 1 ? ask.price : ask.type == 0 ? s->bid : s->ask;
  if (!stopsLegal(*s, ask.type, from, ask.sl, ask.tp)) return 10016;
  const double needs = ask.volume * s->contract * s->ask / account.leverage;
  if (ask.type < 2 && nettedPosition(ask.symbol) == nullptr && needs > equity() - margin()) return 10019;
  for (const Row &p : book.positions) {
    if (account.oneSided && p.symbol == ask.symbol && p.type != ask.type % 2) return 10046;
  }
  return 0;
}
inline int refuseClose(ulong ticket, double volume) {
  const Row *p = rowOf(book.positions, ticket);
  if (p == nullptr) return 10036;
  const Symbol &s = symbols[p->symbol];
  if (s.tradeMode == 0) return 10017;
  if (volume > p->volume + 1e-9) return 10038;
  if (!onStep(s, volume) || volume <= 0) return 10014;
  for (const Row &other : book.positions) {
    const bool older = other.symbol == p->symbol && other.type == p->type && other.ticket < p->ticket;
    if (account.fifo && older) return 10045;
  }
  return 0;
}
inline int refuseStops(ulong ticket, double sl, double tp) {
  const Row *p = rowOf(book.positions, ticket);
  if (p == nullptr) return 10036;
  const Symbol &s = symbols[p->symbol];
  const double now = p->type == 0 ? s.bid : s.ask;
  if (!stopsLegal(s, p->type, now, sl, tp)) return 10016;
  if (std::fabs(p->sl - sl) < 1e-9 && std::fabs(p->tp - tp) < 1e-9) return 10025;
  return 0;
}

/// The faults that answer instead of the desk; 0 where none is armed.
inline int faultCode() {
  if (const int forced = forcedRetcode()) return forced;
  if (strikes("requote")) return 10004;
  if (strikes("price-changed")) return 10020;
  if (strikes("off-quotes")) return 10021;
  if (strikes("market-closed")) return 10018;
  if (strikes("invalid-stops")) return 10016;
  if (strikes("timeout-lost")) return 10012;
  return 0;
}
inline void reportRequest(const std::string &what, const Ask &ask, ulong target, int retcode) {
  std::ostringstream out;
  out << std::setprecision(12) << "\"what\":" << quoted(what) << ",\"symbol\":" << quoted(ask.symbol)
      << ",\"kind\":" << ask.type << ",\"volume\":" << ask.volume << ",\"price\":" << ask.price
      << ",\"sl\":" << ask.sl << ",\"tp\":" << ask.tp << ",\"magic\":" << ask.magic
      << ",\"comment\":" << quoted(ask.comment) << ",\"target\":" << target << ",\"retcode\":" << retcode;
  report("request", out.str());
}

/// Runs one request of the program through faults and desk.
template <class Refuse, class Execute>
Answer handle(const std::string &what, const Ask &ask, ulong target, Refuse refuse, Execute execute) {
  killIf("kill-before-send");
  Answer answer;
  answer.retcode = faultCode();
  if (answer.retcode == 0) answer.retcode = refuse();
  if (answer.retcode == 0) answer = execute();
  if (answer.retcode == DONE && strikes("timeout-executed")) answer = {10012, 0, 0, 0, 0, 0};
  if (answer.retcode == DONE && strikes("placed-answer")) answer.retcode = 10008;
  reportRequest(what, ask, target, answer.retcode);
  killIf("kill-after-send");
  return answer;
}
inline double filledPart(const Symbol &s, double volume) {
  if (!strikes("partial")) return volume;
  return std::max(s.volumeMin, exact(std::floor(volume / 2 / s.volumeStep + 1e-9) * s.volumeStep));
}
inline Answer doOpen(const Ask &ask) {
  return handle("open", ask, 0, [&] { return refuseOpen(ask); }, [&] {
    const double volume = filledPart(symbols[ask.symbol], ask.volume);
    Answer answer = openAtMarket(ask, volume);
    if (volume < ask.volume - 1e-9) answer.retcode = DONE_PARTIAL;
    return answer;
  });
}
inline Answer doClose(ulong ticket, const Ask &ask) {
  return handle("close", ask, ticket, [&] { return refuseClose(ticket, ask.volume); }, [&] {
    const double volume = filledPart(symbols[rowOf(book.positions, ticket)->symbol], ask.volume);
    Answer answer = closeAtMarket(ticket, ask, volume);
    if (volume < ask.volume - 1e-9) answer.retcode = DONE_PARTIAL;
    return answer;
  });
}
inline Answer doProtect(ulong ticket, const Ask &ask) {
  return handle("protect", ask, ticket, [&] { return refuseStops(ticket, ask.sl, ask.tp); }, [&] {
    Row &p = *rowOf(book.positions, ticket);
    p.sl = ask.sl;
    p.tp = ask.tp;
    const Answer answer{DONE, 0, 0, p.identifier, 0, 0};
    report("position", fieldsOf(p));
    changed();
    return answer;
  });
}
inline Answer doPlace(const Ask &ask) {
  return handle("place", ask, 0, [&] { return refuseOpen(ask); }, [&] { return placePending(ask, ask.price); });
}
inline Answer doReplace(ulong ticket, const Ask &ask) {
  return handle("replace", ask, ticket, [&] { return rowOf(book.orders, ticket) == nullptr ? 10035 : 0; }, [&] {
    Row &row = *rowOf(book.orders, ticket);
    row.price = ask.price;
    row.sl = ask.sl;
    row.tp = ask.tp;
    row.expires = ask.expires;
    row.limit = ask.limit;
    report("placed", fieldsOf(row));
    changed();
    return Answer{DONE, ticket, 0, 0, row.volume, row.price};
  });
}
inline Answer doCancel(ulong ticket, const Ask &ask) {
  return handle("cancel", ask, ticket, [&] { return rowOf(book.orders, ticket) == nullptr ? 10035 : 0; }, [&] {
    retire(ticket, 2);
    report("cancelled", "\"ticket\":" + std::to_string(ticket));
    changed();
    return Answer{DONE, ticket, 0, 0, 0, 0};
  });
}
/// Two opposite positions end each other; the larger keeps what is left of it.
inline Answer doCloseBy(ulong ticket, ulong by, const Ask &ask) {
  const auto refuse = [&]() -> int {
    const Row *a = rowOf(book.positions, ticket), *b = rowOf(book.positions, by);
    if (a == nullptr || b == nullptr) return 10036;
    return a->symbol != b->symbol || a->type == b->type ? 10013 : 0;
  };
  return handle("close-by", ask, ticket, refuse, [&] {
    const double volume = std::min(rowOf(book.positions, ticket)->volume, rowOf(book.positions, by)->volume);
    const double price = rowOf(book.positions, by)->price;
    Ask half = ask;
    half.reason = 4;
    half.price = price;
    Answer answer = closeAtMarket(ticket, half, volume);
    closeAtMarket(by, half, volume);
    return answer;
  });
}
}  // namespace rt
