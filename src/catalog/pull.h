// Pulling: from a source's words to verified files and a row in models.toml. Nothing is taken for whole before its
// digest and its format were checked; everything unfinished lies in <models>/.partial/NAME and is taken up by the next
// attempt.
#pragma once

#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"
#include "catalog/known_models.h"
#include "catalog/manifest.h"

namespace favilla {

class Catalog;

// What a pull tells and asks while it works; called in the thread that called pull().
class PullObserver {
 public:
  virtual ~PullObserver() = default;
  virtual void on_step(std::string_view sentence) = 0;
  // total_bytes is 0 while unknown.
  virtual void on_progress(uint64_t done_bytes, uint64_t total_bytes) = 0;
  virtual bool accept_terms(std::string_view model, const ModelTerms& terms) = 0;
};

struct PullOptions {
  // A name of known_models(), a GGUF file or its first split, a folder of a sentence transformer, an https URL, or
  // hf.co/ORG/REPO[:QUANT].
  std::string source;
  std::string name;     // what to call it; empty: from the source
  std::string sha256;   // expected digest of the (single) file; empty: none known
  std::string hub_url;  // base address of the model hub; empty: the public one
  std::string hub_token;
  int stall_timeout_s = 30;  // a transfer below 1 byte/s for so long is given up
  const CancelFlag* cancel = nullptr;
};

struct PullResult {
  ModelRow row;
  bool was_here = false;  // nothing had to be fetched
};

// Errors: kInvalidArgument, kNotFound, kPermission (terms, folder), kNetwork, kCorrupt (digest, format), kExhausted
// (disk), kBusy (another process pulls the same name), kCancelled (what was fetched is kept).
Result<PullResult> pull(Catalog& catalog, const PullOptions& options, PullObserver& observer);

}  // namespace favilla
