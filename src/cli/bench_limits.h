// What this machine could do at best, and what a model asks of it: the two make a speed a percentage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/app.h"
#include "base/result.h"

namespace favilla::cli {

struct MachineLimits {
  struct Figures {
    double read_bytes_per_s;
    double multiply_adds_per_s;  // int8; 0 when the instruction set has no such instructions
  };
  int threads;
  Figures one_thread;
  Figures all_threads;
  int64_t buffer_bytes;             // what was read from end to end
  std::optional<int64_t> l3_bytes;  // absent when the system does not tell

  bool may_sit_in_l3() const { return l3_bytes && buffer_bytes <= *l3_bytes; }
};

// Takes about a second on an idle machine. The buffer is as large as `weight_bytes`, so that caches help it as much as
// they help the model, within 64 MiB and 1 GiB. kExhausted when there is no memory for it.
Result<MachineLimits> measure_limits(Isa isa, int threads, int64_t weight_bytes);

// One sentence of figures for people.
std::string limits_text(const MachineLimits& limits);

// What the weights of a model cost, by its file.
struct ModelWork {
  double token_bytes;           // weights that one decoded token reads, as the file stores them
  double prompt_multiply_adds;  // of each token of a prompt, without attention
  double head_multiply_adds;    // once a prompt
};

Result<ModelWork> model_work(const Paths& paths, const std::string& model_name);

}  // namespace favilla::cli
