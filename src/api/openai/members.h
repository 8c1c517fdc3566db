// Reads members of a request one by one; the first that is wrong makes the whole request fail.
//
//   std::optional<ApiError> error;
//   Members body(json, "", error);
//   body.allow_only({"model", "temperature"});
//   std::string model = body.require_text("model");
//   double temperature = body.number("temperature", {0, 2}).value_or(1);
//   if (error) return *error;
//
// null is the same as absent, as OpenAI has it. After an error, what is read is empty.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "api/openai/api_error.h"

namespace favilla {

struct NumberRange {
  double low = 0;
  double high = 0;
};

struct IntegerRange {
  int64_t low = 0;
  int64_t high = 0;
};

class Members {
 public:
  // `path` is the object's own: "messages[2]", or "" for the body. All must outlive the reader. Fails when `object` is
  // none.
  Members(const Json& object, std::string path, std::optional<ApiError>& error);

  // Fails for any other member. A misspelt option would otherwise be without effect, and nobody would know.
  void allow_only(std::initializer_list<std::string_view> names);

  const Json* find(std::string_view name) const;  // nullptr: absent or null
  std::optional<std::string> text(std::string_view name);
  std::string require_text(std::string_view name);
  std::optional<bool> boolean(std::string_view name);
  std::optional<double> number(std::string_view name, NumberRange range);
  std::optional<int64_t> integer(std::string_view name, IntegerRange range);
  std::optional<std::string> one_of(std::string_view name, std::initializer_list<std::string_view> words);
  const Json* array(std::string_view name);
  const Json* object(std::string_view name);

  std::string path_of(std::string_view name) const;
  // "PATH: SENTENCE"
  void fail(std::string_view name, std::string_view sentence, std::optional<std::string> code = {});
  bool failed() const { return error_.has_value(); }
  std::optional<ApiError>& error() { return error_; }

 private:
  const Json& json_;
  const std::string path_;
  std::optional<ApiError>& error_;
};

// "PATH[INDEX]"
std::string element_path(const std::string& path, size_t index);

// Fails `error`, if there is none yet, with "PATH: SENTENCE".
void fail_at(std::optional<ApiError>& error, const std::string& path, std::string_view sentence,
             std::optional<std::string> code = {});

// A JSON object, for example the body of a request. Its size, depth and number of members are bounded before it is
// built. Messages begin with `what`.
ApiResult<Json> parse_object(std::string_view text, std::string_view what = "the body");

}  // namespace favilla
