// WebRequest: one HTTP/1.1 request on a connection that is kept for the next, as the terminal does.
#pragma once
#include "sockets.hpp"

namespace rt {
struct Site {
  bool secure = false;
  std::string host, path, authority;
  uint port = 80;
};
inline Site siteOf(const std::string &url) {
  Site site;
  site.secure = url.rfind("https://", 0) == 0;
  const size_t from = site.secure ? 8 : url.rfind("http://", 0) == 0 ? 7 : 0;
  const size_t slash = url.find('/', from);
  site.authority = url.substr(from, slash == std::string::npos ? slash : slash - from);
  site.path = slash == std::string::npos ? "/" : url.substr(slash);
  const size_t colon = site.authority.find(':');
  site.host = site.authority.substr(0, colon);
  site.port = colon == std::string::npos ? (site.secure ? 443 : 80)
                                         : static_cast<uint>(std::stoi(site.authority.substr(colon + 1)));
  return site;
}
inline Wire webWire;
inline std::string webAuthority;
inline bool readMore(std::string &into, long deadline) {
  char buffer[16384];
  for (;;) {
    const long n = readSome(webWire, buffer, sizeof buffer);
    if (n > 0) {
      into.append(buffer, static_cast<size_t>(n));
      return true;
    }
    const long left = deadline - unixMs();
    if (n == 0 || errno != EAGAIN || left <= 0 || !waitFor(webWire.fd, POLLIN, static_cast<int>(left))) return false;
  }
}
inline std::string headerOf(const std::string &head, const std::string &name) {
  std::string lower = head;
  std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
  const size_t at = lower.find("\r\n" + name + ":");
  if (at == std::string::npos) return "";
  const size_t from = head.find_first_not_of(' ', at + name.size() + 3);
  return head.substr(from, head.find("\r\n", from) - from);
}
/// A body of either framing: a length, or chunks.
inline bool readBody(const std::string &head, std::string &body, long deadline) {
  if (headerOf(head, "transfer-encoding") != "chunked") {
    const size_t length = static_cast<size_t>(std::atol(headerOf(head, "content-length").c_str()));
    while (body.size() < length) if (!readMore(body, deadline)) return false;
    return true;
  }
  std::string whole;
  for (;;) {
    size_t end = 0;
    while ((end = body.find("\r\n")) == std::string::npos) if (!readMore(body, deadline)) return false;
    const size_t size = std::stoul(body.substr(0, end), nullptr, 16);
    while (body.size() < end + 4 + size) if (!readMore(body, deadline)) return false;
    whole += body.substr(end + 2, size);
    body.erase(0, end + 4 + size);
    if (size == 0) break;
  }
  body = whole;
  return true;
}
inline int exchange(const std::string &request, std::string &head, std::string &body, int timeoutMs) {
  const long deadline = unixMs() + timeoutMs;
  if (!writeAll(webWire, request.data(), request.size(), timeoutMs)) return -1;
  size_t end = 0;
  while ((end = body.find("\r\n\r\n")) == std::string::npos) if (!readMore(body, deadline)) return -1;
  head = body.substr(0, end + 2);
  body.erase(0, end + 4);
  if (!readBody(head, body, deadline)) return -1;
  return std::atoi(head.c_str() + 9);
}
}  // namespace rt

inline int WebRequest(const string &method, const string &url, const string &headers, int timeoutMs,
                      const MqlArray<char> &data, MqlArray<char> &result, string &resultHeaders) {
  const rt::Site site = rt::siteOf(rt::bytes(url));
  if (!rt::hostAllowed(rt::bytes(url))) return rt::failWith(4060) ? 0 : -1;
  if (!rt::networkUp) return rt::failWith(5203) ? 0 : -1;
  if (rt::webWire.fd >= 0 && rt::webAuthority != site.authority) rt::hangUp(rt::webWire);
  std::string extra = rt::bytes(headers);
  if (!extra.empty() && extra.back() != '\n') extra += "\r\n";
  const std::string body(data.cells.begin(), data.cells.end());
  const std::string request = rt::bytes(method) + " " + site.path + " HTTP/1.1\r\nHost: " + site.authority +
                              "\r\n" + extra + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  rt::killIf("kill-before-reply");
  if (rt::strikes("drop-before-reply")) return rt::failWith(5203) ? 0 : -1;
  std::string head, answer;
  if (rt::webWire.fd < 0) {
    rt::webWire.fd = rt::dial(site.host, site.port, timeoutMs);
    rt::webAuthority = site.authority;
    const bool up = rt::webWire.fd >= 0 && (!site.secure || rt::startTls(rt::webWire, site.host));
    if (!up) {
      rt::hangUp(rt::webWire);
      return rt::failWith(5200) ? 0 : -1;
    }
  }
  const int status = rt::exchange(request, head, answer, timeoutMs);
  const bool lost = rt::strikes("drop-after-reply");
  if (status < 0 || lost || rt::headerOf(head, "connection") == "close") rt::hangUp(rt::webWire);
  if (status < 0 || lost) return rt::failWith(5203) ? 0 : -1;
  result.cells.assign(answer.begin(), answer.end());
  resultHeaders = rt::text(head);
  return status;
}
