"""The clock of record steps: an outside Redis whose wall clock is moved while it runs.

Only Redis is moved, not the daemon; this is the clock that decides when something is due. The hold
of ten minutes after a jump is not waited out here: the simulator does that.
"""

import contextlib
import datetime
import mmap
import os
import struct
import subprocess
import time
from pathlib import Path

import pytest

from harness import Daemon, Receiver, until

HOUR_S = 3600
SHIM = Path(__file__).with_name("clock_shim.c")
CC = os.environ.get("CC", "cc").split()


class SteppedRedis:
    """redis-server with a wall clock of its own."""

    def __init__(self, directory):
        shim = directory / "clock_shim.so"
        subprocess.run([*CC, "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(shim), str(SHIM)],
                       check=True, timeout=60)
        offset = directory / "offset"
        offset.write_bytes(bytes(8))
        with offset.open("r+b") as file:
            self.offset = mmap.mmap(file.fileno(), 8)
        self.socket = directory / "redis.sock"
        data = directory / "data"
        data.mkdir()
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(data),
             "--appendonly", "yes", "--appendfsync", "always", "--save", "",
             "--logfile", str(directory / "redis.log")],
            env={**os.environ, "LD_PRELOAD": str(shim), "SHIM_OFFSET": str(offset)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.socket.exists, what="redis-server listens")

    @property
    def url(self):
        return f"unix://{self.socket}"

    def step_to(self, seconds):
        self.offset[:] = struct.pack("=q", seconds)

    def ahead(self):
        """What its TIME says, against ours."""
        import redis

        return redis.Redis(unix_socket_path=str(self.socket)).time()[0] - time.time()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def world(tmp_path):
    """(redis, daemon, receiver), all of it running."""
    with contextlib.ExitStack() as stack:
        redis = SteppedRedis(tmp_path)
        stack.callback(redis.stop)
        receiver = Receiver(tmp_path)
        stack.callback(receiver.stop)
        daemon = Daemon(tmp_path, {"duty": receiver.url}, redis=f'url: "{redis.url}"')
        stack.callback(daemon.stop)
        yield redis, daemon.start(), receiver


def due_in(daemon, ident, seconds):
    """A case whose 48 hours end then."""
    now = datetime.datetime.now(datetime.timezone.utc)
    at = now + datetime.timedelta(seconds=seconds, hours=-48)
    answer = daemon.event(ident, title=f"样例 {ident}", discovered_at=at.isoformat())
    assert answer.status == 201, answer
    return answer.json["case"]


def overdue(daemon, case):
    return daemon.obligation(case, "public_response")["state"] == "overdue"


def clock_trouble(daemon, *words):
    """True when /readyz refuses work and says why in these words."""
    try:
        answer = daemon.get("/readyz")
    except OSError:
        return False  # not listening yet
    return answer.status == 503 and any(all(w in t for w in words)
                                        for t in answer.json["troubles"])


def no_rung_twice(daemon, cases):
    for case in cases:
        rungs = [(f["obligation"], bit) for f in daemon.facts(case)
                 if f["type"] in ("rung_fired", "rung_skipped") for bit in f["rungs"]]
        assert len(rungs) == len(set(rungs)), daemon.facts(case)


def when(fact, field="recorded_at"):
    return datetime.datetime.fromisoformat(fact[field].replace("Z", "+00:00"))


def no_way_back(daemon, cases):
    for case in cases:
        at = [when(f) for f in daemon.facts(case)]
        assert at == sorted(at)


def nothing_early(daemon, cases):
    """By our own clock, which nobody stepped."""
    for case in cases:
        for f in daemon.facts(case):
            if f["type"] in ("rung_fired", "obligation_overdue"):
                assert when(f).timestamp() < time.time() + 5
            if f["type"] == "rung_fired":
                assert when(f) >= when(f, "scheduled_at")


def said_overdue(receiver):
    """Titles; a copy of the same message, sent again because the daemon was killed, counts once."""
    messages = {r["headers"]["webhook-id"]: b
                for r, b in zip(receiver.requests, receiver.bodies())}
    return sorted(b["data"]["title"] for b in messages.values() if b["type"].endswith("overdue"))


def test_redis_clock_an_hour_ahead_fires_nothing_early(world):
    redis, daemon, receiver = world
    soon, later = due_in(daemon, "soon", 4), due_in(daemon, "later", 1800)
    redis.step_to(HOUR_S)
    assert redis.ahead() > HOUR_S - 60
    until(lambda: clock_trouble(daemon, "jumped by +3"), what="/readyz says that the clock jumped")
    # Time goes on at its own pace meanwhile: what is due by it is said, and nothing else.
    until(lambda: overdue(daemon, soon), what="the near one is overdue")
    during = due_in(daemon, "during", 1)
    until(lambda: overdue(daemon, during), what="one reported in the hold is overdue")
    assert not overdue(daemon, later)
    # Nor is a restart a way around it.
    daemon.kill()
    daemon.start(ready=False)
    until(lambda: clock_trouble(daemon, "jumped by +3"), what="/readyz says it of a new daemon too")
    again = due_in(daemon, "again", 1)
    until(lambda: overdue(daemon, again), what="one reported after the restart is overdue")
    assert not overdue(daemon, later)
    redis.step_to(0)
    until(daemon.ready, what="healed")
    assert not overdue(daemon, later)
    cases = [soon, later, during, again]
    nothing_early(daemon, cases)
    no_rung_twice(daemon, cases)
    no_way_back(daemon, cases)
    until(lambda: len(said_overdue(receiver)) >= 3, what="one message each")
    assert said_overdue(receiver) == ["样例 again", "样例 during", "样例 soon"]


def test_redis_clock_an_hour_back_runs_nothing_back_and_fires_nothing_twice(world):
    redis, daemon, receiver = world
    past, soon = due_in(daemon, "past", -60), due_in(daemon, "soon", 4)
    redis.step_to(-HOUR_S)
    until(lambda: clock_trouble(daemon, "jumped by -3"), what="/readyz says that the clock jumped")
    until(lambda: overdue(daemon, soon), what="the near one is overdue, though Redis is behind")
    # A daemon started now has no time of its own to go on with: it stands still, and says so.
    daemon.kill()
    daemon.start(ready=False)
    until(lambda: clock_trouble(daemon, "time stands still"), what="/readyz says it stands still")
    during = due_in(daemon, "during", 1)
    assert not overdue(daemon, during)
    assert daemon.act(past, "note", text="记录").status == 200
    redis.step_to(0)
    until(daemon.ready, what="healed")
    until(lambda: overdue(daemon, during), what="what waited is said")
    cases = [past, soon, during]
    nothing_early(daemon, cases)
    no_rung_twice(daemon, cases)
    no_way_back(daemon, cases)
    until(lambda: len(said_overdue(receiver)) >= 3, what="one message each")
    assert said_overdue(receiver) == ["样例 during", "样例 past", "样例 soon"]
