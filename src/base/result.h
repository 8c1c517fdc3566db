// Result<T>: a value or an Error, with the names of std::expected (GCC 12 has none).
//
//   Result<int> parse_port(std::string_view text);
//   Result<Server> start(std::string_view text) {
//     int port = TRY(parse_port(text));             // returns the Error to our caller
//     TRY(bind_socket(port).context("starting"));   // "starting: port 80 is taken"
//     ...
//   }
//
// No exception crosses a function of ours. Context is added once, by the one who knows the file or the name.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace favilla {

enum class ErrorKind {
  kInvalidArgument,  // the caller's words make no sense: usage, bad option, bad JSON
  kNotFound,         // no such file, model, key
  kCorrupt,          // bytes that break their own format
  kUnsupported,      // well-formed, but not something we implement
  kExhausted,        // memory, disk or context window is full
  kIo,               // the operating system refused a read or write
  kNetwork,          // a peer did not answer, or answered wrongly
  kBusy,             // another process holds it
  kPermission,       // not allowed, or terms not accepted
  kCancelled,        // the owner stopped it
  kInternal,         // our own mistake
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  // one sentence: what, where, and the next step if there is one

  Error context(std::string_view where) && {
    message = std::string(where) + ": " + message;
    return std::move(*this);
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Require has_value().
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Requires !has_value().
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  T value_or(T fallback) && { return has_value() ? std::move(*this).value() : std::move(fallback); }

  // Prefixes the error's message, if there is one.
  Result context(std::string_view where) && {
    if (has_value()) return std::move(*this);
    return std::move(*this).error().context(where);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  void value() const {}
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }
  Result context(std::string_view where) && {
    if (has_value()) return {};
    return std::move(*error_).context(where);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace favilla

// Yields the value, or returns the error from the enclosing function. A statement expression, so it works in
// declarations.
#define TRY(expression)                                                  \
  __extension__({                                                        \
    auto&& try_result_ = (expression);                                   \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                                      \
  })
