#!/usr/bin/python3
"""Stand-ins for what a desktop has on its buses: a player (MPRIS), a battery (UPower), a session (logind).

    desktop_services.py ADDRESS LOG     serves on that bus until it is killed; prints "ready"; writes calls into LOG

Needs Debian's python3-dbus and python3-gi, so it runs as a program of its own.
"""

import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

PROPERTIES = "org.freedesktop.DBus.Properties"
PLAYER = "org.mpris.MediaPlayer2.Player"


class Properties(dbus.service.Object):
    def __init__(self, bus, path, log, values):
        super().__init__(bus, path)
        self.log = log
        self.values = values

    def note(self, text):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        if name not in self.values:
            raise dbus.exceptions.DBusException(f"no {name}", name="org.freedesktop.DBus.Error.UnknownProperty")
        return self.values[name]

    @dbus.service.method(PROPERTIES, in_signature="ssv")
    def Set(self, interface, name, value):
        self.note(f"{name}={value}")
        self.values[name] = value


class Player(Properties):
    def play(self, status, name):
        self.note(name)
        self.values["PlaybackStatus"] = status

    @dbus.service.method(PLAYER)
    def Play(self):
        self.play("Playing", "Play")

    @dbus.service.method(PLAYER)
    def Pause(self):
        self.play("Paused", "Pause")

    @dbus.service.method(PLAYER)
    def Stop(self):
        self.play("Stopped", "Stop")

    @dbus.service.method(PLAYER)
    def Next(self):
        self.play("Playing", "Next")

    @dbus.service.method(PLAYER, in_signature="x")
    def Seek(self, offset):
        self.note(f"Seek {offset}")


class Session(Properties):
    @dbus.service.method("org.freedesktop.login1.Session")
    def Lock(self):
        self.note("Lock")

    @dbus.service.method("org.freedesktop.login1.Session", in_signature="ssu")
    def SetBrightness(self, subsystem, name, value):
        self.note(f"SetBrightness {subsystem} {name} {value}")


def main():
    address, log = sys.argv[1:]
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(address)
    metadata = dbus.Dictionary({"xesam:title": "So What", "xesam:artist": dbus.Array(["Miles Davis"], signature="s"),
                                "mpris:length": dbus.Int64(562000000)}, signature="sv")
    kept = [dbus.service.BusName("org.mpris.MediaPlayer2.standin", bus),
            dbus.service.BusName("org.freedesktop.UPower", bus), dbus.service.BusName("org.freedesktop.login1", bus),
            Player(bus, "/org/mpris/MediaPlayer2", log,
                   {"PlaybackStatus": "Playing", "Identity": "Stand-in Player", "Metadata": metadata, "Volume": 0.5,
                    "Shuffle": False, "LoopStatus": "None"}),
            Properties(bus, "/org/freedesktop/UPower/devices/DisplayDevice", log,
                       {"IsPresent": True, "Percentage": 73.0, "State": dbus.UInt32(2),
                        "TimeToEmpty": dbus.Int64(7260)}),
            Session(bus, "/org/freedesktop/login1/session/auto", log, {})]
    print("ready", len(kept), flush=True)
    GLib.MainLoop().run()


main()
