// MQL's arithmetic functions and its printing.
#pragma once
#include <type_traits>
#include "array.hpp"

template <class A, class B> auto MathMin(A a, B b) -> std::common_type_t<A, B> { return a < b ? a : b; }
template <class A, class B> auto MathMax(A a, B b) -> std::common_type_t<A, B> { return a > b ? a : b; }
template <class T> T MathAbs(T x) { return x < 0 ? -x : x; }
inline double MathFloor(double x) { return std::floor(x); }
inline double MathCeil(double x) { return std::ceil(x); }
inline double MathRound(double x) { return std::round(x); }
inline double MathPow(double x, double y) { return std::pow(x, y); }
inline bool MathIsValidNumber(double x) { return std::isfinite(x); }
inline double NormalizeDouble(double x, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(x * scale) / scale;
}
inline int MathRand() { return std::rand() % 32768; }
inline void MathSrand(int seed) { std::srand(static_cast<uint>(seed)); }

namespace rt {
inline std::string shown(const string &s) { return bytes(s); }
template <class T> std::string shown(T number) { return std::to_string(number); }
inline const char *argument(const std::string &s) { return s.c_str(); }
template <class T> T argument(T number) { return number; }
inline std::string held(const string &s) { return bytes(s); }
template <class T> T held(T number) { return number; }
}  // namespace rt

template <class... A> string StringFormat(const string &format, const A &...args) {
  const std::string f = rt::bytes(format);
  const auto print = [&](const auto &...held) {
    const int size = std::snprintf(nullptr, 0, f.c_str(), rt::argument(held)...);
    std::string out(static_cast<size_t>(size) + 1, '\0');
    std::snprintf(&out[0], out.size(), f.c_str(), rt::argument(held)...);
    out.pop_back();
    return rt::text(out);
  };
  return print(rt::held(args)...);
}
template <class... A> void Print(const A &...args) {
  std::string line;
  ((line += rt::shown(args)), ...);
  std::fprintf(stderr, "%s\n", line.c_str());
}
template <class... A> void Alert(const A &...args) { Print(args...); }
