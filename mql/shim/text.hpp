// MQL's string: UTF-16 inside, as in the terminal. No conversion from a number is implicit, so an
// Expert Advisor has to say how a number is written.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef long datetime;
typedef uint color;
static_assert(sizeof(long) == 8, "a long of MQL has 64 bits");

namespace rt {
inline void pushWide(std::u16string &out, uint point) {
  if (point < 0x10000) {
    out += static_cast<char16_t>(point);
    return;
  }
  point -= 0x10000;
  out += static_cast<char16_t>(0xD800 + (point >> 10));
  out += static_cast<char16_t>(0xDC00 + (point & 0x3FF));
}

inline std::u16string wide(const std::string &bytes) {
  std::u16string out;
  for (size_t at = 0; at < bytes.size();) {
    const uint first = static_cast<uchar>(bytes[at]);
    const int length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint point = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (int k = 1; k < length && at + k < bytes.size(); k += 1) {
      point = point << 6 | (static_cast<uchar>(bytes[at + k]) & 0x3Fu);
    }
    pushWide(out, point);
    at += static_cast<size_t>(length);
  }
  return out;
}

inline void pushBytes(std::string &out, uint point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const uint mark = more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0;
  out += static_cast<char>(mark | point >> (6 * more));
  for (int k = more - 1; k >= 0; k -= 1) out += static_cast<char>(0x80 | (point >> (6 * k) & 0x3F));
}

inline std::string narrow(const std::u16string &text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += 1) {
    uint point = text[at];
    const bool pair = point >= 0xD800 && point < 0xDC00 && at + 1 < text.size();
    if (pair) point = 0x10000 + ((point - 0xD800) << 10) + (text[++at] - 0xDC00u);
    pushBytes(out, point);
  }
  return out;
}
}  // namespace rt

struct string {
  std::u16string v;
  string() {}
  string(const std::u16string &text) : v(text) {}
  explicit string(const std::string &bytes) : v(rt::wide(bytes)) {}
  string &operator+=(const string &other) {
    v += other.v;
    return *this;
  }
  bool operator==(const string &other) const { return v == other.v; }
  bool operator!=(const string &other) const { return v != other.v; }
  bool operator<(const string &other) const { return v < other.v; }
};
inline string operator+(string left, const string &right) { return left += right; }
inline string operator""_s(const char16_t *text, size_t length) {
  return string(std::u16string(text, length));
}

namespace rt {
inline std::string bytes(const string &text) { return narrow(text.v); }
inline string text(const std::string &bytes) { return string(bytes); }
inline string text(const char *bytes) { return string(std::string(bytes)); }
}  // namespace rt

inline int StringLen(const string &s) { return static_cast<int>(s.v.size()); }
inline ushort StringGetCharacter(const string &s, int at) {
  return at < 0 || at >= StringLen(s) ? 0 : static_cast<ushort>(s.v[static_cast<size_t>(at)]);
}
inline string ShortToString(ushort c) { return string(std::u16string(1, static_cast<char16_t>(c))); }
inline int StringFind(const string &s, const string &what, int from = 0) {
  const auto at = s.v.find(what.v, static_cast<size_t>(from));
  return at == std::u16string::npos ? -1 : static_cast<int>(at);
}
inline string StringSubstr(const string &s, int from, int length = -1) {
  if (from < 0 || from >= StringLen(s)) return string();
  const auto count = length < 0 ? std::u16string::npos : static_cast<size_t>(length);
  return string(s.v.substr(static_cast<size_t>(from), count));
}
inline double StringToDouble(const string &s) { return std::strtod(rt::bytes(s).c_str(), nullptr); }
inline long StringToInteger(const string &s) { return std::strtol(rt::bytes(s).c_str(), nullptr, 10); }
inline string IntegerToString(long number, int length = 0, ushort fill = u' ') {
  string out(std::to_string(number));
  while (StringLen(out) < length) out = ShortToString(fill) + out;
  return out;
}
inline string DoubleToString(double number, int digits = 8) {
  char buffer[400];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, number);
  return rt::text(buffer);
}
inline bool StringToLower(string &s) {
  for (auto &c : s.v) c = c >= u'A' && c <= u'Z' ? static_cast<char16_t>(c + 32) : c;
  return true;
}
inline int StringReplace(string &s, const string &what, const string &with) {
  int count = 0;
  for (size_t at = 0; (at = s.v.find(what.v, at)) != std::u16string::npos; at += with.v.size()) {
    s.v.replace(at, what.v.size(), with.v);
    count += 1;
  }
  return count;
}
namespace rt {
inline int StringTrimInPlace(string &s, bool left) {
  const auto blank = [](char16_t c) { return c == u' ' || (c >= 9 && c <= 13); };
  const auto before = s.v.size();
  while (!s.v.empty() && blank(left ? s.v.front() : s.v.back())) s.v.erase(left ? 0 : s.v.size() - 1, 1);
  return static_cast<int>(before - s.v.size());
}
}  // namespace rt
