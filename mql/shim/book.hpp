// What the broker keeps of the account: positions, pending orders, deals, and, as MetaTrader 4 shows
// them, closed tickets. It outlives the terminal in a file, and every change is written to a log.
#pragma once
#include <iomanip>
#include "market.hpp"

namespace rt {
struct Row {
  ulong ticket = 0, identifier = 0, order = 0;
  std::string symbol, comment;
  /// 0 buy, 1 sell, 2–5 pending as both terminals number them, 6 and 7 MetaTrader 5's stop-limit
  /// orders. Of what is no trade: 6 is money paid in or out, 7 credit,
  /// and from 100 on MetaTrader 5's other deals that are no trade, by its own number more.
  int type = 0, entry = 0, reason = 0;
  double volume = 0, initial = 0, price = 0, sl = 0, tp = 0, profit = 0, swap = 0, commission = 0;
  double closePrice = 0;
  long magic = 0, openMs = 0, closeMs = 0, expires = 0;
  /// Of the limit order that a stop-limit order becomes.
  double limit = 0;
};
struct Book {
  /// `gone` are orders that were filled, cancelled or expired, with MetaTrader 5's state in `entry`.
  std::vector<Row> positions, orders, deals, closed, gone;
  double balance = 10000, credit = 0;
  ulong next = 1000;
};
struct Account {
  long login = 5001;
  std::string server = "Shim-Demo", company = "Shim Broker", currency = "USD", name = "Test";
  bool hedging = true, fifo = false, oneSided = false, tradeAllowed = true, blanksComments = false;
  double commissionPerLot = 0;
  int leverage = 100;
};
inline Book book;
inline Account account;

inline std::ostream &operator<<(std::ostream &out, const Row &r) {
  const auto filled = [](const std::string &s) { return s.empty() ? std::string("-") : s; };
  return out << std::setprecision(17) << r.ticket << '\t' << r.identifier << '\t' << r.order << '\t'
             << filled(r.symbol) << '\t' << filled(r.comment) << '\t' << r.type << '\t' << r.entry << '\t'
             << r.reason << '\t' << r.volume << '\t' << r.initial << '\t' << r.price << '\t' << r.sl << '\t'
             << r.tp << '\t' << r.profit << '\t' << r.swap << '\t' << r.commission << '\t' << r.closePrice
             << '\t' << r.magic << '\t' << r.openMs << '\t' << r.closeMs << '\t' << r.expires
             << '\t' << r.limit << '\n';
}
inline std::istream &operator>>(std::istream &in, Row &r) {
  in >> r.ticket >> r.identifier >> r.order >> r.symbol;
  in.ignore();
  std::getline(in, r.comment, '\t');
  if (r.comment == "-") r.comment = "";
  if (r.symbol == "-") r.symbol = "";
  return in >> r.type >> r.entry >> r.reason >> r.volume >> r.initial >> r.price >> r.sl >> r.tp >>
         r.profit >> r.swap >> r.commission >> r.closePrice >> r.magic >> r.openMs >> r.closeMs >> r.expires >>
         r.limit;
}

inline void saveBook() {
  const std::string path = folder + "/broker.state";
  {
    std::ofstream out(path + ".new");
    out << std::setprecision(17) << book.balance << ' ' << book.credit << ' ' << book.next << '\n';
    for (const auto *rows : {&book.positions, &book.orders, &book.deals, &book.closed, &book.gone}) {
      out << rows->size() << '\n';
      for (const Row &row : *rows) out << row;
    }
  }
  std::rename((path + ".new").c_str(), path.c_str());
}
inline void loadBook() {
  std::ifstream in(folder + "/broker.state");
  if (!in) return;
  in >> book.balance >> book.credit >> book.next;
  for (auto *rows : {&book.positions, &book.orders, &book.deals, &book.closed, &book.gone}) {
    size_t count = 0;
    in >> count;
    rows->resize(count);
    for (Row &row : *rows) in >> row;
  }
  if (!in) throw std::runtime_error("broker.state cannot be read");
}

inline std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<uchar>(c) < 32) out += "\\u00" + std::string(c < 16 ? "0" : "1") + "0123456789abcdef"[c % 16];
    else out += c;
  }
  return out + "\"";
}
/// One line of JSON to the one who runs the terminal, and to the broker's log.
inline void report(const std::string &type, const std::string &fields) {
  const std::string line = "{\"type\":" + quoted(type) + (fields.empty() ? "" : "," + fields) + "}\n";
  std::fputs(line.c_str(), stdout);
  std::fflush(stdout);
  if (type == "panel" || type == "dump" || type == "done") return;
  std::ofstream(folder + "/broker.log", std::ios::app) << line;
}
inline std::string fieldsOf(const Row &r) {
  std::ostringstream out;
  out << std::setprecision(12) << "\"ticket\":" << r.ticket << ",\"identifier\":" << r.identifier
      << ",\"order\":" << r.order << ",\"symbol\":" << quoted(r.symbol) << ",\"kind\":" << r.type
      << ",\"entry\":" << r.entry << ",\"volume\":" << r.volume << ",\"price\":" << r.price
      << ",\"sl\":" << r.sl << ",\"tp\":" << r.tp << ",\"magic\":" << r.magic
      << ",\"comment\":" << quoted(r.comment);
  return out.str();
}
inline std::string listOf(const std::vector<Row> &rows) {
  std::string out = "[";
  for (const Row &row : rows) out += (out.size() > 1 ? ",{" : "{") + fieldsOf(row) + "}";
  return out + "]";
}

template <class R> auto rowOf(R &rows, ulong ticket) -> decltype(&rows[0]) {
  for (auto &row : rows) if (row.ticket == ticket) return &row;
  return nullptr;
}
inline void dropRow(std::vector<Row> &rows, ulong ticket) {
  rows.erase(std::remove_if(rows.begin(), rows.end(), [&](const Row &r) { return r.ticket == ticket; }), rows.end());
}
/// Takes a pending order off the list, into the history of both terminals.
inline void retire(ulong ticket, int state) {
  const Row *found = rowOf(book.orders, ticket);
  if (found == nullptr) return;
  Row row = *found;
  row.entry = state;
  row.closeMs = unixMs() + serverZoneSeconds * 1000;
  book.gone.push_back(row);
  if (LOCKSTEP_MQL == 4 && state != 4) book.closed.push_back(row);
  dropRow(book.orders, ticket);
}
inline double exact(double volume) { return std::round(volume * 1e8) / 1e8; }
inline double floating(const Row &p) {
  const Symbol *s = symbolOf(p.symbol);
  if (s == nullptr || p.type > 1) return 0;
  const double now = p.type == 0 ? s->bid : s->ask;
  const double amount = (now - p.price) * (p.type == 0 ? 1 : -1) * p.volume * s->contract;
  return s->profit == account.currency || now == 0 ? amount : amount / now;
}
inline double equity() {
  double sum = book.balance + book.credit;
  for (const Row &p : book.positions) sum += floating(p);
  return sum;
}
inline double margin() {
  double sum = 0;
  for (const Row &p : book.positions) {
    const Symbol *s = symbolOf(p.symbol);
    if (s != nullptr) sum += p.volume * s->contract * (s->base == account.currency ? 1 : p.price) / account.leverage;
  }
  return sum;
}
}  // namespace rt
