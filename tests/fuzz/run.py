"""Throws inputs at every parser, led by what code they reach (atheris, libFuzzer).

    python -m tests.fuzz.run --inputs 1000000 [--target NAME] [--seed 1] [--json OUT]

Wanted of each target: no error but CoachError, no input that takes more than a second of CPU, no growth of memory.
What breaks that is printed with the input, and the exit code is 1. Each target is a process of its own. Needs the extra
`fuzz`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SLOWEST_S = 1.0
GROWTH_MIB = 64.0
"""Between a quarter of the inputs and the last one; libFuzzer's own corpus is part of it."""


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def fuzz(name: str, inputs: int, seed: int, out: Path) -> None:
    """One target, in this process, which libFuzzer ends. `out` gets the figures."""
    import atheris

    with atheris.instrument_imports(include=["coach", "jwt"]):
        from tests.fuzz.targets import TARGETS

    target = next(target for target in TARGETS if target.name == name)
    figures = {"inputs": 0, "taken": 0, "slowest_s": 0.0, "quarter_mib": 0.0, "mib": 0.0}

    def once(data: bytes) -> None:
        began = time.process_time()
        figures["taken"] += target(data)
        seconds = time.process_time() - began
        figures["inputs"] += 1
        figures["slowest_s"] = max(figures["slowest_s"], seconds)
        if seconds > SLOWEST_S:
            raise TimeoutError(f"{seconds:.1f} s")
        if figures["inputs"] == inputs // 4:
            figures["quarter_mib"] = resident_mib()
        if figures["inputs"] % 1000 == 0 or figures["inputs"] >= inputs:
            figures["mib"] = resident_mib()
            out.write_text(json.dumps(figures))

    corpus = Path(tempfile.mkdtemp(prefix="coach-corpus-"))
    for number, data in enumerate(target.seeds):
        (corpus / str(number)).write_bytes(data)
    options = [f"-runs={inputs}", f"-seed={seed}", "-max_len=2048", "-timeout=60", "-rss_limit_mb=0", "-verbosity=0",
               f"-artifact_prefix={corpus}/found-"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], once)
    atheris.Fuzz()


def report(name: str, inputs: int, seed: int) -> dict[str, object]:
    """Fuzz one target in a process of its own and print a line about it."""
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder) / "figures.json", time.monotonic()
        command = [sys.executable, "-m", "tests.fuzz.run", "--only", name, "--inputs", str(inputs), "--seed", str(seed),
                   "--json", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        figures = json.loads(out.read_text()) if out.exists() else {"inputs": 0}
    growth = figures.get("mib", 0.0) - (figures.get("quarter_mib") or figures.get("mib", 0.0))
    good = done.returncode == 0 and growth <= GROWTH_MIB
    print(f"{name:12} {figures['inputs']:8} inputs  {figures.get('taken', 0):7} taken  slowest "
          f"{figures.get('slowest_s', 0):.3f} s  memory {growth:+5.1f} MiB  {time.monotonic() - began:5.0f} s  "
          f"{'ok' if good else 'FOUND SOMETHING'}", flush=True)
    if not good:
        told = [line for line in done.stderr.splitlines() if not line.startswith(("INFO", "WARNING"))]
        print(done.stdout[-2000:], *told[-20:], sep="\n")
    return {"target": name, "good": good, "growth_mib": growth, **figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all")
    parser.add_argument("--target", help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        fuzz(args.only, args.inputs, args.seed, args.json)
    from tests.fuzz.targets import TARGETS

    reports = [report(target.name, round(args.inputs * (1.0 if args.target else target.share)), args.seed)
               for target in TARGETS if args.target in (None, target.name)]
    print(f"{sum(int(str(each['inputs'])) for each in reports)} inputs, "
          f"{sum(not each['good'] for each in reports)} targets with findings")
    if args.json:
        args.json.write_text(json.dumps(reports, indent=1))
    return 0 if all(each["good"] for each in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
