// What was trained to tell the program's own functions apart.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace favilla {

// It reads the sentence alone, so a function that is new has to be learned first. The engine stays behind it.
class FunctionClassifier {
 public:
  virtual ~FunctionClassifier() = default;
  // How probable it is that the sentence asks for each function that was learned, and under kNoTool for none of them.
  // Together they are 1.
  virtual Result<std::map<std::string, double>> classify(std::string_view sentence) = 0;
};

}  // namespace favilla
