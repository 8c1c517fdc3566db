#include "tools/builtin/files/files.h"

#include "tools/builtin/files/actions.h"

namespace favilla {

extern const char kFilesSentences[];

namespace {

constexpr Declared kOrganises{kFromAnybody, Sends::kNowhere, Undo::kPossible, Asks::kAlways};

#define FILE_NAME R"("file": {"type": "string", "description": "a path in the home folder, or words of its name"})"
#define FOLDER_NAME R"("in": {"type": "string", "description": "a folder of the home folder; all of it when not said"})"
#define LIMIT R"("limit": {"type": "integer", "minimum": 1, "maximum": 1000})"

constexpr Action kActions[] = {
    {"find", "finds files by name, content, kind, size or when they were changed", Effect::kPure, reads(kFromAnybody),
     R"({"type": "object", "properties": {
       "words": {"type": "string", "description": "words of the name"},
       "content": {"type": "string", "description": "text in the file"},
       "kind": {"type": "string", "enum": ["pictures", "documents", "music", "videos", "archives"]},
       "extension": {"type": "string", "description": "pdf"},
       "start": {"type": "string", "description": "changed at or after: date or date-time"},
       "end": {"type": "string", "description": "changed before: date or date-time"},
       "larger_than": {"description": "1 GB"}, "smaller_than": {"description": "10 kB"},
       "sort": {"type": "string", "enum": ["newest", "largest"]}, )" FOLDER_NAME "," LIMIT R"(},
      "required": [], "additionalProperties": false})",
     plan_files_find, nullptr},
    {"usage", "tells which folders and files take the most space", Effect::kPure, reads(kFromAnybody),
     R"({"type": "object", "properties": {)" FOLDER_NAME "," LIMIT
     R"(}, "required": [], "additionalProperties": false})",
     plan_files_usage, nullptr},
    {"open", "opens a file or folder with the desktop's program for it", Effect::kAtMostOnce,
     commands(kFromAnybody, Sends::kDesktop),
     R"({"type": "object", "properties": {)" FILE_NAME R"(}, "required": ["file"], "additionalProperties": false})",
     plan_files_open, perform_files},
    {"copy", "copies a file or folder; never replaces anything", Effect::kIdempotent, keeps(kFromAnybody),
     R"({"type": "object", "properties": {)" FILE_NAME R"(, "to": {"type": "string"}},
      "required": ["file", "to"], "additionalProperties": false})",
     plan_files_copy, nullptr},
    {"move", "moves a file or folder; never replaces anything", Effect::kIdempotent, keeps(kFromAnybody),
     R"({"type": "object", "properties": {)" FILE_NAME R"(, "to": {"type": "string"}},
      "required": ["file", "to"], "additionalProperties": false})",
     plan_files_move, nullptr},
    {"rename", "renames a file or folder; a file keeps its ending when none is said", Effect::kIdempotent,
     keeps(kFromAnybody), R"({"type": "object", "properties": {)" FILE_NAME R"(, "name": {"type": "string"}},
      "required": ["file", "name"], "additionalProperties": false})",
     plan_files_rename, nullptr},
    {"make_folder", "makes a folder", Effect::kIdempotent, keeps(kFromAnybody),
     R"({"type": "object", "properties": {"name": {"type": "string"}, )" FOLDER_NAME R"(},
      "required": ["name"], "additionalProperties": false})",
     plan_files_make_folder, nullptr},
    {"organise", "moves the files of one folder into sub-folders by kind, year or month; one undo takes all back",
     Effect::kIdempotent, kOrganises, R"({"type": "object", "properties": {)" FOLDER_NAME R"(,
       "by": {"type": "string", "enum": ["kind", "year", "month"]}},
      "required": ["in"], "additionalProperties": false})",
     plan_files_organise, nullptr},
    {"archive", "packs a file or folder into a .tar.gz or .zip beside it", Effect::kAskOnDoubt, keeps(kFromAnybody),
     R"({"type": "object", "properties": {)" FILE_NAME R"(,
       "format": {"type": "string", "enum": ["tar.gz", "zip"], "default": "tar.gz"}},
      "required": ["file"], "additionalProperties": false})",
     plan_files_archive, perform_files},
    {"trash", "moves a file or folder to the Trash", Effect::kIdempotent, keeps(kFromAnybody),
     R"({"type": "object", "properties": {)" FILE_NAME R"(}, "required": ["file"], "additionalProperties": false})",
     plan_files_trash, nullptr},
    {"restore", "takes a file out of the Trash again, the last one when none is named", Effect::kIdempotent,
     keeps(kFromAnybody),
     R"({"type": "object", "properties": {)" FILE_NAME R"(}, "required": [], "additionalProperties": false})",
     plan_files_restore, nullptr},
};

#undef FILE_NAME
#undef FOLDER_NAME
#undef LIMIT

}  // namespace

const Tool kFilesTool = {"files", "the home folder: find, move, organise, pack, delete", kActions, kFilesSentences};

}  // namespace favilla
