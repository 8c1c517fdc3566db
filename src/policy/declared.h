// What an action says about itself before it may be registered: the monitor decides from this, never from the action's
// words. Each row of a tool's table has one; the compiler refuses a row without.
//
//   constexpr Declared kReadMail = reads({Integrity::kUnknownSender, Confidentiality::kPersonal});
//   constexpr Declared kSend{.reads = kOwn, .sends = Sends::kOthers, .undo = Undo::kImpossible};
#pragma once

#include "policy/label.h"

namespace favilla {

// Where an action can carry data.
enum class Sends : uint8_t {
  kNowhere,    // the owner's files and records
  kDesktop,    // programs of the owner's session: players, the screen, a file's own program
  kOwnServer,  // a server that only the configuration names: the home's
  kOthers,     // anybody that the call names: mail, the web
};

enum class Undo : uint8_t {
  kNotNeeded,   // it changes nothing
  kPossible,    // the journal takes it back
  kTrifle,      // cannot be taken back, and nothing is lost by it: the next song, the screen locked
  kImpossible,  // cannot be taken back
};

// Whether the owner is asked whatever the arguments are.
enum class Asks : uint8_t { kByEffect, kAlways };

struct Declared {
  Label reads;  // what its result carries
  Sends sends;
  Undo undo;
  Asks asks = Asks::kByEffect;

  constexpr bool changes() const { return undo != Undo::kNotNeeded; }
};

// Only looks, at things that stay on this computer.
constexpr Declared reads(Label label) {
  return {label, Sends::kNowhere, Undo::kNotNeeded};
}

// Changes the owner's files or records, so that the journal can take it back.
constexpr Declared keeps(Label label) {
  return {label, Sends::kNowhere, Undo::kPossible};
}

// Orders a device or a program of the owner; what it does there is of no weight.
constexpr Declared commands(Label label, Sends sends, Asks asks = Asks::kByEffect) {
  return {label, sends, Undo::kTrifle, asks};
}

// The labels that the built-in tools use.
inline constexpr Label kPublicFact{Integrity::kOwnData, Confidentiality::kPublic};
inline constexpr Label kOwnRecords{Integrity::kOwnData, Confidentiality::kPersonal};
inline constexpr Label kFromAnybody{Integrity::kUnknownSender, Confidentiality::kPersonal};
inline constexpr Label kFromDevices{Integrity::kToolVendor, Confidentiality::kPersonal};

}  // namespace favilla
