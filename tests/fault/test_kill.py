"""kill -9, SIGSTOP and a hung receiver, under load: nothing acknowledged is lost, nothing is said
twice. KILLS=n and SEED=n by environment; the seed of a run stands in its summary."""

import collections
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness import Daemon, Receiver, until
from ledger import Audit, Stored, work_left

KILLS = int(os.environ.get("KILLS") or 200)
SEED = os.environ.get("SEED") or str(int(time.time()))
LOAD = Path(__file__).with_name("load.py")
LONG = KILLS >= 100
ROLES = ("unit", "office", "principal")
LATER_MS = 60_000  # a quiet time this long is needed to look at everything as one


def redis_of(daemon_pid):
    """The redis-server that this daemon started, or None."""
    for entry in os.listdir("/proc"):
        try:
            stat = Path("/proc", entry, "stat").read_text() if entry.isdigit() else ""
        except OSError:
            continue
        name, _, rest = stat.partition(") ")
        if name.endswith("(redis-server") and rest.split()[1] == str(daemon_pid) and \
                rest.split()[0] != "Z":
            return int(entry)
    return None


def servers_of(daemon):
    """Every redis-server on this daemon's socket, whoever its parent is."""
    found = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes()
        except OSError:
            continue
        if b"redis-server" in words and str(daemon.redis_socket).encode() in words:
            found.append(int(cmdline.parent.name))
    return found


def local_offset(daemon):
    """Milliseconds that the daemon's local time is ahead of UTC, from its configuration."""
    sign, hours, minutes = re.search(r'timezone: "([+-])(\d\d):(\d\d)"',
                                     daemon.config.read_text()).groups()
    return int(sign + "1") * (int(hours) * 60 + int(minutes)) * 60_000


