// The tables of favilla.db and how older ones become these.
#pragma once

#include "base/result.h"
#include "store/sqlite.h"

namespace favilla {

// The version that this program writes.
int64_t schema_version();

// Of the open database; 0 for a new one. kCorrupt for a database of another program.
Result<int64_t> stored_schema_version(const Database& database);

// Brings an older or new database forward, all steps in one transaction. kUnsupported when it is newer than this
// program: it is left alone, because writing old rows into new tables could lose what the new program keeps there.
Result<void> migrate(const Database& database);

}  // namespace favilla
