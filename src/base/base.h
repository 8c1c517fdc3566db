// base: what every module may use. Include the header you need; this one lists them.
//
//   #include "base/result.h"   Result<T>, Error, TRY
//   #include "base/json.h"     Json, parse_json, to_json_text
//   #include "base/file.h"     MappedFile, read_file, write_file_atomically, FileLock
//   Result<Json> config = parse_json(TRY(read_file(paths.config / "x.json")));
#pragma once

#include "base/cancel.h"         // IWYU pragma: export
#include "base/checksum.h"       // IWYU pragma: export
#include "base/child_process.h"  // IWYU pragma: export
#include "base/file.h"           // IWYU pragma: export
#include "base/json.h"           // IWYU pragma: export
#include "base/paths.h"          // IWYU pragma: export
#include "base/random.h"         // IWYU pragma: export
#include "base/result.h"         // IWYU pragma: export
#include "base/sha256.h"         // IWYU pragma: export
#include "base/signal_watch.h"   // IWYU pragma: export
#include "base/subprocess.h"     // IWYU pragma: export
#include "base/thread_team.h"    // IWYU pragma: export
#include "base/utf8.h"           // IWYU pragma: export
#include "base/worker_thread.h"  // IWYU pragma: export
