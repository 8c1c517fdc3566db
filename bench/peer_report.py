"""What peers.py prints: one row per measurement, as Markdown and as JSON."""

import datetime
import os
import pathlib
import statistics
import subprocess
from dataclasses import dataclass

import peer_bars
import peer_venv

SHOWN_CPU_FLAGS = ("avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
HEAD = "| model | built for | threads | test | favilla t/s | llama.cpp t/s | its attention | ratio | bar | pass |"


def rows_of(model, isa, threads, measured, part_of_bar):
    """One row per measurement, llama.cpp with its better attention."""
    rows = []
    bars = peer_bars.find_bars(model)
    for test, sides in measured["samples"].items():
        ours = sides["favilla"]
        medians = {side: statistics.median(values) for side, values in sides.items() if side != "favilla"}
        best = max(medians, key=medians.get)
        theirs = sides[best]
        row = {
            "model": model.name,
            "isa": isa,
            "favilla_isa": measured["favilla_isa"],
            "threads": threads,
            "test": test,
            "favilla": summary(ours),
            "llama_cpp": summary(theirs),
            "llama_cpp_attention": best,
            "ratio": statistics.median(ours) / statistics.median(theirs),
            "ratio_of_rounds": summary([mine / other for mine, other in zip(ours, theirs, strict=True)]),
            "percent_of_limit": median_if_known(measured["limits"][test]),
            "bar": bars and peer_bars.bar_of(bars, test, measured["favilla_isa"]),
            "samples": sides,
        }
        row["pass"] = passes(row, bars, part_of_bar)
        rows.append(row)
    return rows


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def median_if_known(values):
    return None if None in values else statistics.median(values)


def passes(row, bars, part_of_bar):
    """None where there is no bar."""
    if bars is None:
        return None
    at_limit = bars.bandwidth_percent and row["test"].startswith("tg")
    if at_limit and row["percent_of_limit"] >= bars.bandwidth_percent * part_of_bar:
        return True
    return row["ratio"] >= row["bar"] * part_of_bar


def spread(values, digits):
    return f"{values['median']:.{digits}f} ({values['min']:.{digits}f}-{values['max']:.{digits}f})"


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return "unknown CPU"


@dataclass(frozen=True)
class Report:
    favilla: pathlib.Path
    llama_builds: dict  # isa -> {"version", "system_info"}
    command_line: list
    rounds: int
    part_of_bar: float  # from which a ratio passes
    rows: list

    def as_dict(self):
        version = subprocess.run([self.favilla, "--version"], check=True, capture_output=True, text=True).stdout
        flags = peer_venv.cpu_flags()
        return {
            "date": datetime.date.today().isoformat(),
            "command": " ".join(["bench/peers.py", *self.command_line]),
            "cpu": cpu_name(),
            "cpu_flags": [flag for flag in SHOWN_CPU_FLAGS if flag in flags],
            "usable_cpus": len(os.sched_getaffinity(0)),
            "load_average": os.getloadavg(),
            "favilla": version.strip(),
            "llama_cpp_python": self.llama_builds,
            "rounds": self.rounds,
            "part_of_bar": self.part_of_bar,
            "rows": self.rows,
        }

    def markdown(self):
        about = self.as_dict()
        lines = [
            f"`{about['command']}`, {about['date']}, medians (slowest-fastest) of {self.rounds} rounds.",
            "",
            f"CPU: {about['cpu']}, {about['usable_cpus']} usable ({', '.join(about['cpu_flags'])}).",
            f"{about['favilla']}.",
            *[
                f"llama-cpp-python {build['version']}, {isa}: {build['system_info']}"
                for isa, build in self.llama_builds.items()
            ],
            "Ratios in brackets are the smallest and the largest of one round. Load average at the end: "
            + ", ".join(f"{load:.1f}" for load in about["load_average"])
            + "."
            + ("" if self.part_of_bar == 1 else f" A ratio passes from {self.part_of_bar:g} of its bar on."),
            "",
            HEAD,
            "|---" * HEAD.count("| ") + "|",
            *[self._line(row) for row in self.rows],
        ]
        return "\n".join(lines)

    @staticmethod
    def _line(row):
        percent = row["percent_of_limit"]
        verdict = {None: "-", True: "yes", False: "NO"}[row["pass"]]
        cells = [
            row["model"].removesuffix(".gguf"),
            row["isa"],
            row["threads"],
            row["test"],
            spread(row["favilla"], 1),
            spread(row["llama_cpp"], 1),
            row["llama_cpp_attention"],
            f"{row['ratio']:.2f} ({row['ratio_of_rounds']['min']:.2f}-{row['ratio_of_rounds']['max']:.2f})",
            "-" if row["bar"] is None else f"{row['bar']:g}",
            verdict if percent is None else f"{verdict}, {percent:.0f} % of the limit",
        ]
        return "| " + " | ".join(map(str, cells)) + " |"
