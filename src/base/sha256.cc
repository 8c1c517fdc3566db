// SHA-256 by libsodium, the only file that includes it for hashing.
#include "base/sha256.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium/crypto_hash_sha256.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/file.h"

namespace favilla {

struct Sha256::State {
  crypto_hash_sha256_state hash;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string Sha256::hex() {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256_final(&state_->hash, digest);
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

Result<std::string> sha256_of_file(const std::filesystem::path& path, const CancelFlag* cancel) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_error("cannot open", path, errno);
  Sha256 hash;
  std::vector<std::byte> buffer(size_t{1} << 20);
  ssize_t count = 0;
  bool cancelled = false;
  while (!cancelled && (count = ::read(fd, buffer.data(), buffer.size())) > 0) {
    hash.update({buffer.data(), static_cast<size_t>(count)});
    cancelled = cancel != nullptr && cancel->requested();
  }
  const int read_errno = errno;
  ::close(fd);
  if (cancelled) return Error{ErrorKind::kCancelled, fmt::format("stopped while checking {}", path.string())};
  if (count < 0) return errno_error("cannot read", path, read_errno);
  return hash.hex();
}

}  // namespace favilla
