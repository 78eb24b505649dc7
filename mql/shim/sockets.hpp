// MetaTrader 5's sockets.
#pragma once
#include "wire.hpp"

namespace rt {
inline std::map<int, Wire> wires;
inline int nextWire = 1;
inline Wire *wireOf(int handle) {
  const auto found = wires.find(handle);
  if (found == wires.end()) lastError = 5270;
  return found == wires.end() ? nullptr : &found->second;
}
inline void dropAllWires() {
  for (auto &[handle, wire] : wires) if (wire.fd >= 0) ::shutdown(wire.fd, SHUT_RDWR);
}
}  // namespace rt

inline int SocketCreate(uint = 0) {
  rt::wires[rt::nextWire];
  return rt::nextWire++;
}
inline bool SocketConnect(int handle, const string &host, uint port, uint timeoutMs) {
  rt::Wire *w = rt::wireOf(handle);
  if (w == nullptr) return false;
  if (!rt::hostAllowed(rt::bytes(host))) return rt::failWith(4014);
  if (!rt::networkUp) return rt::failWith(5272);
  w->fd = rt::dial(rt::bytes(host), port, static_cast<int>(timeoutMs));
  return w->fd >= 0 || rt::failWith(5272);
}
inline bool SocketTlsHandshake(int handle, const string &host) {
  rt::Wire *w = rt::wireOf(handle);
  return (w != nullptr && rt::startTls(*w, rt::bytes(host))) || rt::failWith(5274);
}
inline bool SocketClose(int handle) {
  rt::Wire *w = rt::wireOf(handle);
  if (w == nullptr) return false;
  rt::hangUp(*w);
  rt::wires.erase(handle);
  return true;
}
inline bool SocketIsConnected(int handle) {
  rt::Wire *w = rt::wireOf(handle);
  if (w == nullptr || w->fd < 0) return false;
  char c;
  const long n = ::recv(w->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}
/// Bytes there to read; for a connection at its end the terminal answers one, so that a read fails.
inline uint SocketIsReadable(int handle) {
  rt::Wire *w = rt::wireOf(handle);
  if (w == nullptr) return 0;
  int n = 0;
  ::ioctl(w->fd, FIONREAD, &n);
  if (n > 0) return static_cast<uint>(n);
  pollfd p{w->fd, POLLIN, 0};
  return ::poll(&p, 1, 0) > 0 ? 1 : 0;
}
namespace rt {
inline int readInto(int handle, MqlArray<uchar> &into, uint size, int timeoutMs) {
  Wire *w = wireOf(handle);
  if (w == nullptr) return -1;
  into.cells.resize(size);
  long n = readSome(*w, reinterpret_cast<char *>(into.cells.data()), size);
  if (n < 0 && errno == EAGAIN && timeoutMs > 0 && waitFor(w->fd, POLLIN, timeoutMs)) {
    n = readSome(*w, reinterpret_cast<char *>(into.cells.data()), size);
  }
  const bool nothingYet = n < 0 && errno == EAGAIN;
  into.cells.resize(n > 0 ? static_cast<size_t>(n) : 0);
  if (n > 0) return static_cast<int>(n);
  if (!nothingYet) lastError = 5273;
  return nothingYet ? 0 : -1;
}
inline int sendFrom(int handle, const MqlArray<uchar> &from, uint size) {
  Wire *w = wireOf(handle);
  if (w == nullptr) return -1;
  killIf("kill-before-reply");
  if (strikes("drop-before-reply")) dropAllWires();
  const bool sent = writeAll(*w, reinterpret_cast<const char *>(from.cells.data()), size, 1000);
  if (strikes("drop-after-reply")) dropAllWires();
  if (!sent) lastError = 5273;
  return sent ? static_cast<int>(size) : -1;
}
}  // namespace rt
inline int SocketRead(int handle, MqlArray<uchar> &into, uint size, uint timeoutMs) {
  return rt::readInto(handle, into, size, static_cast<int>(timeoutMs));
}
inline int SocketTlsRead(int handle, MqlArray<uchar> &into, uint size) {
  return rt::readInto(handle, into, size, 1000);
}
inline int SocketTlsReadAvailable(int handle, MqlArray<uchar> &into, uint size) {
  return rt::readInto(handle, into, size, 0);
}
inline int SocketSend(int handle, const MqlArray<uchar> &from, uint size) {
  return rt::sendFrom(handle, from, size);
}
inline int SocketTlsSend(int handle, const MqlArray<uchar> &from, uint size) {
  return rt::sendFrom(handle, from, size);
}
