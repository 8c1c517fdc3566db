// What the owner agreed to: records of favilla.db, each bound to the hash of one exact call (call.h).
//
//   Approvals approvals(store);
//   TRY(approvals.give({.hash = hash_of(call), .call = canonical_call(call), .scope = Scope::kOnce, ...}, now));
//   std::optional<Approval> approval = TRY(approvals.find(hash_of(call), turn, now));
//   // in the transaction that journals the intent: use(writer, *approval)
//
// `once` is used up by the transaction that journals the call's intent: a killed process leaves either the approval and
// no effect, or the effect's entry and no approval.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace favilla {

// kOnce: one effect. kTask: that turn or conversation. kUntil: a moment. kAlways: until it is revoked.
enum class Scope : uint8_t { kOnce, kTask, kUntil, kAlways };

const char* name_of(Scope scope);

// An approval that is not used is over after this, except kUntil and kAlways.
inline constexpr std::chrono::minutes kApprovalLife{10};

struct Approval {
  std::string id;    // the first 12 digits of the hash
  std::string hash;  // of the call
  std::string call;  // canonical, for people
  Scope scope = Scope::kOnce;
  Moment given{};
  std::optional<Moment> until;  // nullopt: for ever
  std::string turn;             // that it was asked in; kUntil and kAlways hold in every one
};

class Approvals {
 public:
  explicit Approvals(Store& store) : store_(store) {}

  // On the disk when it returns. A second one for the same call replaces the first. `until` is only for kUntil.
  // kInvalidArgument for a task without a turn and for an `until` that is over. Takes the store's lock.
  Result<Approval> give(const std::string& hash, const std::string& call, Scope scope, Moment now,
                        std::optional<Moment> until, const std::string& turn, const CancelFlag& cancel);

  // The approval that covers this call now, or nullopt. One whose record is damaged, was given in the future (the clock
  // was set back) or is over covers nothing.
  Result<std::optional<Approval>> find(const std::string& hash, std::string_view turn, Moment now) const;

  // All that still cover something, oldest first.
  Result<std::vector<Approval>> all(Moment now) const;

  // kNotFound when there is none.
  Result<void> revoke(const std::string& id, const CancelFlag& cancel);

  // Takes a kOnce away; others stay.
  static Result<void> use(StoreWriter& writer, const Approval& approval);

 private:
  Store& store_;
};

}  // namespace favilla
