"""Measures the server of a home and prints a table: its start with 200 apps, its rest, attaching to an app.

Usage: python3 tests/bench/server.py [--pino PATH] [--only TEXT] [--json FILE] [--idle SECONDS]
Every row: what, our figure, the reference's figure of the same run, the bar, held or not. Exit code 1 when a bar is missed.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
START = """module.exports = { daemon: true, run: [{ method: "shell.run",
  params: { message: "exec sh -c 'i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo ready; exec sleep 1000'",
    on: [{ event: "/ready/", done: true }] } }] }"""


def proc(pid):
    """Resident bytes and clock ticks of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    rss = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return rss, int(fields[11]) + int(fields[12])


class Bench:
    def __init__(self, pino, home, idle_secs):
        self.pino, self.home, self.idle_secs, self.rows = str(pino), home, idle_secs, []
        for number in range(200):
            app = home / "api" / f"app{number:03}"
            app.mkdir(parents=True)
            (app / "pinokio.js").write_text('module.exports = { title: "app", menu: [{ text: "Start", href: "start.js" }] }')
            (app / "start.js").write_text(START)

    def row(self, what, ours, reference, limit, unit):
        held = ours <= limit
        self.rows.append({"what": what, "ours": ours, "reference": reference, "limit": limit, "unit": unit, "held": held})
        print(f"{'ok  ' if held else 'MISS'} {what:<44} {ours:>10.2f} {unit:<8} bar ≤ {limit:.2f}   {reference}", flush=True)

    def call(self, *arguments):
        output = subprocess.run([self.pino, arguments[0], "--home", str(self.home), *arguments[1:], "--json"],
                                capture_output=True, check=True)
        return json.loads(output.stdout)

    def started(self):
        """Starts the server; its process number and the time until it had answered a request, in milliseconds."""
        path = self.home / "pino" / "server.sock"
        begin = time.perf_counter()
        child = subprocess.Popen([self.pino, "up", "--home", str(self.home)], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as ask:
                    ask.connect(str(path))
                    ask.sendall(b"GET /api/v1/apps HTTP/1.1\r\nHost: pino\r\nConnection: close\r\n\r\n")
                    if b"200 OK" in ask.recv(64):
                        return child, (time.perf_counter() - begin) * 1000
            except OSError:
                time.sleep(0.0005)

    def end(self, child):
        child.terminate()
        child.wait()

    # ---- one method a bar

    def start(self):
        ours, reference = [], []
        for _ in range(7):
            child, took = self.started()
            self.end(child)
            ours.append(took)
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import http.server"], check=True)
            reference.append((time.perf_counter() - begin) * 1000)
        told = f"python3 -c 'import http.server': {statistics.median(reference):.1f} ms"
        self.row("server start with 200 apps, first answer", statistics.median(ours), told, 150, "ms")

    def rest(self):
        child, _ = self.started()
        self.call("ps")
        reference = subprocess.Popen([sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        before, other_before = proc(child.pid)[1], proc(reference.pid)[1]
        time.sleep(self.idle_secs)
        rss, after = proc(child.pid)
        other, other_after = proc(reference.pid)
        self.end(reference)
        self.end(child)
        self.row("server at rest, resident", rss / 2**20, f"python3 -m http.server: {other / 2**20:.1f} MiB", 40, "MiB")
        share = (after - before) / TICKS / self.idle_secs * 100
        self.row(f"server at rest, processor over {self.idle_secs} s", share,
                 f"python3 -m http.server: {(other_after - other_before) / TICKS / self.idle_secs * 100:.2f} %", 0.2, "%")

    def attach(self):
        child, _ = self.started()
        self.call("start", "app000")
        name = "GET /api/v1/apps/app000/attach?lines=50 HTTP/1.1\r\nHost: pino\r\nConnection: upgrade\r\nUpgrade: pino-attach\r\n\r\n"
        ours, reference = [], []
        for _ in range(50):
            begin = time.perf_counter()
            with socket.socket(socket.AF_UNIX) as ask:
                ask.connect(str(self.home / "pino" / "server.sock"))
                ask.sendall(name.encode())
                seen = b""
                while b"line" not in seen:
                    seen += ask.recv(65536)
            ours.append((time.perf_counter() - begin) * 1000)
            begin = time.perf_counter()
            subprocess.run(["tail", "-n", "50", "/etc/services" if os.path.exists("/etc/services") else __file__],
                           stdout=subprocess.DEVNULL, check=True)
            reference.append((time.perf_counter() - begin) * 1000)
        self.call("stop", "app000")
        self.end(child)
        self.row("attach to first byte", statistics.median(ours), f"tail -n 50: {statistics.median(reference):.2f} ms", 20, "ms")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pino", type=Path, default=ROOT / "target" / "release" / "pino")
    options.add_argument("--only", default="")
    options.add_argument("--json", type=Path)
    options.add_argument("--idle", type=int, default=20)
    options = options.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="pino-bench-"))
    try:
        bench = Bench(options.pino.resolve(), scratch / "home", options.idle)
        for name in ["start", "rest", "attach"]:
            if options.only in name:
                getattr(bench, name)()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(bench.rows, indent=1))
    sys.exit(0 if all(row["held"] for row in bench.rows) else 1)


if __name__ == "__main__":
    main()
