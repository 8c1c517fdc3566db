// Steps as JSON. The journal is our own file, and still is read as if somebody else had written it.
#include "tools/step.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace favilla {
namespace {

namespace fs = std::filesystem;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

Json path_json(const fs::path& path) {
  const std::string text = path.string();
  if (is_valid_utf8(text)) return text;
  std::string hex;
  for (const char c : text) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return Json{{"hex", hex}};
}

Error damaged(std::string_view key) {
  return {ErrorKind::kCorrupt, fmt::format("a change in the journal has no valid \"{}\"", key)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_string()) return damaged(key);
  return found->get<std::string>();
}

Result<fs::path> path_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found != json.end() && found->is_string()) return fs::path(found->get<std::string>());
  if (found == json.end() || !found->is_object()) return damaged(key);
  const std::string hex = TRY(text_at(*found, "hex"));
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return damaged(key);
    bytes += static_cast<char>(high * 16 + low);
  }
  return fs::path(bytes);
}

Result<Json> content_json(const std::optional<std::string>& content, const PutBlob& put_blob) {
  if (!content) return Json();
  return Json(TRY(put_blob(*content)));
}

Result<std::optional<std::string>> content_at(const Json& json, const char* key, const GetBlob& get_blob) {
  const auto found = json.find(key);
  if (found == json.end()) return damaged(key);
  if (found->is_null()) return std::optional<std::string>();
  if (!found->is_string()) return damaged(key);
  return std::optional<std::string>(TRY(get_blob(found->get<std::string>())));
}

// Absent is nullopt: a record's value may itself be null.
std::optional<Json> value_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return std::nullopt;
  return *found;
}

Json trash_json(const char* change, const fs::path& path, const fs::path& stored, const fs::path& info,
                const std::string& info_text) {
  return {{"change", change},
          {"path", path_json(path)},
          {"stored", path_json(stored)},
          {"info", path_json(info)},
          {"info_text", info_text}};
}

Result<Step> set_record_from(const Json& json) {
  SetRecord step{TRY(text_at(json, "collection")), TRY(text_at(json, "key")), value_at(json, "before"),
                 value_at(json, "after")};
  return Step(std::move(step));
}

Result<Step> call_from(const Json& json) {
  const auto request = json.find("request");
  if (request == json.end()) return damaged("request");
  return Step(OutwardCall{*request, value_at(json, "undo")});
}

Result<Step> trash_from(const Json& json) {
  return Step(TrashStep{TRY(path_at(json, "path")), TRY(path_at(json, "stored")), TRY(path_at(json, "info")),
                        TRY(text_at(json, "info_text")), TRY(text_at(json, "fingerprint"))});
}

Result<Step> restore_from(const Json& json) {
  return Step(RestoreStep{TRY(path_at(json, "path")), TRY(path_at(json, "stored")), TRY(path_at(json, "info")),
                          TRY(text_at(json, "info_text"))});
}

}  // namespace

bool is_file_step(const Step& step) {
  return !std::holds_alternative<SetRecord>(step) && !std::holds_alternative<OutwardCall>(step);
}

Result<Json> step_json(const Step& step, const PutBlob& put_blob) {
  using JsonResult = Result<Json>;
  return std::visit(
      Overloaded{
          [&](const SetFile& s) -> JsonResult {
            Json before = TRY(content_json(s.before, put_blob));
            Json after = TRY(content_json(s.after, put_blob));
            return Json{{"change", "set_file"}, {"path", path_json(s.path)}, {"before", before}, {"after", after}};
          },
          [](const MoveFile& s) -> JsonResult {
            return Json{{"change", "move"}, {"from", path_json(s.from)}, {"to", path_json(s.to)}};
          },
          [](const CopyStep& s) -> JsonResult {
            return Json{{"change", "copy"},
                        {"from", path_json(s.from)},
                        {"to", path_json(s.to)},
                        {"fingerprint", s.fingerprint}};
          },
          [](const TrashStep& s) -> JsonResult {
            Json json = trash_json("trash", s.path, s.stored, s.info, s.info_text);
            json["fingerprint"] = s.fingerprint;
            return json;
          },
          [](const RestoreStep& s) -> JsonResult {
            return trash_json("restore", s.path, s.stored, s.info, s.info_text);
          },
          [](const MakeFolderStep& s) -> JsonResult {
            return Json{{"change", "make_folder"}, {"path", path_json(s.path)}, {"implied", s.implied}};
          },
          [](const RemoveFolderStep& s) -> JsonResult {
            return Json{{"change", "remove_folder"}, {"path", path_json(s.path)}, {"implied", s.implied}};
          },
          [](const SetRecord& s) -> JsonResult {
            Json json{{"change", "set_record"}, {"collection", s.collection}, {"key", s.key}};
            if (s.before) json["before"] = *s.before;
            if (s.after) json["after"] = *s.after;
            return json;
          },
          [](const OutwardCall& s) -> JsonResult {
            Json json{{"change", "call"}, {"request", s.request}};
            if (s.undo) json["undo"] = *s.undo;
            return json;
          },
      },
      step);
}

Result<Step> step_from_json(const Json& json, const GetBlob& get_blob) {
  if (!json.is_object()) return damaged("change");
  const std::string change = TRY(text_at(json, "change"));
  if (change == "set_file") {
    return Step(SetFile{TRY(path_at(json, "path")), TRY(content_at(json, "before", get_blob)),
                        TRY(content_at(json, "after", get_blob))});
  }
  if (change == "move") return Step(MoveFile{TRY(path_at(json, "from")), TRY(path_at(json, "to"))});
  if (change == "copy") {
    return Step(CopyStep{TRY(path_at(json, "from")), TRY(path_at(json, "to")), TRY(text_at(json, "fingerprint"))});
  }
  if (change == "trash") return trash_from(json);
  if (change == "restore") return restore_from(json);
  const bool implied = value_at(json, "implied") == Json(true);
  if (change == "make_folder") return Step(MakeFolderStep{TRY(path_at(json, "path")), implied});
  if (change == "remove_folder") return Step(RemoveFolderStep{TRY(path_at(json, "path")), implied});
  if (change == "set_record") return set_record_from(json);
  if (change == "call") return call_from(json);
  return Error{ErrorKind::kUnsupported, fmt::format("this Favilla knows no change \"{}\"", change)};
}

std::vector<std::string> touched_by(const Step& step) {
  using Names = std::vector<std::string>;
  return std::visit(Overloaded{
                        [](const MoveFile& s) {
                          return Names{s.from.string(), s.to.string()};
                        },
                        [](const CopyStep& s) { return Names{s.to.string()}; },
                        [](const SetRecord& s) { return Names{s.collection + "/" + s.key}; },
                        [](const OutwardCall&) { return Names{}; },
                        [](const auto& s) { return Names{s.path.string()}; },
                    },
                    step);
}

}  // namespace favilla
