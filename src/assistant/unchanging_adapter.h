// For tests: the bytes of an adapter that changes nothing of a BERT model.
//
//   const std::string bytes = unchanging_adapter([](GgufWriter& writer) { writer.add_floats("favilla.x", {1, 2}); });
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "model/gguf_writer.h"

namespace favilla {

inline constexpr size_t kAdapterWidth = 64;  // of tests/golden/models/bert-mean.gguf

// `add` adds metadata.
inline std::string unchanging_adapter(const std::function<void(GgufWriter&)>& add) {
  GgufWriter writer;
  writer.add_string("general.type", "adapter");
  writer.add_string("adapter.type", "lora");
  writer.add_string("general.architecture", "bert");
  add(writer);
  constexpr auto kWidth = static_cast<int64_t>(kAdapterWidth);
  writer.add_tensor("blk.0.attn_q.weight.lora_a", DType::kF32, std::vector<int64_t>{kWidth, 1});
  writer.add_tensor("blk.0.attn_q.weight.lora_b", DType::kF32, std::vector<int64_t>{1, kWidth});
  const std::vector<std::byte> zeros(kAdapterWidth * sizeof(float));
  std::ostringstream out;
  EXPECT_TRUE(writer.begin(out));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(writer.write_tensor(zeros));
  EXPECT_TRUE(writer.finish());
  return out.str();
}

}  // namespace favilla
