"""A stand-in for a Home Assistant server: its REST API for states and services, its WebSocket API for the registries.

    with HomeServer() as server:
        server.url, server.token
        server.state("light.desk")   # {"state": "on", "attributes": {...}}
        server.calls                 # [("light", "turn_on", {...}), ...]

It follows the documented API: bearer tokens, 401 without one, 400 for a service that is not there or data that does not
fit, the sign-in of the WebSocket, numbered commands, aliases only in get_entries. It applies services to its own
states.
"""

import base64
import hashlib
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEBSOCKET_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455

AREAS = [
    {"area_id": "kitchen", "name": "Kitchen", "aliases": ["cookhouse"], "floor_id": None},
    {"area_id": "bedroom", "name": "Bedroom", "aliases": [], "floor_id": None},
    {"area_id": "living_room", "name": "Living Room", "aliases": ["lounge"], "floor_id": None},
    {"area_id": "garage", "name": "Garage", "aliases": [], "floor_id": None},
]

# entity id: (name, area, state, attributes, aliases)
ENTITIES = {
    "light.kitchen_ceiling": ("Kitchen Ceiling", "kitchen", "off", {"color_mode": None}, ["main light"]),
    "light.kitchen_counter": ("Counter", "kitchen", "on",
                              {"brightness": 128, "color_mode": "hs", "hs_color": [30, 70]}, []),
    "light.bedside": ("Bedside Lamp", "bedroom", "on",
                      {"brightness": 255, "color_mode": "color_temp", "color_temp_kelvin": 2700}, []),
    "light.reading": ("Reading Lamp", "living_room", "off", {}, []),
    "light.attic": ("Attic Light", "", "unavailable", {}, []),
    "switch.coffee": ("Coffee Machine", "kitchen", "off", {}, ["espresso maker"]),
    "fan.ceiling": ("Ceiling Fan", "bedroom", "on", {"percentage": 33}, []),
    "cover.blinds": ("Window Blinds", "living_room", "open", {"current_position": 80, "device_class": "blind"}, []),
    "cover.garage": ("Garage Door", "garage", "closed", {"device_class": "garage"}, []),
    "lock.front": ("Front Door", "", "locked", {}, []),
    "climate.heating": ("Thermostat", "living_room", "heat",
                        {"temperature": 20, "current_temperature": 19.5, "min_temp": 7, "max_temp": 30}, []),
    "media_player.tv": ("Television", "living_room", "playing", {"volume_level": 0.3, "device_class": "tv"}, ["telly"]),
    "scene.movie": ("Movie Time", "living_room", "scening", {}, []),
    "script.goodnight": ("Good Night", "", "off", {}, []),
    "sensor.bedroom_temperature": ("Bedroom Temperature", "bedroom", "18.2",
                                   {"device_class": "temperature", "unit_of_measurement": "\u00b0C"}, []),
    "binary_sensor.window": ("Bedroom Window", "bedroom", "on", {"device_class": "window"}, []),
    "vacuum.robot": ("Dusty", "living_room", "docked", {}, []),
}

STATE_AFTER = {"turn_on": "on", "turn_off": "off", "open_cover": "open", "close_cover": "closed", "lock": "locked",
               "unlock": "unlocked", "media_play": "playing", "media_pause": "paused", "media_stop": "idle",
               "start": "cleaning", "return_to_base": "returning", "set_percentage": "on", "set_temperature": None,
               "set_hvac_mode": None, "volume_set": None, "set_cover_position": "open", "media_next_track": "playing",
               "media_previous_track": "playing"}
COLORS = {"red", "green", "blue", "yellow", "orange", "purple", "pink", "white"}


