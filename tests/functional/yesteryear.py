"""A daemon whose clock, and that of its Redis, stands where the test wants it: a shim shifts the
wall clock of both. It is moved while they are stopped, as a machine would that was switched off in
between; a step while they run would be held as the fault it is."""

import datetime
import mmap
import os
import struct
import subprocess
import time
from pathlib import Path

from harness import Daemon, Receiver

SHIM = Path(__file__).resolve().parents[1] / "fault" / "clock_shim.c"


def instant(text):
    return datetime.datetime.fromisoformat(text).timestamp()


class Yesteryear:
    """A daemon that lives at another time."""

    def __init__(self, directory, monkeypatch, config=""):
        shim, offset = directory / "shim.so", directory / "offset"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(shim), str(SHIM)],
                       check=True, timeout=60)
        offset.write_bytes(bytes(8))
        with offset.open("r+b") as file:
            self.offset = mmap.mmap(file.fileno(), 8)
        monkeypatch.setenv("LD_PRELOAD", str(shim))
        monkeypatch.setenv("SHIM_OFFSET", str(offset))
        monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") +
                           ":verify_asan_link_order=0")
        self.receiver = Receiver(directory)
        # The last `timezone` counts for the harness, which picks one at which it is noon.
        self.daemon = Daemon(directory, {"office": self.receiver.url}, config)
        text = self.daemon.config.read_text("utf-8").splitlines()
        text = ['timezone: "+08:00"' if line.startswith("timezone:") else line for line in text]
        self.daemon.config.write_text("\n".join(text) + "\n", "utf-8")

    def at(self, moment):
        """Stops, sets the clock, starts: it is `moment` now (seconds)."""
        self.daemon.stop()
        self.offset[:] = struct.pack("=q", int(moment - time.time()))
        self.daemon.start()

    def stop(self):
        self.daemon.stop()
        self.receiver.stop()