def kill9(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Battle:
    """A daemon with its Redis, three receivers in one, and load; counts what was done to them."""

    def __init__(self, directory, stack, summary, hung=False):
        self.begin, self.summary = time.monotonic(), summary
        self.rng = random.Random(SEED)
        self.receivers = []
        self.add_receiver(directory, stack, "ok")
        urls = {role: f"{self.receivers[0].url}/{role}" for role in ROLES}
        if hung:
            self.add_receiver(directory, stack, "slow:60")
            urls["office"] = self.receivers[1].url + "/office"
        self.daemon = Daemon(directory, urls)
        stack.callback(self.daemon.stop)
        self.daemon.start()
        self.journal = directory / "journal.jsonl"
        self.load = subprocess.Popen(
            [sys.executable, str(LOAD), str(self.daemon.port), str(self.journal), SEED])
        stack.callback(self.load.wait)
        stack.callback(self.load.kill)
        self.kills, self.starts, self.loading = collections.Counter(), 1, True

    def add_receiver(self, directory, stack, behaviour):
        self.receivers.append(Receiver(directory, behaviour=behaviour))
        stack.callback(self.receivers[-1].stop)

    # --- faults -----------------------------------------------------------------------------------

    def alive(self):
        assert self.daemon.process.poll() is None, "the daemon ended by itself: " + \
            self.daemon.log.read_text()[-3000:]
        assert self.load.poll() in ((None,) if self.loading else (0,)), "the load ended by itself"
        return True

    def redis(self):
        return self.alive() and redis_of(self.daemon.process.pid)

    def answers(self):
        try:
            return self.alive() and self.daemon.get("/readyz", timeout=5).status == 200
        except OSError:
            return False

    def kill_one(self):
        """At a random moment: of the start that the last kill caused, or of good health."""
        target = self.rng.choice(["daemon", "daemon", "redis", "both"])
        if self.rng.random() < 0.5:
            until(self.answers, 60, "ready between kills")
        elif target != "daemon":
            until(self.redis, 60, "redis started again")
        time.sleep(self.rng.uniform(0.05, 0.6))
        redis = self.redis() if target != "daemon" else None
        if target != "daemon" and not redis:
            redis = until(self.redis, 60, "redis started again")
        victims = [self.daemon.process.pid] if target != "redis" else []
        victims += [redis] if redis else []
        self.rng.shuffle(victims)
        if not all([kill9(pid) for pid in victims]):
            self.kills["missed"] += 1
        self.kills[target] += 1
        if target != "redis":
            self.daemon.process.wait(10)
            self.daemon.start(ready=False)
            self.starts += 1

    # --- the end ----------------------------------------------------------------------------------

    def end_load(self):
        self.load.send_signal(signal.SIGTERM)
        assert self.load.wait(180) == 0
        self.loading = False

    def heal(self, seconds):
        """Until nothing waits, and nothing will for a while."""
        redis = until(lambda: self.answers() and self.daemon.redis(), 60, "ready at the end")
        left = []

        def quiet():
            self.answers()
            left[:] = [work_left(redis, LATER_MS)]
            return not left[0]

        try:
            until(quiet, seconds, "quiet")
        except AssertionError:
            raise AssertionError(f"still waiting after {seconds} s: {left}") from None
        return redis

    def verify(self, redis, title):
        stored = Stored(redis)
        journal = [json.loads(line) for line in self.journal.read_text().splitlines()]
        received = [r for receiver in self.receivers for r in receiver.requests]
        audit = Audit(stored, journal, received, local_offset(self.daemon))
        problems = audit.run() + self.by_http(stored)
        if servers_of(self.daemon) != [self.redis()]:
            problems.append(f"redis-server runs as {servers_of(self.daemon)}")
        self.summarize(title, stored, journal, received, audit)
        assert not problems, f"SEED={SEED}, {len(problems)} problems:\n" + "\n".join(problems[:30])

    def by_http(self, stored):
        """A sample through the front door: what it shows is what is stored."""
        for case in random.Random(SEED).sample(sorted(stored.cases), min(100, len(stored.cases))):
            shown = self.daemon.case(case)
            facts = self.daemon.facts(case)
            if str(shown["rev"]) != stored.cases[case]["rev"] or \
                    [f["seq"] for f in facts] != list(range(1, shown["rev"] + 1)):
                return [f"{case}: HTTP shows revision {shown['rev']}, {len(facts)} facts"]
        return []

    def summarize(self, title, stored, journal, received, audit):
        reports = {line["case"] for line in journal
                   if line.get("what") == "report" and line["status"] < 300}
        actions = [line for line in journal if line.get("what") == "action"]
        done = {line["op"] for line in actions if line["status"] < 300}
        lost = sum(line.get("lost", 0) for line in journal)
        again = len(received) - audit.distinct
        kills = ", ".join(f"{n} {what}" for what, n in sorted(self.kills.items())) or "none"
        self.summary.extend([
            f"{title}: seed {SEED}, {time.monotonic() - self.begin:.0f} s; kills: {kills}; "
            f"{self.starts} daemon starts; {lost} requests without an answer",
            f"  acknowledged: {len(reports)} reports, {len(done)} actions; "
            f"{sum(map(len, audit.facts.values()))} facts, {audit.rungs} rung facts, "
            f"{len(audit.notices)} notices ({len(stored.dead)} dead); received {len(received)} "
            f"copies, {again} again ({100 * again / max(1, len(audit.notices)):.1f} %)",
            f"  {len(audit.problems)} problems"])


@pytest.fixture
def battle(tmp_path, request):
    with contextlib.ExitStack() as stack:
        b = Battle(tmp_path, stack, request.config.fault_summary, **getattr(request, "param", {}))
        yield b
    until(lambda: not servers_of(b.daemon), what="no redis-server left behind")


def test_kill_9_loses_nothing_acknowledged_and_fires_no_rung_twice(battle):
    until(battle.journal.exists, what="load begins")
    while sum(battle.kills[t] for t in ("daemon", "redis", "both")) < KILLS:
        battle.kill_one()
    until(battle.answers, 60, "ready after the last kill")
    battle.end_load()
    if not LONG:
        # A restart takes up at once what was in flight; a long run waits for it to come back alone.
        battle.daemon.stop()
        battle.daemon.start()
        battle.starts += 1
    battle.verify(battle.heal(240), "kill -9")


@pytest.mark.skipif(not LONG, reason="takes a minute; runs with KILLS=100 and more")
def test_redis_that_stands_still_loses_nothing_and_repeats_nothing(battle):
    redis = until(battle.redis, what="redis")
    metrics = battle.daemon.metrics
    until(lambda: metrics()["shixian_rungs_fired_total"] > 20, 60, "rungs under load")
    os.kill(redis, signal.SIGSTOP)
    stopped = time.monotonic()
    try:
        until(lambda: not battle.answers() and time.monotonic() - stopped > 15, 60, "given up")
    finally:
        os.kill(redis, signal.SIGCONT)
    until(battle.answers, 60, "ready again")
    assert battle.redis() == redis, "the same server went on"
    fired = metrics()["shixian_rungs_fired_total"]
    until(lambda: metrics()["shixian_rungs_fired_total"] > fired + 20, 60, "rungs again")
    battle.end_load()
    battle.verify(battle.heal(240), "redis stopped for 15 s")


@pytest.mark.skipif(not LONG, reason="takes minutes; runs with KILLS=100 and more")
@pytest.mark.parametrize("battle", [{"hung": True}], indirect=True)
def test_hung_receiver_while_killing_delays_its_own_notices_only(battle):
    until(battle.journal.exists, what="load begins")
    hung, good = battle.receivers[1], battle.receivers[0]
    for _ in range(20):
        battle.kill_one()
    until(battle.answers, 60, "ready after the last kill")
    before = len(good.requests)
    until(lambda: len(good.requests) > before + 30, 60, "the other receivers go on")
    hung.behave("ok")
    battle.end_load()
    battle.verify(battle.heal(400), "hung receiver and kill -9")
