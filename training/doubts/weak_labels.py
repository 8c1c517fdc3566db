"""Whether a reading of a sentence of SLURP or HWU64 is right, as far as their intents and entities tell.

Right is a reading whose actions are among those of the intent, and none of whose texts cuts an annotated entity in two
or swallows a time. These labels are weak: what a person would do with the sentence is more than its intent."""

import re

# The actions that an intent may become; of the other intents none is right.
ACTIONS = {
    "alarm_query": "clock.alarm_list",
    "alarm_remove": "clock.alarm_cancel",
    "alarm_set": "clock.alarm_set clock.timer_start reminders.add",
    "audio_volume_down": "system.set_volume media.volume home.set",
    "audio_volume_mute": "system.set_volume media.pause media.stop",
    "audio_volume_up": "system.set_volume media.volume home.set",
    "calendar_query": "calendar.show calendar.next calendar.find calendar.free reminders.show reminders.find "
    "contacts.show contacts.birthdays",
    "calendar_remove": "calendar.cancel reminders.delete",
    "calendar_set": "calendar.add calendar.change reminders.add clock.alarm_set",
    "cooking_recipe": "calculator.convert",
    "datetime_convert": "clock.now clock.difference",
    "datetime_query": "clock.now clock.difference clock.until",
    "email_addcontact": "contacts.add contacts.change",
    "email_query": "mail.unread mail.search mail.read",
    "email_querycontact": "contacts.show contacts.find",
    "email_sendemail": "mail.send mail.draft mail.reply",
    "iot_cleaning": "home.vacuum home.turn_on",
    "iot_coffee": "home.turn_on home.turn_off home.activate",
    "iot_hue_lightchange": "home.set",
    "iot_hue_lightdim": "home.set",
    "iot_hue_lightoff": "home.turn_off",
    "iot_hue_lighton": "home.turn_on",
    "iot_hue_lightup": "home.set home.turn_on",
    "iot_wemo_off": "home.turn_off home.close",
    "iot_wemo_on": "home.turn_on home.open",
    "lists_createoradd": "lists.add lists.create reminders.add",
    "lists_query": "lists.show lists.names lists.find reminders.show",
    "lists_remove": "lists.remove lists.delete lists.clear lists.check reminders.delete",
    "music_likeness": "memory.remember",
    "music_query": "media.now",
    "music_settings": "media.play media.next media.pause media.previous",
    "play_audiobook": "media.play media.pause media.next media.previous",
    "play_music": "media.play media.next media.previous",
    "play_podcasts": "media.play media.next media.previous media.pause",
    "qa_factoid": "calculator.calculate calculator.convert",
    "qa_maths": "calculator.calculate calculator.convert calculator.tip",
}

# Readings that may be right or wrong: "when was Dolly Parton born" may ask for somebody in the contacts.
UNSURE = {
    ("calendar_query", "calendar.next"),
    ("calendar_set", "clock.timer_start"),
    ("calendar_set", "notes.add"),
    ("email_query", "contacts.show"),
    ("email_querycontact", "lists.add"),
    ("lists_query", "calendar.show"),
    ("lists_query", "lists.add"),
    ("lists_remove", "calendar.cancel"),
    ("news_query", "calendar.show"),
    ("general_quirky", "calendar.show"),
    ("qa_currency", "calculator.convert"),
    ("qa_definition", "memory.recall"),
    ("qa_factoid", "contacts.show"),
    ("recommendation_events", "calendar.show"),
    ("weather_query", "home.measure"),
}

TIMES = {"date", "time", "timeofday", "general_frequency"}
OF_MAIL = {"body", "fact"}  # what is told may hold a time


def texts_of(arguments):
    for name, value in arguments.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not re.match(r"\d{4}-|\d\d:\d\d:|FREQ=", text):
                yield name, text


def cuts_wrongly(sentence, entities, name, text):
    begin = sentence.find(text.casefold())
    if begin < 0:
        return False
    end = begin + len(text)
    for entity in entities:
        first, last = entity["start"], entity["end"]
        if last <= begin or end <= first:
            continue
        holds = begin <= first and last <= end
        if holds and (first, last) != (begin, end) and entity["entity"] in TIMES and name not in OF_MAIL:
            return True
        if not holds and not (first <= begin and end <= last):
            return True
    return False


def is_right(row, actions):
    """None: unsure."""
    sentence = row["text"].casefold()
    for action in actions:
        called = f"{action['tool']}.{action['action']}"
        if (row["intent"], called) in UNSURE:
            return None
        if called not in ACTIONS.get(row["intent"], "").split():
            return False
        if any(cuts_wrongly(sentence, row["entities"], *each) for each in texts_of(action["arguments"])):
            return False
    return True
