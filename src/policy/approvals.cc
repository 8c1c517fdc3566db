#include "policy/approvals.h"

#include <fmt/format.h>

#include <algorithm>

namespace favilla {
namespace {

constexpr const char* kCollection = "approval";
constexpr const char* kScopes[] = {"once", "task", "until", "always"};
constexpr size_t kIdDigits = 12;

int64_t milliseconds(Moment moment) {
  return moment.time_since_epoch().count();
}

Json json_of(const Approval& approval) {
  return {{"hash", approval.hash},
          {"call", approval.call},
          {"scope", name_of(approval.scope)},
          {"given", milliseconds(approval.given)},
          {"until", approval.until ? Json(milliseconds(*approval.until)) : Json()},
          {"turn", approval.turn}};
}

std::optional<Approval> approval_of(const std::string& id, const Json& json) {
  const auto text = [&](const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
  };
  const bool whole = json.is_object() && json.contains("given") && json["given"].is_number_integer() &&
                     json.contains("until") && (json["until"].is_null() || json["until"].is_number_integer());
  const std::string scope = text("scope");
  const auto* const row = std::find(std::begin(kScopes), std::end(kScopes), scope);
  if (!whole || row == std::end(kScopes) || !text("hash").starts_with(id)) return std::nullopt;
  Approval approval{id, text("hash"), text("call"), static_cast<Scope>(row - std::begin(kScopes)),
                    {}, {},           text("turn")};
  approval.given = Moment(std::chrono::milliseconds(json["given"].get<int64_t>()));
  if (!json["until"].is_null()) approval.until = Moment(std::chrono::milliseconds(json["until"].get<int64_t>()));
  if (!approval.until && approval.scope != Scope::kAlways) return std::nullopt;
  return approval;
}

bool holds(const Approval& approval, Moment now) {
  return approval.given <= now && (!approval.until || now < *approval.until);
}

}  // namespace

const char* name_of(Scope scope) {
  return kScopes[static_cast<int>(scope)];
}

Result<Approval> Approvals::give(const std::string& hash, const std::string& call, Scope scope, Moment now,
                                 std::optional<Moment> until, const std::string& turn, const CancelFlag& cancel) {
  if (scope == Scope::kTask && turn.empty()) {
    return Error{ErrorKind::kInvalidArgument, "there is no task that it could be approved for"};
  }
  if (scope == Scope::kUntil && (!until || *until <= now)) {
    return Error{ErrorKind::kInvalidArgument, "an approval needs a time that is still to come"};
  }
  Approval approval{hash.substr(0, kIdDigits), hash, call, scope, now, until, turn};
  if (scope == Scope::kOnce || scope == Scope::kTask) approval.until = now + kApprovalLife;
  if (scope == Scope::kAlways) approval.until = std::nullopt;
  const StoreLock lock = TRY(store_.lock(cancel));
  TRY(store_.write(Durability::kFlushed, [&](StoreWriter& writer) {
    return writer.set_record(kCollection, approval.id, json_of(approval));
  }));
  return approval;
}

Result<std::optional<Approval>> Approvals::find(const std::string& hash, std::string_view turn, Moment now) const {
  const std::string id = hash.substr(0, kIdDigits);
  const std::optional<Json> record = TRY(store_.record(kCollection, id));
  if (!record) return std::optional<Approval>();
  std::optional<Approval> approval = approval_of(id, *record);
  const bool of_any_turn = approval && (approval->scope == Scope::kUntil || approval->scope == Scope::kAlways);
  const bool covers =
      approval && approval->hash == hash && holds(*approval, now) && (of_any_turn || approval->turn == turn);
  if (!covers) return std::optional<Approval>();
  return approval;
}

Result<std::vector<Approval>> Approvals::all(Moment now) const {
  std::vector<Approval> found;
  for (const auto& [id, json] : TRY(store_.records(kCollection))) {
    std::optional<Approval> approval = approval_of(id, json);
    if (approval && holds(*approval, now)) found.push_back(std::move(*approval));
  }
  std::sort(found.begin(), found.end(), [](const Approval& a, const Approval& b) { return a.given < b.given; });
  return found;
}

Result<void> Approvals::revoke(const std::string& id, const CancelFlag& cancel) {
  if (!TRY(store_.record(kCollection, id))) {
    return Error{ErrorKind::kNotFound, fmt::format("there is no approval {} (`favilla approvals` lists them)", id)};
  }
  const StoreLock lock = TRY(store_.lock(cancel));
  return store_.write(Durability::kFlushed,
                      [&](StoreWriter& writer) { return writer.set_record(kCollection, id, std::nullopt); });
}

Result<void> Approvals::use(StoreWriter& writer, const Approval& approval) {
  if (approval.scope != Scope::kOnce) return {};
  return writer.set_record(kCollection, approval.id, std::nullopt);
}

}  // namespace favilla
