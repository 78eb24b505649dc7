// A TCP connection with a deadline, and TLS on it where OpenSSL is there.
#pragma once
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include "sweep.hpp"
#ifdef LOCKSTEP_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

namespace rt {
struct Wire {
  int fd = -1;
#ifdef LOCKSTEP_TLS
  SSL *tls = nullptr;
#endif
};
inline bool waitFor(int fd, short what, int timeoutMs) {
  pollfd p{fd, what, 0};
  return ::poll(&p, 1, timeoutMs) > 0;
}
inline int dial(const std::string &host, uint port, int timeoutMs) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  int fd = -1;
  for (addrinfo *a = found; a != nullptr && fd < 0; a = a->ai_next) {
    fd = ::socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int error = 0;
    socklen_t size = sizeof error;
    const bool begun = ::connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS;
    const bool up = begun && waitFor(fd, POLLOUT, timeoutMs) &&
                    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    if (up) continue;
    ::close(fd);
    fd = -1;
  }
  ::freeaddrinfo(found);
  return fd;
}
inline bool startTls([[maybe_unused]] Wire &w, [[maybe_unused]] const std::string &host) {
#ifdef LOCKSTEP_TLS
  static SSL_CTX *context = nullptr;
  if (context == nullptr) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_default_verify_paths(context);
    const char *root = std::getenv("SHIM_ROOT_CERTIFICATE");
    if (root != nullptr) SSL_CTX_load_verify_locations(context, root, nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  ::fcntl(w.fd, F_SETFL, ::fcntl(w.fd, F_GETFL) & ~O_NONBLOCK);
  w.tls = SSL_new(context);
  SSL_set_tlsext_host_name(w.tls, host.c_str());
  SSL_set1_host(w.tls, host.c_str());
  SSL_set_fd(w.tls, w.fd);
  const bool shaken = SSL_connect(w.tls) == 1;
  ::fcntl(w.fd, F_SETFL, ::fcntl(w.fd, F_GETFL) | O_NONBLOCK);
  return shaken;
#else
  return false;
#endif
}
inline long readSome(Wire &w, char *into, size_t size) {
#ifdef LOCKSTEP_TLS
  if (w.tls != nullptr) {
    const int n = SSL_read(w.tls, into, static_cast<int>(size));
    if (n > 0) return n;
    const int why = SSL_get_error(w.tls, n);
    errno = why == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
  }
#endif
  return ::recv(w.fd, into, size, 0);
}
inline long writeSome(Wire &w, const char *from, size_t size) {
#ifdef LOCKSTEP_TLS
  if (w.tls != nullptr) {
    const int n = SSL_write(w.tls, from, static_cast<int>(size));
    if (n > 0) return n;
    errno = SSL_get_error(w.tls, n) == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
  }
#endif
  return ::send(w.fd, from, size, MSG_NOSIGNAL);
}
inline bool writeAll(Wire &w, const char *from, size_t size, int timeoutMs) {
  for (size_t done = 0; done < size;) {
    const long n = writeSome(w, from + done, size - done);
    if (n > 0) done += static_cast<size_t>(n);
    else if (errno != EAGAIN || !waitFor(w.fd, POLLOUT, timeoutMs)) return false;
  }
  return true;
}
inline void hangUp(Wire &w) {
#ifdef LOCKSTEP_TLS
  if (w.tls != nullptr) SSL_free(w.tls);
  w.tls = nullptr;
#endif
  if (w.fd >= 0) ::close(w.fd);
  w.fd = -1;
}
/// False: the network is down for the terminal, and nothing can be reached.
inline bool networkUp = true;
/// Hosts and addresses that the terminal's user has allowed; an empty list allows all.
inline std::vector<std::string> allowedHosts;
inline bool hostAllowed(const std::string &host) {
  if (allowedHosts.empty()) return true;
  return std::any_of(allowedHosts.begin(), allowedHosts.end(),
                     [&](const std::string &allowed) { return host.rfind(allowed, 0) == 0; });
}
}  // namespace rt
