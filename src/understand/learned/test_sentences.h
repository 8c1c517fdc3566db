// A small world of lights, alarms and music for the tests of learned intents: every sentence is made from parts, so
// that tests can ask about combinations that the training sentences lack.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "understand/learned/examples.h"

namespace favilla {

inline Example test_example(std::string_view intent, std::string_view before, std::string_view kind,
                            std::string_view value, std::string_view after) {
  Example example;
  example.intent = intent;
  example.text = before;
  const size_t begin = example.text.size();
  example.text += value;
  if (!kind.empty()) example.entities.push_back({begin, example.text.size(), std::string(kind)});
  example.text += after;
  return example;
}

// 3 intents, 3 kinds of entities, and chat that is out of scope. The kitchen is only ever lit, never darkened.
inline std::vector<Example> test_sentences() {
  std::vector<Example> examples;
  for (const std::string_view room : {"bedroom", "living room", "hall", "garage", "office"}) {
    examples.push_back(test_example("lights_off", "turn off the lights in the ", "room", room, ""));
    examples.push_back(test_example("lights_off", "make the ", "room", room, " dark please"));
    examples.push_back(test_example("lights_off", "switch the ", "room", room, " lights off"));
  }
  for (const std::string_view time : {"six", "seven", "half past eight", "ten", "noon"}) {
    examples.push_back(test_example("alarm_set", "wake me up at ", "time", time, ""));
    examples.push_back(test_example("alarm_set", "set an alarm for ", "time", time, " tomorrow"));
    examples.push_back(test_example("alarm_set", "i have to get up at ", "time", time, ""));
  }
  for (const std::string_view artist : {"queen", "nina simone", "the beatles", "bach", "miles davis"}) {
    examples.push_back(test_example("music_play", "play something by ", "artist", artist, ""));
    examples.push_back(test_example("music_play", "i want to hear ", "artist", artist, " songs"));
    examples.push_back(test_example("music_play", "put on the new record of ", "artist", artist, ""));
  }
  for (const std::string_view topic : {"love", "taxes", "football", "history", "dinosaurs"}) {
    examples.push_back(test_example("", "what do you think about ", "", topic, ""));
    examples.push_back(test_example("", "explain ", "", topic, " to a child"));
    examples.push_back(test_example("", "who invented ", "", topic, " and why"));
  }
  return examples;
}

}  // namespace favilla