class HomeServer:
    def __init__(self, token="a-long-lived-token"):
        self.token = token
        self.calls = []
        self.sockets = 0
        self.lock = threading.Lock()
        self.states = {}
        for entity, (name, _, state, attributes, _) in ENTITIES.items():
            self.states[entity] = {"entity_id": entity, "state": state,
                                   "attributes": {"friendly_name": name, **attributes}}
        home = self

        class Handler(_Handler):
            server_state = home

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def state(self, entity):
        with self.lock:
            return self.states[entity]

    def call(self, domain, service, data):
        """Applies a service; a message when it is refused."""
        ids = data.get("entity_id", [])
        ids = [ids] if isinstance(ids, str) else ids
        if service not in STATE_AFTER or domain not in {entity.split(".")[0] for entity in ENTITIES}:
            return f"Action {domain}.{service} not found"
        if "color_name" in data and data["color_name"] not in COLORS:
            return "unknown color name"
        with self.lock:
            self.calls.append((domain, service, data))
            for entity in ids:
                state = self.states[entity]
                if domain in ("scene", "script"):
                    continue
                state["state"] = data.get("hvac_mode") or STATE_AFTER[service] or state["state"]
                attributes = state["attributes"]
                for key, value in data.items():
                    if key == "brightness_pct":
                        attributes["brightness"] = round(value * 255 / 100)
                    elif key == "position":
                        attributes["current_position"] = value
                        state["state"] = "open" if value else "closed"
                    elif key not in ("entity_id", "hvac_mode"):
                        attributes[key] = value
        return None

    def command(self, message):
        kind = message.get("type")
        if kind == "config/area_registry/list":
            return AREAS
        if kind == "config/device_registry/list":
            return [{"id": "device-of-fan", "area_id": "bedroom", "name": "Fan"}]
        entries = {}
        for entity, (_, area, _, _, aliases) in ENTITIES.items():
            by_device = entity == "fan.ceiling"
            entries[entity] = {"entity_id": entity, "area_id": None if by_device else area or None,
                               "device_id": "device-of-fan" if by_device else None, "hidden_by": None,
                               "disabled_by": None, "name": None, "platform": "demo"}
            if kind == "config/entity_registry/get_entries":
                entries[entity]["aliases"] = aliases
        if kind == "config/entity_registry/list":
            return list(entries.values())
        if kind == "config/entity_registry/get_entries":
            return {entity: entries.get(entity) for entity in message["entity_ids"]}
        return None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state = None

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def allowed(self):
        if self.headers.get("Authorization") == f"Bearer {self.server_state.token}":
            return True
        self.answer(401, {"message": "Unauthorized"})
        return False

    def do_GET(self):
        if self.path == "/api/websocket":
            self.talk()
        elif self.allowed():
            if self.path == "/api/states":
                with self.server_state.lock:
                    self.answer(200, list(self.server_state.states.values()))
            elif self.path == "/api/config":
                self.answer(200, {"version": "2026.11.0", "location_name": "Home"})
            else:
                self.answer(404, {"message": "Entity not found."})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.allowed():
            return
        parts = self.path.split("/")
        if len(parts) != 5 or parts[:3] != ["", "api", "services"]:
            self.answer(404, {"message": "not found"})
            return
        refused = self.server_state.call(parts[3], parts[4], json.loads(body or b"{}"))
        self.answer(400 if refused else 200, {"message": refused} if refused else [])

    # ---- RFC 6455, as far as short texts need it

    def talk(self):
        key = self.headers["Sec-WebSocket-Key"] + WEBSOCKET_KEY
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        with self.server_state.lock:
            self.server_state.sockets += 1
        self.send({"type": "auth_required", "ha_version": "2026.11.0"})
        signed_in = False
        while (message := self.receive()) is not None:
            if not signed_in:
                signed_in = message.get("access_token") == self.server_state.token
                self.send({"type": "auth_ok" if signed_in else "auth_invalid"})
                if not signed_in:
                    return
                continue
            self.send({"id": message["id"], "type": "event", "event": {}})  # something nobody asked for
            result = self.server_state.command(message)
            self.send({"id": message["id"], "type": "result", "success": result is not None, "result": result})

    def send(self, value):
        payload = json.dumps(value).encode()
        head = b"\x81"
        if len(payload) < 126:
            head += bytes([len(payload)])
        else:
            head += bytes([126]) + struct.pack(">H", len(payload))
        self.wfile.write(head + payload)
        self.wfile.flush()

    def receive(self):
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 15 == 8:
            return None
        length = head[1] & 127
        if length == 126:
            length = struct.unpack(">H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        payload = self.rfile.read(length)
        return json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))
