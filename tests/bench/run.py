"""Measures pino against a reference in the same run and prints a table.

Usage: python3 tests/bench/run.py [--pino PATH] [--only TEXT] [--json FILE]
Every row: what, our figure, the reference's figure, the bar, held or not. Exit code 1 when a bar is missed.
The bars and the figures of the reference engine are those of the issue that asked for them.
"""

import argparse
import json
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def median_ms(commands, rounds):
    """Median wall time of each command in milliseconds, taken in turns so that load hits all alike."""
    times = [[] for _ in commands]
    for _ in range(rounds):
        for slot, command in zip(times, commands):
            begin = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            slot.append((time.perf_counter() - begin) * 1000)
    return [statistics.median(slot) for slot in times]


class Bench:
    def __init__(self, pino, scratch):
        self.pino = str(pino)
        self.home = scratch / "home"
        self.app = self.home / "api" / "bench"
        self.app.mkdir(parents=True)
        self.rows = []

    def row(self, what, ours, reference, limit, unit, at_most=True):
        held = ours <= limit if at_most else ours >= limit
        self.rows.append({"what": what, "ours": ours, "reference": reference, "limit": limit, "unit": unit, "held": held})
        sign = "≤" if at_most else "≥"
        print(f"{'ok  ' if held else 'MISS'} {what:<44} {ours:>10.2f} {unit:<8} bar {sign} {limit:.2f}   {reference}", flush=True)

    def script(self, steps, **extra):
        path = self.app / "script.json"
        path.write_text(json.dumps({"run": steps, **extra}))
        return path

    def command(self, script):
        return [self.pino, "run", str(script), "--home", str(self.home), "--events", "jsonl"]

    def run(self, script):
        """Runs a script with its events in a file; the exit event."""
        with tempfile.TemporaryFile() as out:
            subprocess.run(self.command(script), stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
            out.seek(max(0, os.fstat(out.fileno()).st_size - 4096))
            return json.loads(out.read().splitlines()[-1])

    # ---- one method a bar

    def version(self):
        ours, true = median_ms([[self.pino, "--version"], [shutil.which("true")]], 200)
        self.row("pino --version", ours, f"true: {true:.2f} ms", 2 * true, "ms")

    def evaluate(self):
        sample = ROOT / "tests" / "launchers" / "hello-flask" / "pinokio.js"
        ours, node = median_ms([[self.pino, "eval", str(sample)], ["node", "-e", "0"]], 40)
        self.row("pino eval of a pinokio.js", ours, f"node -e 0: {node:.1f} ms", node / 5, "ms")

    def steps(self):
        count = 100_000
        script = self.script([
            {"id": "top", "method": "local.set", "params": {"n": "{{(local.n || 0) + 1}}"}},
            {"method": "jump", "params": {"id": "{{local.n < %d ? 'top' : 'out'}}" % (count // 2)}},
            {"id": "out", "method": "local.set", "params": {"done": True}},
        ])
        exit_event = self.run(script)
        self.row("steps, local.set with a template and jump", exit_event["steps"] / exit_event["wall_ms"] * 1000,
                 "reference engine: 28/s", 50_000, "steps/s", at_most=False)

    def noop_shell(self):
        rounds = 100
        script = self.script([
            {"id": "top", "method": "shell.run", "params": {"message": "true"}},
            {"method": "local.set", "params": {"n": "{{(local.n || 0) + 1}}"}},
            {"method": "jump", "params": {"id": "{{local.n < %d ? 'top' : 'out'}}" % rounds}},
            {"id": "out", "method": "log", "params": {"raw": "done"}},
        ])
        self.run(script)
        ours = self.run(script)["wall_ms"] / rounds
        (bash,) = median_ms([["bash", "-c", "true"]], rounds)
        self.row("a no-op shell.run", ours, f"bash -c true: {bash:.2f} ms", 3 * bash, "ms")

    def stream(self):
        size = 100_000_000
        line = "a line of output as programs print it, with a number 1234567 and a path /usr/lib/python3"
        message = f"yes '{line}' | head -c {size}"
        script = self.script([{"method": "shell.run", "params": {"message": message, "on": [{"event": "/never seen (http:\\S+)/", "done": True}]}}])
        bare, ours = [], []
        for _ in range(3):
            bare.append(size / 1e6 / bare_pty_seconds(message))
            before = time.perf_counter()
            process = subprocess.Popen(self.command(script), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            peak = peak_rss_mib(process)
            ours.append(size / 1e6 / (time.perf_counter() - before))
        bare, ours = statistics.median(bare), statistics.median(ours)
        self.row("100 MB through an on pattern", ours, f"bare PTY reader: {bare:.0f} MB/s", 0.8 * bare, "MB/s", at_most=False)
        self.row("memory while 100 MB stream (peak RSS)", peak, "does not grow: under the bar of a running script + 24 MiB", 64, "MiB")

    def latency(self):
        program = self.app / "ticks.py"
        program.write_text("import os, time\nfor _ in range(600):\n    os.write(1, b'tick %d\\n' % time.monotonic_ns())\n    time.sleep(0.004)\n")
        script = self.script([{"method": "shell.run", "params": {"message": f"{sys.executable} {program}"}}])
        process = subprocess.Popen(self.command(script), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        late = []
        for line in process.stdout:
            now = time.monotonic_ns()
            event = json.loads(line)
            if event["t"] == "stream" and event["raw"].startswith("tick"):
                late.append((now - int(event["raw"].split()[1])) / 1e6)
        process.wait()
        late.sort()
        self.row("a line to its event, p99", late[int(len(late) * 0.99)], f"median {statistics.median(late):.2f} ms; reference engine: 17 ms", 2, "ms")

    def first_step(self):
        script = self.script([{"method": "log", "params": {"raw": "{{platform}}"}}])
        took = []
        for _ in range(20):
            begin = time.perf_counter()
            process = subprocess.Popen(self.command(script), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
            for line in process.stdout:
                if b'"t":"step"' in line:
                    took.append((time.perf_counter() - begin) * 1000)
                    break
            process.stdout.read()
            process.wait()
        self.row("start to first step", statistics.median(took), "reference engine: 4600 ms", 50, "ms")

    def memory(self):
        script = self.script([{"method": "shell.run", "params": {"message": "sleep 1"}}])
        process = subprocess.Popen(self.command(script), stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.row("RSS of a running script", peak_rss_mib(process), "reference engine: 172 MiB", 40, "MiB")


def peak_rss_mib(process):
    """Waits for the end and gives the highest VmHWM seen."""
    peak = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.02)
    return peak / 1024


def bare_pty_seconds(message):
    """Time of a plain read loop on a PTY whose other end runs the same command."""
    master, slave = pty.openpty()
    begin = time.perf_counter()
    process = subprocess.Popen(["bash", "-c", message], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass  # EIO: the other end is closed
    process.wait()
    os.close(master)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pino", default=ROOT / "target" / "release" / "pino", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.pino, Path(scratch).resolve())
        for bar in [bench.version, bench.evaluate, bench.first_step, bench.memory, bench.steps, bench.noop_shell, bench.latency, bench.stream]:
            if options.only in bar.__name__:
                bar()
    if options.json:
        options.json.write_text(json.dumps(bench.rows, indent=2) + "\n")
    missed = [row["what"] for row in bench.rows if not row["held"]]
    print(f"{len(bench.rows) - len(missed)} of {len(bench.rows)} bars held")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
