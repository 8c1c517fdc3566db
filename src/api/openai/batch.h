// OpenAI's batch files: a request a line in, an answer a line out.
//
//   BatchFiles files = TRY(BatchFiles::open("in.jsonl", "out.jsonl"));
//   BatchSummary summary = TRY(run_batch(files, {.chat = ..., .embed = ...}, [](const BatchProgress& p) { show(p); }));
//
// In:  {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions" or "/v1/embeddings", "body": {...}}
// Out: {"id", "custom_id", "response": {"status_code", "request_id", "body"}, "error"}
//
// An answer is written by one call, so a killed process leaves whole lines and at most one that is torn; the next start
// cuts that off and goes on where the other stopped. A row that is wrong gets an answer that says so; the run goes on.
// Answers stand in the order of the requests. One process at a time writes an output file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/openai/chat_answer.h"
#include "api/openai/embeddings.h"
#include "base/cancel.h"

namespace favilla {

// One line of the input.
struct BatchRow {
  size_t line = 0;        // from 1
  std::string custom_id;  // empty: the line has none, because it cannot be read
  std::string id;         // of the answer; a hash of the line, the same after a restart
  std::string_view text;  // the line
};

class BatchFiles {
 public:
  // Reads the input and what the output has already. kInvalidArgument: two rows of the input have one custom_id, or
  // both paths are one file; kCorrupt: the output has other lines than answers to this very input; kBusy: another
  // process writes it. The same limit as for one body holds for a line.
  static Result<BatchFiles> open(const std::filesystem::path& input, const std::filesystem::path& output);

  BatchFiles(BatchFiles&& other) noexcept;
  BatchFiles& operator=(BatchFiles&&) = delete;
  ~BatchFiles();

  const std::vector<BatchRow>& rows() const { return rows_; }
  bool is_answered(size_t row) const { return answered_[row]; }
  size_t already_answered() const { return already_answered_; }
  size_t torn_bytes() const { return torn_bytes_; }  // cut off the end of the output when it was opened

  // Adds one answer. kExhausted when the disk is full; then nothing of it is left behind.
  Result<void> append(size_t row, const Json& answer);

  // Flushes, and puts the lines into the order of the input, if rows were missing between others.
  Result<void> finish();

 private:
  BatchFiles() = default;
  Result<void> read_rows();
  Result<void> read_answers(const std::filesystem::path& output);
  Result<void> note_answer(std::string_view line, size_t number);

  std::unique_ptr<const std::string> text_;  // the input; rows_ point into it
  std::vector<BatchRow> rows_;
  std::vector<bool> answered_;
  std::filesystem::path output_;
  int fd_ = -1;
  size_t already_answered_ = 0;
  size_t torn_bytes_ = 0;
  size_t last_row_ = 0;  // of the last line, plus 1
  bool is_ordered_ = true;
  int64_t flushed_ms_ = 0;
};

// Who answers. They may load models when first asked for them.
struct BatchHandlers {
  std::function<ApiResult<ChatAnswer>(const ChatRequest&)> chat;
  std::function<ApiResult<Json>(const EmbeddingRequest&)> embed;
  std::function<int64_t()> now_s;
  std::string default_model;  // of bodies that name none; empty: they are wrong
  const CancelFlag* cancel = nullptr;
};

struct BatchSummary {
  size_t rows = 0;
  size_t already_answered = 0;
  size_t answered = 0;  // by this run, well
  size_t failed = 0;    // by this run, with an error
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
};

// Answers what is not answered yet. kCancelled when stopped: the answer that was under way is dropped. Other errors are
// those of writing the output.
Result<BatchSummary> run_batch(BatchFiles& files, const BatchHandlers& handlers,
                               const std::function<void(const BatchSummary&)>& on_row);

}  // namespace favilla
