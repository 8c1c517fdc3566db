"""favilla ask about the devices of a house, against a stand-in for Home Assistant.

Environment: FAVILLA, the program.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))
from home_server import HomeServer  # noqa: E402

FAVILLA = os.environ["FAVILLA"]


class HomeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.server = HomeServer()
        self.server.__enter__()
        self.set_up(self.server.url, self.server.token)

    def tearDown(self):
        self.server.__exit__()
        self.folder.cleanup()

    def set_up(self, url, token):
        (self.home / "config").mkdir(exist_ok=True)
        (self.home / "token").write_text(token + "\n")
        (self.home / "config/config.toml").write_text(
            f'[home_assistant]\nurl = "{url}"\ntoken_file = "{self.home}/token"\n')

    def run_favilla(self, *arguments):
        environment = {"FAVILLA_DATA_HOME": str(self.home / "data"), "FAVILLA_CONFIG_HOME": str(self.home / "config"),
                       "FAVILLA_CACHE_HOME": str(self.home / "cache"), "FAVILLA_RUNTIME_DIR": str(self.home / "run"),
                       "HOME": str(self.home)}
        return subprocess.run([FAVILLA, *arguments], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **environment})

    def ask(self, text, *options):
        done = self.run_favilla("ask", text, "--json", *options)
        self.assertTrue(done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["path"], "instant", answer)
        return answer

    def reply(self, text, *options):
        return self.ask(text, *options)["reply"]

    def state(self, entity):
        return self.server.state(entity)["state"]

    def test_a_light_is_turned_on_and_undo_turns_it_off(self):
        self.assertEqual(self.reply("turn on the reading lamp"), "Turned on Reading Lamp.")
        self.assertEqual(self.state("light.reading"), "on")
        self.reply("undo that")
        self.assertEqual(self.state("light.reading"), "off")

    def test_what_is_so_already_is_said_and_nothing_is_called(self):
        self.assertEqual(self.reply("turn off the reading lamp"), "Reading Lamp is already off.")
        self.assertEqual(self.server.calls, [])

    def test_a_room_and_a_kind_name_all_lights_there(self):
        self.assertEqual(self.reply("turn off the lights in the kitchen"), "Turned off the lights in Kitchen.")
        self.assertEqual(self.state("light.kitchen_counter"), "off")
        self.assertEqual(self.state("light.bedside"), "on")
        self.reply("undo")
        self.assertEqual(self.state("light.kitchen_counter"), "on")
        self.assertEqual(self.state("light.kitchen_ceiling"), "off")

    def test_brightness_comes_back_with_undo(self):
        self.reply("set the counter to 20%")
        self.assertEqual(self.server.state("light.kitchen_counter")["attributes"]["brightness"], 51)
        self.reply("undo that")
        self.assertEqual(self.server.state("light.kitchen_counter")["attributes"]["brightness"], 128)

    def test_an_alias_names_a_device_and_an_area(self):
        self.assertEqual(self.reply("turn on the espresso maker"), "Turned on Coffee Machine.")
        self.assertIn("cookhouse", json.dumps(self.ask("turn off the lights in the cookhouse")["plan"]))
        self.assertEqual(self.state("light.kitchen_counter"), "off")

    def test_the_room_of_the_device_decides_what_the_lights_are(self):
        self.assertEqual(self.reply("turn off the lights", "--area", "bedroom"), "Turned off Bedside Lamp.")

    def test_an_ambiguous_sentence_changes_nothing_and_asks(self):
        answer = self.ask("turn off the kitchen light")
        self.assertEqual(answer["reply"], "Which one: Kitchen Ceiling, Counter?")
        self.assertEqual(self.server.calls, [])
        self.assertEqual(self.reply("the counter"), "Turned off Counter.")
        self.assertEqual(self.server.calls[-1][2], {"entity_id": ["light.kitchen_counter"]})

    def test_lights_of_no_room_are_asked_about(self):
        answer = self.ask("turn on the lights")
        self.assertTrue(answer["reply"].startswith("The lights in which room?"), answer["reply"])
        self.assertEqual(self.server.calls, [])
        self.reply("kitchen")
        self.assertEqual(self.state("light.kitchen_ceiling"), "on")

    def test_a_garage_and_a_lock_need_approval(self):
        for sentence, entity in (("open the garage door", "cover.garage"), ("unlock the front door", "lock.front")):
            before = self.state(entity)
            self.assertIn("approval", self.reply(sentence))
            self.assertEqual(self.state(entity), before)
        self.assertEqual(self.reply("open the garage door", "--yes"), "Opening Garage Door.")
        self.assertEqual(self.state("cover.garage"), "open")
        self.assertEqual(self.reply("unlock the front door", "--yes"), "Unlocked Front Door.")
        self.assertEqual(self.reply("lock the front door"), "Locked Front Door.")

    def test_covers_heating_and_volume(self):
        self.assertEqual(self.reply("close the blinds in the living room"), "Closing Window Blinds.")
        self.assertEqual(self.reply("set the thermostat to 22 degrees"), "Set Thermostat to 22 degrees.")
        self.assertEqual(self.server.state("climate.heating")["attributes"]["temperature"], 22)
        self.assertIn("from 7 to 30", self.reply("set the thermostat to 45 degrees"))
        self.assertEqual(self.reply("set the volume of the television to 50%"), "Set Television to 50%.")
        self.assertEqual(self.server.state("media_player.tv")["attributes"]["volume_level"], 0.5)

    def test_questions(self):
        self.assertEqual(self.reply("is the reading lamp on?"), "No, Reading Lamp is off.")
        self.assertEqual(self.reply("is the front door locked?"), "Yes, Front Door is locked.")
        self.assertEqual(self.reply("what's the temperature in the bedroom?"),
                         "The temperature in Bedroom is 18.2 \u00b0C.")
        self.assertEqual(self.reply("how many lights are on in the kitchen"), "1 of 2 are on.")
        self.assertEqual(self.reply("which lights are on"), "Counter and Bedside Lamp are on.")
        self.assertEqual(self.reply("is the bedroom window open"), "Yes, Bedroom Window is open.")

    def test_two_orders_in_one_sentence(self):
        self.reply("turn on the reading lamp and close the living room blinds")
        self.assertEqual(self.state("light.reading"), "on")
        self.assertEqual(self.state("cover.blinds"), "closed")

    def test_it_is_what_was_just_mentioned(self):
        self.reply("turn on the reading lamp")
        self.assertEqual(self.reply("turn it off"), "Turned off Reading Lamp.")

    def test_a_scene_starts_and_cannot_be_undone(self):
        self.assertEqual(self.reply("activate movie time"), "Started Movie Time.")
        self.assertEqual(self.server.calls, [("scene", "turn_on", {"entity_id": ["scene.movie"]})])

    def test_an_unknown_device_is_named(self):
        self.assertIn("flux capacitor", self.reply("turn on the flux capacitor"))

    def test_a_device_that_does_not_answer_is_not_called(self):
        self.assertIn("does not answer", self.reply("turn on the attic light"))
        self.assertEqual(self.server.calls, [])

    def test_names_are_kept_for_a_minute(self):
        self.reply("is the reading lamp on?")
        sockets = self.server.sockets
        self.reply("is the reading lamp on?")
        self.assertEqual(self.server.sockets, sockets)

    def test_a_wrong_token_and_a_dead_server_are_said(self):
        self.set_up(self.server.url, "wrong")
        self.assertIn("does not accept the token", self.reply("turn on the reading lamp"))
        self.set_up("http://127.0.0.1:9", "x")
        self.assertIn("nothing answers there", self.reply("turn on the reading lamp"))

    def test_without_a_server_it_says_how_to_set_one_up(self):
        (self.home / "config/config.toml").write_text("")
        self.assertIn("[home_assistant]", self.reply("turn on the reading lamp"))


if __name__ == "__main__":
    unittest.main()
