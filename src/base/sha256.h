// SHA-256 (FIPS 180-4) of streams and files, by libsodium.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/cancel.h"
#include "base/result.h"

namespace favilla {

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  std::string hex();  // 64 lower-case digits; ends the stream

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Reads the file in pieces. kCancelled when the flag is set.
Result<std::string> sha256_of_file(const std::filesystem::path& path, const CancelFlag* cancel = nullptr);

}  // namespace favilla
