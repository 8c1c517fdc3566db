// A model on another machine, or in another process: any server that speaks OpenAI's chat completions and embeddings
// (vLLM, llama-server, Ollama, ...).
//
//   RemoteModel model({.url = "http://127.0.0.1:8080/v1", .model = "qwen3-4b"}, {});
//   const auto show = [](const ChatDelta& delta) { print(delta.text); };
//   GenerateResult result = TRY(model.chat(messages, {.max_tokens = 256}, show));
//
// Whoever calls decides what may be sent there (policy/label.h). Sentences of errors begin with the server's name; what
// the server says in them is made safe to show, and never holds the key.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/random.h"
#include "base/result.h"
#include "generate/generate.h"
#include "generate/remote/address.h"
#include "generate/remote/connection.h"
#include "generate/remote/wire.h"
#include "model/model.h"

namespace favilla {

struct RemoteServer {
  std::string url;        // what stands before "/chat/completions"
  ServerAddress address;  // of the url
  std::string model;      // as the server names it
  std::string key = {};   // empty: none
  int timeout_s = 60;     // the longest silence
  int retries = 2;        // where nothing answers, or the server is busy or ill
};

// What is passed in, so that tests need not wait.
struct RemoteSurroundings {
  // Waits, and returns false when `cancel` came before the end.
  std::function<bool(std::chrono::milliseconds, const CancelFlag* cancel)> wait;
  uint64_t seed = 0;                                            // of the jitter
  std::function<void(std::string_view sentence)> on_note = {};  // "... ; trying again in 0.4 s"
};

// Sleeps; a seed from the operating system.
RemoteSurroundings real_surroundings();

// Belongs to one thread.
class RemoteModel {
 public:
  static constexpr size_t kMaxReply_bytes = size_t{64} << 20;

  RemoteModel(RemoteServer server, RemoteSurroundings surroundings);

  // Streams the answer; whole answers of servers that do not stream come as one piece. Of the options, those that every
  // server knows have an effect; a constraint is kUnsupported. Stopped by options.cancel within 100 ms, with a result.
  // Without usage in the answer, generated_tokens is the number of pieces. kPermission: the key is not taken;
  // kNotFound: no such model or path; kInvalidArgument: the server refuses the request; kBusy: too many requests; else
  // kNetwork. Once a piece has come nothing is tried again.
  Result<GenerateResult> chat(std::span<const ChatMessage> messages, const GenerateOptions& options,
                              const std::function<void(const ChatDelta&)>& on_delta);

  Result<RemoteEmbeddings> embed(std::span<const std::string> texts, const CancelFlag* cancel = nullptr);

  // What the server has. Asks once, and takes at most five seconds.
  Result<std::vector<std::string>> model_names(const CancelFlag* cancel = nullptr);

  const RemoteServer& server() const { return server_; }

 private:
  // The data of each event of a streamed reply. Its error ends the exchange.
  using EventHandler = std::function<Result<void>(const std::string& data)>;

  // The body of the reply; empty when it was streamed, as only a reply with `on_event` is.
  Result<std::string> ask(ServerRequest request, int retries, const EventHandler& on_event, const CancelFlag* cancel);
  ServerRequest request_to(std::string_view path, std::string body) const;
  Error refusal(const ReplyHead& head, std::string_view body) const;
  Error named(Error error) const;

  RemoteServer server_;
  RemoteSurroundings surroundings_;
  Random random_;
  ServerConnection connection_;
};

}  // namespace favilla
