// The program's own definitions of these names come before libc's, for its shared libraries, too.
#include "failing_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace favilla::faults {
namespace {

Failing failing = Failing::kNothing;
int failing_number = 0;
int counted = 0;

bool fails() {
  if (failing == Failing::kNothing) return false;
  ++counted;
  return failing == Failing::kOnce ? counted == failing_number : counted >= failing_number;
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

void fail_calls(Failing mode, int number) {
  failing = mode;
  failing_number = number;
  counted = 0;
}

int calls_counted() {
  return counted;
}

}  // namespace favilla::faults

using favilla::faults::fails;
using favilla::faults::next;

namespace {

template <class Result>
Result failed(int error) {
  errno = error;
  return Result{-1};
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return fails() ? failed<int>(ENOSPC) : next<int(const char*, int, ...)>("open")(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return fails() ? failed<int>(ENOSPC) : next<int(const char*, int, ...)>("open64")(path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  return fails() ? failed<ssize_t>(ENOSPC) : next<ssize_t(int, const void*, size_t)>("write")(fd, bytes, count);
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  return fails() ? failed<ssize_t>(ENOSPC)
                 : next<ssize_t(int, const void*, size_t, off_t)>("pwrite")(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  return fails() ? failed<ssize_t>(ENOSPC)
                 : next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64")(fd, bytes, count, at);
}

int fsync(int) {
  return fails() ? failed<int>(EIO) : 0;
}

int fdatasync(int) {
  return fails() ? failed<int>(EIO) : 0;
}

int ftruncate(int fd, off_t size) noexcept {
  return fails() ? failed<int>(ENOSPC) : next<int(int, off_t)>("ftruncate")(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  return fails() ? failed<int>(ENOSPC) : next<int(int, off64_t)>("ftruncate64")(fd, size);
}

int rename(const char* from, const char* to) noexcept {
  return fails() ? failed<int>(ENOSPC) : next<int(const char*, const char*)>("rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return fails() ? failed<int>(ENOSPC)
                 : next<int(int, const char*, int, const char*, unsigned)>("renameat2")(from_folder, from, to_folder,
                                                                                        to, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  return fails() ? failed<int>(ENOSPC) : next<int(const char*, mode_t)>("mkdir")(path, mode);
}

}  // extern "C"
