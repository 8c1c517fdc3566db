// The beginning that all conversations with one system text share, kept on disk from one start to the next.
//
//   StablePrefix prefix(session, store);
//   prefix.begin(conversation);            // what the store has needs no reading any more
//   TRY(conversation.send(...));
//   const Result<void> kept = prefix.keep();   // after the answer, when nobody waits
#pragma once

#include <vector>

#include "assistant/conversation.h"
#include "base/result.h"
#include "generate/generate.h"
#include "generate/prefix_store.h"

namespace favilla {

// Both references outlive it. Owner: the thread of the session.
class StablePrefix {
 public:
  StablePrefix(Session& session, const PrefixStore& store) : session_(session), store_(store) {}

  // Before the first turn, and after the system text has changed.
  void begin(const Conversation& conversation);

  // Puts the beginning into the store if a turn has read it since begin(), once. An error is worth a remark: it costs
  // the next start some time and nothing else.
  Result<void> keep();

 private:
  static constexpr size_t kFewTokens = 8;  // fewer were not measured to be worth a file: 11 are (docs/speed.md)

  Session& session_;
  const PrefixStore& store_;
  std::vector<TokenId> ids_;  // empty: there is nothing to keep
};

}  // namespace favilla
