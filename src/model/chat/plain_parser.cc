// The parser of families without thinking: all text is answer.
#include "model/chat/families.h"

namespace favilla {
namespace {

class PlainParser final : public ChatParser {
 public:
  std::vector<ChatDelta> feed(std::string_view text) override {
    if (text.empty()) return {};
    return {{.kind = ChatDelta::Kind::kText, .text = std::string(text)}};
  }
  std::vector<ChatDelta> finish() override { return {}; }
};

}  // namespace

std::unique_ptr<ChatParser> make_plain_parser() {
  return std::make_unique<PlainParser>();
}

}  // namespace favilla
