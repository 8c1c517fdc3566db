// Errors as OpenAI's interface tells them: an HTTP status and {"error": {message, type, param, code}}.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace favilla {

struct ApiError {
  int status = 400;
  std::string message;  // one sentence that begins with the member: "messages[2].content: must be ..."
  std::string type = "invalid_request_error";
  std::optional<std::string> param = {};  // the member: "messages[2].content"
  std::optional<std::string> code = {};   // a word for programs, where OpenAI has one
};

// {"error": {...}}
Json to_json(const ApiError& error);

// 400 for what the request is to blame for, 404 for kNotFound, 500 for the rest.
ApiError api_error(const Error& error);

// The same, of one member: its path stands before the message.
ApiError api_error(const Error& error, const std::string& param);

// A value or an ApiError.
template <class T>
struct ApiResult {
  std::optional<T> value = {};
  ApiError error = {};

  ApiResult(T made) : value(std::move(made)) {}
  ApiResult(ApiError failed) : error(std::move(failed)) {}
};

}  // namespace favilla
