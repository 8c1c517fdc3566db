"""favilla ask about players and this computer, on private buses with stand-ins, and without any.

Environment: FAVILLA, the program.
"""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

FAVILLA = os.environ["FAVILLA"]
SERVICES = Path(__file__).parents[2] / "support/desktop_services.py"
MIXER = """#!/bin/sh
case "$1" in
  get-volume) cat "$MIXER_STATE" ;;
  set-volume) echo "Volume: 0.${3%\\%}" > "$MIXER_STATE" ;;
  set-mute) [ "$3" = 1 ] && echo "$(cat "$MIXER_STATE") [MUTED]" > "$MIXER_STATE" ;;
esac
exit 0
"""


class DesktopTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.log = self.home / "calls"
        self.log.touch()
        self.processes = []
        (self.home / "config").mkdir()
        (self.home / "config/config.toml").write_text(f'[system]\nroot = "{self.home}/root"\n')
        self.environment = {"FAVILLA_DATA_HOME": f"{self.home}/data", "FAVILLA_CONFIG_HOME": f"{self.home}/config",
                            "FAVILLA_CACHE_HOME": f"{self.home}/cache", "FAVILLA_RUNTIME_DIR": f"{self.home}/run",
                            "HOME": str(self.home),
                            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.home}/no-bus",
                            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.home}/no-bus"}

    def tearDown(self):
        for process in self.processes:
            process.kill()
            process.communicate()
        self.folder.cleanup()

    def start_services(self):
        bus = subprocess.Popen(["dbus-daemon", "--session", "--print-address", "--nofork"], stdout=subprocess.PIPE,
                               text=True)
        self.processes.append(bus)
        address = bus.stdout.readline().strip()
        services = subprocess.Popen(["/usr/bin/python3", SERVICES, address, self.log],
                                    stdout=subprocess.PIPE, text=True)
        self.processes.insert(0, services)
        self.assertTrue(services.stdout.readline().startswith("ready"))
        self.environment |= {"DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}

    def reply(self, text):
        done = subprocess.run([FAVILLA, "ask", text, "--json"], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, **self.environment})
        self.assertTrue(done.stdout, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["path"], "instant", answer)
        return answer["reply"]

    def write(self, path, text):
        file = self.home / "root" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def calls(self):
        return self.log.read_text().splitlines()

    def test_a_player_is_paused_and_undo_plays_again(self):
        self.start_services()
        self.assertEqual(self.reply("what's playing?"), "So What by Miles Davis (Stand-in Player).")
        self.assertEqual(self.reply("pause the music"), "Paused Stand-in Player.")
        self.reply("undo that")
        self.assertEqual(self.reply("next song"), "Next one on Stand-in Player.")
        self.assertEqual(self.reply("skip forward 30 seconds"), "Forward 30 seconds on Stand-in Player.")
        self.assertEqual(self.reply("set the music volume to 80%"), "Stand-in Player plays at 80%.")
        self.assertEqual(self.calls(), ["Pause", "Play", "Next", "Seek 30000000", "Volume=0.8"])

    def test_shuffling_and_repeating(self):
        self.start_services()
        self.assertEqual(self.reply("shuffle off"), "Stand-in Player plays in order.")
        self.assertEqual(self.reply("shuffle the playlist"), "Stand-in Player plays in random order.")
        self.reply("undo that")
        self.assertEqual(self.reply("put this song on repeat"), "Stand-in Player repeats this one.")
        self.assertEqual(self.reply("repeat the whole album"), "Stand-in Player repeats the whole list.")
        self.assertEqual(self.reply("turn off repeat"), "Stand-in Player repeats nothing.")
        self.assertEqual(self.calls(), ["Shuffle=1", "Shuffle=0", "LoopStatus=Track", "LoopStatus=Playlist",
                                        "LoopStatus=None"])

    def test_without_a_player_or_a_session_it_says_so(self):
        self.assertIn("no desktop session", self.reply("pause the music"))

    def test_the_battery_of_upower(self):
        self.start_services()
        self.assertEqual(self.reply("how much battery is left?"),
                         "The battery is at 73%, discharging, 2 hours 1 minute left.")

    def test_the_battery_of_the_kernel_and_none(self):
        self.assertEqual(self.reply("how's my battery?"), "This computer has no battery that tells its charge.")
        self.write("sys/class/power_supply/BAT0/type", "Battery\n")
        self.write("sys/class/power_supply/BAT0/capacity", "41\n")
        self.write("sys/class/power_supply/BAT0/status", "Charging\n")
        self.assertEqual(self.reply("how's my battery?"), "The battery is at 41%, charging.")

    def test_brightness_is_set_by_logind_and_taken_back(self):
        self.start_services()
        self.write("sys/class/backlight/panel/brightness", "400\n")
        self.write("sys/class/backlight/panel/max_brightness", "1000\n")
        self.assertEqual(self.reply("set the screen brightness to 70%"), "The screen is at 70% brightness.")
        self.reply("undo that")
        self.assertEqual(self.calls(), ["SetBrightness backlight panel 700", "SetBrightness backlight panel 400"])

    def test_the_screen_is_locked(self):
        self.assertIn("there is no system bus", self.reply("lock my screen"))
        self.start_services()
        self.reply("lock my screen")
        self.assertEqual(self.calls(), ["Lock"])

    def test_volume_by_the_mixer_and_without_one(self):
        programs = self.home / "bin"
        programs.mkdir()
        self.environment["PATH"] = str(programs)
        self.assertIn("neither wpctl nor pactl is installed", self.reply("turn the volume up"))
        state = self.home / "mixer"
        state.write_text("Volume: 0.40\n")
        (programs / "wpctl").write_text(MIXER)
        (programs / "wpctl").chmod(0o755)
        self.environment |= {"MIXER_STATE": str(state), "PATH": f"{programs}:/usr/bin:/bin"}
        self.assertEqual(self.reply("turn the volume up"), "The volume is at 50%.")
        self.assertEqual(self.reply("mute"), "The volume is at 50%, muted.")
        self.reply("undo that")
        self.assertEqual(self.reply("what's the volume?"), "The volume is at 50%.")

    def test_what_the_kernel_tells(self):
        self.write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    4000000 kB\n")
        self.write("proc/uptime", "93784.21 1234.5\n")
        self.write("proc/77/stat", "77 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 500 100 0 0 20 0 1 0 5 999999 2000 1 1\n")
        self.write("proc/78/stat", "78 (broken")
        self.write("sys/class/net/eth0/operstate", "up\n")
        self.assertEqual(self.reply("how much memory is available?"), "4.1 GB of 16 GB of memory are available.")
        self.assertEqual(self.reply("how long has this computer been on?"),
                         "This computer has been on for 1 day 2 hours 3 minutes.")
        self.assertIn("- a (b) c (77): 6 s of CPU", self.reply("which program is using the most cpu?"))
        self.assertEqual(self.reply("is firefox running?"), "No program \"firefox\" is running.")
        self.write("proc/79/stat", "79 (firefox) S 1 1 1 0 -1 0 0 0 0 0 500 100 0 0 20 0 1 0 5 999999 2000 1 1\n")
        self.assertIn("firefox is running:\n- firefox (79)", self.reply("is firefox running?"))
        self.assertEqual(self.reply("am I online?"), "Connected by eth0 (wired).")
        self.assertRegex(self.reply("how much disk space is left?"), r"^[\d.]+ \w+ of [\d.]+ \w+ are free\.$")

    def test_no_program_takes_pictures_of_the_screen(self):
        self.environment["PATH"] = str(self.home)
        self.assertIn("No program that takes pictures", self.reply("take a screenshot"))


if __name__ == "__main__":
    unittest.main()
