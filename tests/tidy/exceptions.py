"""Where a rule of tidy does not hold, and why. Keep this short: each row is a debt or a boundary of the system."""

from typing import NamedTuple


class Exemption(NamedTuple):
    rule: str
    path: str    # fnmatch pattern of the path below the root
    reason: str


EXCEPTIONS = [
    # The edge to the operating system.
    Exemption("getenv", "src/base/paths.cc", "the one place that reads the environment"),
    Exemption("getenv", "src/cli/main.cc", "looks at NO_COLOR and TERM once, then passes the answer on"),
    Exemption("thread", "src/base/*", "base owns all threads and joins them"),
    Exemption("thread", "src/generate/shared_engine_test.cc", "several callers at once are what it tests"),

    # One library, two files of unlike kinds.
    Exemption("wrapped-library", "src/catalog/manifest.cc", "reads and writes models.toml, row by row with its line"),
    Exemption("wrapped-library", "src/app/config.cc", "reads config.toml, whatever tables it has"),
    Exemption("wrapped-library", "src/catalog/http.cc", "downloads: resumed, streamed, redirected"),
    Exemption("wrapped-library", "src/generate/remote/*.cc", "long conversations with one server, and its address"),
    Exemption("wrapped-library", "src/catalog/archive.cc", "reads archives that were downloaded"),
    Exemption("wrapped-library", "src/tools/builtin/files/zip.cc", "packs files; the other only reads"),
    Exemption("wrapped-library", "src/tools/net/net.cc", "short requests to the servers of config.toml, and SMTP"),

    Exemption("wrapped-library", "src/base/lazy_curl.cc", "stands for the library: loads it when it is first called"),

    Exemption("network", "src/base/lazy_curl.cc", "hands the calls of those folders on"),
    Exemption("network", "src/base/child_process.cc", "a pair of sockets to a child, which lead nowhere else"),

    # A signal handler reaches nothing but globals.
    Exemption("mutable-global", "src/cli/main.cc", "the flag that SIGINT and SIGTERM set"),
    Exemption("mutable-global", "tests/support/fuzz_driver.cc", "the input that the handler of a crash writes out"),

    # Calls of libc that are replaced reach nothing but globals.
    Exemption("mutable-global", "tests/faults/failing_calls.cc", "which call fails, and how many there were"),
    Exemption("reinterpret-cast", "tests/faults/failing_calls.cc", "dlsym returns every function as void*"),

    # Replacing operator new leaves no other way to count the allocations of the decode step.
    Exemption("mutable-global", "src/generate/allocation_test.cc", "the count"),
    Exemption("malloc", "src/generate/allocation_test.cc", "replaces the global allocation functions to count them"),
    Exemption("exit", "src/generate/allocation_test.cc", "operator new may not return null"),

    # Bytes that are something else: file formats and vector registers.
    Exemption("reinterpret-cast", "src/base/sha256.cc", "the library hashes unsigned char"),
    Exemption("reinterpret-cast", "src/model/arch/architecture.cc", "views of F32 tensors inside the map"),
    Exemption("reinterpret-cast", "src/tensor/packing.cc", "views of packed weights as their block types"),
    Exemption("reinterpret-cast", "src/tensor/kernels/*", "vector loads take pointers to vector types"),
]
