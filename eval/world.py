"""A home of its own for a measured command: the owner's files, config.toml, and the environment that points there.

  world.write(Path("world.case"), folder)
  subprocess.run(["favilla", ...], env=world.environment(folder, os.environ))

Below `folder`: calendars, contacts, notes, lists, mail and home are the owner's data; data, config, cache and run are
Favilla's.
"""

from cases import read_cases

DATA = ("calendars", "contacts", "notes", "lists", "mail", "home")
COMPONENTS = {"task": "VTODO", "event": "VEVENT"}


def content_of(step):
    """What a `file`, `task`, `event` or `contact` step writes."""
    if step.keyword == "file":
        return "".join(line + "\n" for line in step.block)
    uid = step.rest.rpartition("/")[2].rpartition(".")[0]
    if step.keyword == "contact":
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", *step.block, "END:VCARD"]
    else:
        component = COMPONENTS[step.keyword]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//eval//EN", f"BEGIN:{component}", f"UID:{uid}"]
        lines += [*step.block, f"END:{component}", "END:VCALENDAR"]
    return "".join(line + "\r\n" for line in lines)


def write_file(folder, step):
    path = folder / step.rest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content_of(step).encode())


def prepare(folder, settings=None):
    """Empty data folders and a config.toml that names them."""
    for name in (*DATA, "mail/cur", "mail/new", "mail/tmp", "config"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    tables = {"data": {name: str(folder / name) for name in DATA}}
    for key, value in (settings or {}).items():
        table, _, name = key.rpartition(".")
        tables.setdefault(table, {})[name] = value
    lines = []
    for table, values in tables.items():
        lines.append(f"[{table}]")
        lines += [f'{name} = "{value}"' for name, value in values.items()]
    (folder / "config" / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write(case_file, folder, settings=None):
    """The world of the one case in `case_file`."""
    prepare(folder, settings)
    for case in read_cases(case_file):
        for step in case.steps:
            write_file(folder, step)


def environment(folder, inherited):
    own = {
        "HOME": folder / "home",
        "XDG_DATA_HOME": folder / "home" / ".local" / "share",
        "FAVILLA_DATA_HOME": folder / "data",
        "FAVILLA_CONFIG_HOME": folder / "config",
        "FAVILLA_CACHE_HOME": folder / "cache",
        "FAVILLA_RUNTIME_DIR": folder / "run",
    }
    return {**inherited, **{name: str(path) for name, path in own.items()}}
