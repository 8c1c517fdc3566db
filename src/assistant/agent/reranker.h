// What judges a request and one function together.
#pragma once

#include <string_view>

#include "base/result.h"

namespace favilla {

// A cross-encoder: it reads both texts in one pass (rerank_text.h writes them). The engine stays behind it.
class Reranker {
 public:
  virtual ~Reranker() = default;
  // How well the function fits, in log odds against "no function does".
  virtual Result<double> score(std::string_view request, std::string_view function) = 0;
};

}  // namespace favilla
