// CryptEncode: only the hash that the protocol needs. As in the terminal, the key is ignored.
#pragma once
#include <cstdint>
#include "time.hpp"

enum ENUM_CRYPT_METHOD { CRYPT_HASH_SHA256 = 5 };

namespace rt {
inline uint32_t rotated(uint32_t x, int by) { return x >> by | x << (32 - by); }

/// The fractional bits of the roots of the first primes (FIPS 180-4), counted instead of listed.
inline uint32_t rootBits(int prime, bool cube) {
  const long double root = cube ? cbrtl(prime) : sqrtl(prime);
  return static_cast<uint32_t>((root - floorl(root)) * 4294967296.0L);
}
inline std::vector<int> primes(size_t count) {
  std::vector<int> found;
  for (int n = 2; found.size() < count; n += 1) {
    if (std::none_of(found.begin(), found.end(), [&](int p) { return n % p == 0; })) found.push_back(n);
  }
  return found;
}

inline void sha256Block(const uchar *block, uint32_t *state) {
  static const std::vector<int> first64 = primes(64);
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i += 1) {
    const uchar *b = block + i * 4;
    w[i] = uint32_t(b[0]) << 24 | uint32_t(b[1]) << 16 | uint32_t(b[2]) << 8 | b[3];
  }
  for (int i = 16; i < 64; i += 1) {
    const uint32_t a = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
    const uint32_t b = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  std::copy(state, state + 8, s);
  for (int i = 0; i < 64; i += 1) {
    const uint32_t sum1 = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
    const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const uint32_t t1 = s[7] + sum1 + choice + rootBits(first64[static_cast<size_t>(i)], true) + w[i];
    const uint32_t sum0 = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
    const uint32_t t2 = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    std::copy_backward(s, s + 7, s + 8);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i += 1) state[i] += s[i];
}

inline std::vector<uchar> sha256(std::vector<uchar> data) {
  uint32_t state[8];
  const auto first8 = primes(8);
  for (size_t i = 0; i < 8; i += 1) state[i] = rootBits(first8[i], false);
  const uint64_t bits = data.size() * 8;
  data.push_back(0x80);
  while (data.size() % 64 != 56) data.push_back(0);
  for (int i = 7; i >= 0; i -= 1) data.push_back(static_cast<uchar>(bits >> (8 * i)));
  for (size_t at = 0; at < data.size(); at += 64) sha256Block(&data[at], state);
  std::vector<uchar> out;
  for (uint32_t word : state) for (int i = 3; i >= 0; i -= 1) out.push_back(static_cast<uchar>(word >> (8 * i)));
  return out;
}
}  // namespace rt

inline int CryptEncode(ENUM_CRYPT_METHOD, const MqlArray<uchar> &data, const MqlArray<uchar> &,
                       MqlArray<uchar> &result) {
  result.cells = rt::sha256(data.cells);
  return ArraySize(result);
}
