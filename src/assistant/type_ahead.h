// Reads the owner's message while it is being typed, so that little is left to read when it is sent.
//
//   {
//     TypeAhead type_ahead(conversation, session);
//     while (editing) type_ahead.update(line);      // returns at once
//   }                                               // stops within one layer
//   conversation.send(line, ...);
//
// It only fills the session's cache, whose prefill() keeps what fits and reads the rest: the answer is the same, bit
// for bit, whatever was typed in between. The price is work: each pass over a few words reads all weights once.
//
// While it lives, conversation and session belong to its thread. update() belongs to the thread that made it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

#include "assistant/conversation.h"
#include "base/cancel.h"
#include "base/worker_thread.h"
#include "generate/generate.h"

namespace favilla {

class TypeAhead {
 public:
  TypeAhead(const Conversation& conversation, Session& session);
  ~TypeAhead();

  // The message as it stands. Once typing pauses for kPause_ms, what comes before it and its whole words are read.
  void update(std::string text);

 private:
  static constexpr int kPause_ms = 30;
  // A pass that is stopped was for nothing, so long texts are read in pieces of so many tokens.
  static constexpr size_t kPieceTokens = 64;

  void work();
  void read(const std::string& text);

  const Conversation& conversation_;
  Session& session_;
  CancelFlag cancel_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;          // guarded by mutex_: the newest
  std::string reading_;       // guarded by mutex_: the words that the thread reads or has read last
  bool has_changed_ = false;  // guarded by mutex_: text_ is news to the thread
  bool stopping_ = false;     // guarded by mutex_

  WorkerThread thread_;  // last: it uses all the others
};

}  // namespace favilla
