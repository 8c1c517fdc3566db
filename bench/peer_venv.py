#!/usr/bin/env python3
"""The Python environments that have llama.cpp, built from its source for this machine or for AVX2 only.

    bench/peer_venv.py native|avx2        # makes it, if need be, and prints its Python
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = [ROOT / "bench/requirements.txt", ROOT / "tests/golden/requirements.txt"]

AVX2_FLAGS = "-DGGML_NATIVE=OFF -DGGML_AVX512=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON"
# GCC 12 miscompiles llama.cpp's AMX tile set-up (every decode ends in SIGSEGV): all that such a CPU has, but AMX.
WITHOUT_AMX_FLAGS = (
    "-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON -DGGML_AVX512=ON"
    " -DGGML_AVX512_VBMI=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_BF16=ON"
)
NATIVE_FLAGS = "-DGGML_NATIVE=ON"


def cpu_flags():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return set(value.split())
    return set()


def build_flags(isa):
    if isa == "avx2":
        return AVX2_FLAGS
    return WITHOUT_AMX_FLAGS if "amx_int8" in cpu_flags() else NATIVE_FLAGS


def has_llama_cpp(python):
    return subprocess.run([python, "-c", "import llama_cpp"], capture_output=True, check=False).returncode == 0


def environment(isa):
    """The Python of build/venv-peers or build/venv-peers-avx2, made when it is missing or its flags have changed."""
    folder = ROOT / "build" / ("venv-peers-avx2" if isa == "avx2" else "venv-peers")
    python = folder / "bin/python"
    flags = build_flags(isa)
    wanted = flags + "\n" + "".join(path.read_text() for path in REQUIREMENTS)
    stamp = folder / "made-from.txt"
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    print(f"== llama.cpp ({flags}) -> {folder.relative_to(ROOT)}; takes minutes, once", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    # No cache: pip keeps built wheels under the package's name and version, whatever flags made them.
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    install += ["--no-binary", "llama-cpp-python", "-r", REQUIREMENTS[0]]
    jobs = {"CMAKE_BUILD_PARALLEL_LEVEL": str(len(os.sched_getaffinity(0)))}
    subprocess.run(install, check=True, env=os.environ | jobs | {"CMAKE_ARGS": flags})
    stamp.write_text(wanted)
    return python


def check_build(isa, system_info):
    """Ends the program when llama.cpp was not built for `isa`: the comparison would be void."""
    has_avx512 = "AVX512 = 1" in system_info
    if isa == "avx2" and has_avx512:
        sys.exit("peers.py: this llama.cpp uses AVX-512; --isa avx2 needs one built without (leave out --venv)")
    if isa == "native" and "avx512_vnni" in cpu_flags() and not has_avx512:
        sys.exit("peers.py: this llama.cpp lacks the CPU's AVX-512; it needs a native build (leave out --venv)")


if __name__ == "__main__":
    if sys.argv[1:] not in (["native"], ["avx2"]):
        sys.exit("usage: bench/peer_venv.py native|avx2")
    print(environment(sys.argv[1]))
