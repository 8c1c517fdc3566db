// The decode step allocates nothing. This file replaces the global allocation functions of its test program to count.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <new>

#include "generate/generate.h"

namespace {

// Written by every thread of the engine, so atomic; read only around the counted calls.
std::atomic<int64_t> allocations{0};

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  void* memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace favilla {
namespace {

TEST(DecodeStep, AllocatesNothing) {
  const auto path = std::filesystem::path(FAVILLA_SOURCE_DIR) / "tests/golden/models/gemma3.gguf";
  GgufFile file = std::move(GgufFile::open(path)).value();
  Engine engine = std::move(Engine::load(std::move(file), {.threads = 2})).value();
  Session session = std::move(engine.new_session({})).value();
  CancelFlag cancel;
  ASSERT_TRUE(session.append(5, &cancel));
  const int64_t before = allocations;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(session.append(6, &cancel));
  EXPECT_EQ(allocations - before, 0);
}

}  // namespace
}  // namespace favilla
