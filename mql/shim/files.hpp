// MQL's files, in the terminal's own folder only (MQL5/Files or MQL4/Files).
#pragma once
#include <cerrno>
#include <map>
#include <sys/stat.h>
#include <unistd.h>
#include "crypt.hpp"

enum {
  FILE_READ = 1, FILE_WRITE = 2, FILE_BIN = 4, FILE_CSV = 8, FILE_TXT = 16, FILE_ANSI = 32,
  FILE_UNICODE = 64, FILE_SHARE_READ = 128, FILE_SHARE_WRITE = 256, FILE_COMMON = 4096, FILE_REWRITE = 512,
};
enum ENUM_FILE_POSITION { SEEK_SET_, SEEK_CUR_, SEEK_END_ };
#undef SEEK_SET
#undef SEEK_CUR
#undef SEEK_END
#define SEEK_SET SEEK_SET_
#define SEEK_CUR SEEK_CUR_
#define SEEK_END SEEK_END_
enum { INVALID_HANDLE = -1 };

namespace rt {
inline std::string folder = ".";
inline std::map<int, std::FILE *> open;
inline int nextFile = 1;
inline std::string pathOf(const string &name) {
  std::string path = bytes(name);
  std::replace(path.begin(), path.end(), '\\', '/');
  if (path.find("..") != std::string::npos || (!path.empty() && path[0] == '/')) return "";
  const std::string base = folder + "/Files/";
  for (size_t at = 0; (at = (base + path).find('/', at + 1)) != std::string::npos;) {
    mkdir((base + path).substr(0, at).c_str(), 0755);
  }
  return base + path;
}
inline std::FILE *fileOf(int handle) {
  const auto found = open.find(handle);
  if (found == open.end()) throw std::runtime_error("a file handle that is not open");
  return found->second;
}
}  // namespace rt

inline int FileOpen(const string &name, int flags, short = '\t', uint = CP_ACP) {
  const std::string path = rt::pathOf(name);
  const bool reads = flags & FILE_READ, writes = flags & FILE_WRITE;
  const bool exists = access(path.c_str(), F_OK) == 0;
  const char *mode = !writes ? "rb" : reads && exists ? "r+b" : "w+b";
  std::FILE *file = path.empty() ? nullptr : std::fopen(path.c_str(), mode);
  if (file == nullptr) {
    rt::lastError = 5004;
    return INVALID_HANDLE;
  }
  rt::open[rt::nextFile] = file;
  return rt::nextFile++;
}
inline void FileClose(int handle) {
  std::fclose(rt::fileOf(handle));
  rt::open.erase(handle);
}
inline void FileFlush(int handle) { std::fflush(rt::fileOf(handle)); }
inline bool FileIsEnding(int handle) {
  std::FILE *file = rt::fileOf(handle);
  const int c = std::fgetc(file);
  if (c != EOF) std::ungetc(c, file);
  return c == EOF;
}
inline ulong FileSize(int handle) {
  struct stat facts;
  std::fflush(rt::fileOf(handle));
  fstat(fileno(rt::fileOf(handle)), &facts);
  return static_cast<ulong>(facts.st_size);
}
inline bool FileSeek(int handle, long offset, ENUM_FILE_POSITION from) {
  return std::fseek(rt::fileOf(handle), offset, static_cast<int>(from)) == 0;
}
inline string FileReadString(int handle, int = -1) {
  std::string line;
  for (int c = 0; (c = std::fgetc(rt::fileOf(handle))) != EOF && c != '\n';) line += static_cast<char>(c);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return rt::text(line);
}
inline uint FileWriteString(int handle, const string &text, int = -1) {
  const std::string out = rt::bytes(text);
  return static_cast<uint>(std::fwrite(out.data(), 1, out.size(), rt::fileOf(handle)));
}
inline bool FileIsExist(const string &name, int = 0) { return access(rt::pathOf(name).c_str(), F_OK) == 0; }
inline bool FileDelete(const string &name, int = 0) { return unlink(rt::pathOf(name).c_str()) == 0; }
inline bool FileMove(const string &from, int, const string &to, int) {
  return std::rename(rt::pathOf(from).c_str(), rt::pathOf(to).c_str()) == 0;
}
