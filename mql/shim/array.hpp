// MQL's arrays: every access is checked, and one beyond the end ends the program as in the terminal
// ("array out of range").
#pragma once
#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <vector>
#include "text.hpp"

namespace rt {
// What MQL code keeps in an array; bool has no addressable vector of its own.
template <class T> struct Cell { typedef T type; };
template <> struct Cell<bool> { typedef uchar type; };
}  // namespace rt

template <class T> struct MqlArray {
  std::vector<T> cells;
  MqlArray() {}
  MqlArray(std::initializer_list<T> list) : cells(list) {}
  static MqlArray sized(size_t size) {
    MqlArray made;
    made.cells.resize(size);
    return made;
  }
  template <class I> T &operator[](I index) { return cells[checked(static_cast<long>(index))]; }
  template <class I> const T &operator[](I index) const {
    return cells[checked(static_cast<long>(index))];
  }
  size_t checked(long index) const {
    if (index < 0 || static_cast<size_t>(index) >= cells.size()) {
      throw std::runtime_error("array out of range: " + std::to_string(index) + " of " +
                               std::to_string(cells.size()));
    }
    return static_cast<size_t>(index);
  }
};

enum { WHOLE_ARRAY = -1, CP_ACP = 0, CP_UTF8 = 65001 };

template <class T> int ArraySize(const MqlArray<T> &a) { return static_cast<int>(a.cells.size()); }
template <class T> int ArrayResize(MqlArray<T> &a, int size, int reserve = 0) {
  if (size < 0) return -1;
  if (reserve > 0) a.cells.reserve(static_cast<size_t>(size) + static_cast<size_t>(reserve));
  a.cells.resize(static_cast<size_t>(size));
  return size;
}
template <class T> void ArrayFree(MqlArray<T> &a) { a.cells.clear(); }
template <class T, class V> int ArrayInitialize(MqlArray<T> &a, V value) {
  std::fill(a.cells.begin(), a.cells.end(), static_cast<T>(value));
  return ArraySize(a);
}
template <class T>
int ArrayCopy(MqlArray<T> &to, const MqlArray<T> &from, int toAt = 0, int fromAt = 0, int count = -1) {
  const int there = std::max(0, ArraySize(from) - fromAt);
  const int n = count < 0 ? there : std::min(count, there);
  if (ArraySize(to) < toAt + n) ArrayResize(to, toAt + n);
  const std::vector<T> copy(from.cells.begin() + fromAt, from.cells.begin() + fromAt + n);
  std::copy(copy.begin(), copy.end(), to.cells.begin() + toAt);
  return n;
}

/// With no count the terminating zero is copied too: the trap that PROTOCOL.md's vectors catch.
inline int StringToCharArray(const string &s, MqlArray<uchar> &a, int at = 0, int count = -1,
                             uint page = CP_ACP) {
  std::string out;
  if (page == CP_UTF8) out = rt::bytes(s);
  else for (char16_t c : s.v) out += c < 256 ? static_cast<char>(c) : '?';
  if (count < 0) out += '\0';
  else if (static_cast<size_t>(count) < out.size()) out.resize(static_cast<size_t>(count));
  if (ArraySize(a) < at + static_cast<int>(out.size())) ArrayResize(a, at + static_cast<int>(out.size()));
  std::memcpy(a.cells.data() + at, out.data(), out.size());
  return static_cast<int>(out.size());
}
/// Stops at the first zero byte, as the terminal does.
inline string CharArrayToString(const MqlArray<uchar> &a, int at = 0, int count = -1, uint page = CP_ACP) {
  std::string out;
  const int end = count < 0 ? ArraySize(a) : std::min(ArraySize(a), at + count);
  for (int i = at; i < end && a[i] != 0; i += 1) out += static_cast<char>(a[i]);
  if (page == CP_UTF8) return rt::text(out);
  string wide;
  for (char c : out) wide.v += static_cast<char16_t>(static_cast<uchar>(c));
  return wide;
}
inline int StringSplit(const string &s, ushort separator, MqlArray<string> &parts) {
  parts.cells.clear();
  if (s.v.empty()) return 0;
  string part;
  for (char16_t c : s.v) {
    if (c != separator) {
      part.v += c;
      continue;
    }
    parts.cells.push_back(part);
    part = string();
  }
  parts.cells.push_back(part);
  return ArraySize(parts);
}
template <class T> void ZeroMemory(T &value) { value = T(); }
