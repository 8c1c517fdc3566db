// See api_error.h.
#include "api/openai/api_error.h"

namespace favilla {
namespace {

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

}  // namespace

Json to_json(const ApiError& error) {
  return {{"error",
           {{"message", error.message},
            {"type", error.type},
            {"param", text_or_null(error.param)},
            {"code", text_or_null(error.code)}}}};
}

ApiError api_error(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnsupported:
    case ErrorKind::kExhausted:
      return {.message = error.message};
    case ErrorKind::kNotFound:
      return {.status = 404, .message = error.message};
    default:
      return {.status = 500, .message = error.message, .type = "server_error"};
  }
}

ApiError api_error(const Error& error, const std::string& param) {
  ApiError result = api_error(error);
  result.message = param + ": " + error.message;
  result.param = param;
  return result;
}

}  // namespace favilla
