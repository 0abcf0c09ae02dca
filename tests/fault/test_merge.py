"""A merge is two commits in two shards. The daemon is killed between them, and anywhere else."""

import http.client
import os
import random
import threading
import time

from harness import Daemon, until

MERGES = int(os.environ.get("MERGES", 24))


def cases(daemon):
    return {c["id"]: daemon.case(c["id"])
            for c in daemon.get("/v1/cases?status=all&limit=200").json["cases"]}


def send(daemon, n, channel):
    answer = daemon.event(f"r{n}", channel=channel)
    assert answer.status == 201, answer
    return answer.json["case"]


def settled(daemon, pairs, letters):
    """Whether each letter lives in exactly one case that is not merged, with its duty."""
    all_cases = cases(daemon)
    live = {}
    for case in all_cases.values():
        if case["status"] == "merged":
            continue
        for report in case["reports"]:
            live.setdefault(report["key"], []).append(case)
    for a, b in pairs:
        merged = all_cases[a]["status"] == "merged"
        home = live.get(a, [])
        if len(home) != 1 or home[0]["id"] != (b if merged else a):
            return False
    for letter in letters:
        duties = [o for case in all_cases.values() if case["status"] != "merged"
                  for o in case["obligations"]
                  if o["rule"] == "individual_reply" and o["report"] == letter]
        if len(duties) != 1:
            return False
    return True


def test_killed_between(tmp_path):
    daemon = Daemon(tmp_path).start()
    pairs = [(send(daemon, 2 * n, "leader_mailbox"), send(daemon, 2 * n + 1, "weibo"))
             for n in range(MERGES)]
    rng = random.Random(7)
    killed = 0
    for a, b in pairs:
        def merge(a=a, b=b):
            try:
                daemon.act(a, "merge", into=b, text="同一件事")
            except (OSError, http.client.HTTPException):
                pass  # killed meanwhile: nobody heard the answer

        thread = threading.Thread(target=merge)
        thread.start()
        time.sleep(rng.random() * 0.006)  # into the merge, somewhere
        daemon.kill()
        killed += 1
        thread.join()
        daemon.start()
    assert killed == MERGES
    # What was begun is ended by the ticker; what was not can be asked for again.
    until(lambda: settled(daemon, pairs, [a for a, _ in pairs]), 30, "every merge is whole")
    begun = sum(c["status"] == "merged" for c in cases(daemon).values())
    for a, b in pairs:
        if daemon.case(a)["status"] == "open":
            assert daemon.act(a, "merge", into=b).status == 200
    assert settled(daemon, pairs, [a for a, _ in pairs])
    # Each letter can still be answered by its old name, and goes back where it came from.
    for a, b in pairs[:4]:
        answer = daemon.act(a, "fulfil", kind="individual_reply", report=a)
        assert answer.status == 200 and answer.json["id"] == b, answer
        assert daemon.act(b, "split", report=a).status == 200
        duty, = [o for o in daemon.case(a)["obligations"] if o["rule"] == "individual_reply"]
        assert duty["state"] == "met"
        assert daemon.case(a)["status"] == "open"
        assert all(r["key"] != a for r in daemon.case(b)["reports"])
    print(f"summary: {killed} kills, {begun} merges were begun, all are whole")
    daemon.stop()
