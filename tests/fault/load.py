#!/usr/bin/python3
"""Load for a daemon that is being killed: reports, repeats and actions, each until it is answered.

    load.py PORT JOURNAL SEED

Everything is sent again with the same ids until the answer is a definite one (2xx or 4xx), as a
careful sender would. The journal gets one line for each promise made: what was sent, what the
answer said. SIGTERM: no new cases; what was begun is brought to its end.
"""

import hashlib
import heapq
import http.client
import itertools
import json
import random
import signal
import sys
import threading
import time

HOUR = 3_600_000
WORKERS = 6
PAUSE_S = 0.12  # longest wait of a worker between two requests: load, not saturation
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def now_ms():
    return int(time.time() * 1000)


def rfc3339(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03}Z"


def case_id(source, ident):
    bits = int.from_bytes(hashlib.sha256(f"{source}\0{ident}".encode()).digest(), "big")
    return "".join(CROCKFORD[bits >> (256 - 5 * i - 5) & 31] for i in range(16))


class Sender:
    """One connection, made again whenever it breaks."""

    def __init__(self, port, rng):
        self.port, self.rng, self.connection = port, rng, None
        self.lost = 0  # requests without an answer: these are the ones that matter

    def once(self, path, body, headers):
        try:
            if not self.connection:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            self.connection.request("POST", path, json.dumps(body, ensure_ascii=False).encode(),
                                    headers)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.lost += 1
            self.close()
            return 0, None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def until_definite(self, path, body, headers, on_partial=None):
        while True:
            status, answer = self.once(path, body, headers)
            if 200 <= status < 500:
                return status, answer
            if answer and on_partial:
                on_partial(answer)
            time.sleep(self.rng.uniform(0.005, 0.05))


class Worker(threading.Thread):
    def __init__(self, index, port, journal, seed, stop):
        super().__init__()
        self.index, self.journal, self.stop = index, journal, stop
        self.rng = random.Random(f"{seed}/{index}")
        self.sender = Sender(port, self.rng)
        self.source = f"load-{index}"
        self.number = itertools.count()
        self.known = []  # cases that are there
        self.agenda = []  # heap of (when, tie, script, case)

    def run(self):
        while not self.stop.is_set():
            if self.agenda and self.agenda[0][0] <= now_ms():
                self.step()
            elif self.rng.random() < 0.2:
                self.batch(self.new_matters())
            elif self.rng.random() < 0.05:
                self.batch([], self.notes())
            else:
                self.single()
            time.sleep(self.rng.uniform(0, PAUSE_S))
        while self.agenda:
            self.step()
        self.journal({"lost": self.sender.lost})

    # --- reports ----------------------------------------------------------------------------------

    def report(self):
        """(event, script): a new matter, and what people will do about it."""
        ident = str(next(self.number))
        due = now_ms() + self.rng.randint(500, 15_000)
        if self.rng.random() < 0.05:
            due -= HOUR  # past due when it arrives
        kind = self.rng.choice(["opinion", "opinion", "reminder", "incident", "graded"])
        data = {"title": f"样例 {self.source}/{ident}", "lead_unit": "unit-a"}
        if kind == "incident":
            occurred = due - 5 * HOUR
            data["incident"] = {"category": "accident", "level": self.rng.choice([1, 2]),
                                "occurred_at": rfc3339(occurred)}
            data["discovered_at"] = rfc3339(occurred + self.rng.randint(0, 3 * HOUR))
        elif kind == "graded":
            discovered = due - 48 * HOUR
            data["incident"] = {"category": "health",
                                "occurred_at": rfc3339(discovered - self.rng.randint(0, HOUR))}
            data["discovered_at"] = rfc3339(discovered)
        elif kind == "reminder":  # a rung before due falls into the run
            data["discovered_at"] = rfc3339(due - self.rng.choice([24, 40, 46]) * HOUR)
        else:
            data["discovered_at"] = rfc3339(due - 48 * HOUR)
        incident = "incident" if "incident" in data else "opinion"
        event = {"specversion": "1.0", "id": ident, "source": self.source,
                 "type": f"shixian.{incident}.reported", "data": data}
        return event, self.script(kind, due)

    def script(self, kind, due):
        choice = self.rng.random
        steps = []
        if choice() < 0.5:
            steps.append({"action": "acknowledge"})
        if choice() < 0.3:
            steps.append({"action": "note"})
        if kind == "graded":
            steps.append({"action": "set_level", "level": self.rng.choice([1, 2, 3])})
            if choice() < 0.4:
                steps.append({"action": "set_level", "level": self.rng.choice([2, 3, 4])})
        self.rng.shuffle(steps)
        if choice() < 0.06:
            return steps + [{"action": "invalidate"}]
        if choice() < 0.6:
            acts = {"incident": ["authoritative_release", "press_conference"],
                    "graded": ["press_conference"]}.get(kind, ["public_response"])
            steps += [self.fulfil(act, due) for act in acts if choice() < 0.9]
            if choice() < 0.6:
                steps.append({"action": "close"})
        if choice() < 0.2:
            steps.insert(self.rng.randint(0, len(steps)), {"action": "repeat"})
        if choice() < 0.1:
            steps.insert(self.rng.randint(0, len(steps)), {"action": "contradict"})
        return steps

    def fulfil(self, kind, due):
        second = due // 1000 * 1000
        happened = self.rng.choice([None, None, due - self.rng.randint(1, 60_000),
                                    second + 999, second + 1000 + self.rng.randint(0, 3000)])
        step = {"action": "fulfil", "kind": kind, "outlet": "官方微博",
                "url": "https://gov.example.cn/1", "reviewer": "审核人"}
        if happened:
            step["happened_at"] = rfc3339(happened)
        return step

    def single(self):
        event, script = self.report()
        self.send_report(event)
        self.plan(event, script)

    def send_report(self, event, expect="report"):
        status, answer = self.sender.until_definite(
            "/v1/events", event, {"Content-Type": "application/cloudevents+json"})
        self.promise(expect, event, status, answer)

    def promise(self, what, event, status, answer):
        self.journal({"what": what, "event": event, "status": status,
                      "case": case_id(event["source"], event["id"]),
                      "answered": (answer or {}).get("case"),
                      "revision": (answer or {}).get("revision"),
                      "duplicate": (answer or {}).get("duplicate")})

    def new_matters(self):
        return [self.report() for _ in range(self.rng.randint(2, 12))]

    def note(self, case):
        ident = str(next(self.number))
        return {"specversion": "1.0", "id": ident, "source": self.source,
                "type": "shixian.case.note", "subject": case,
                "data": {"text": f"note {self.source}/{ident}"}}

    def notes(self):
        """To as many cases: so many commits are under way at once, for a kill to hit."""
        return [self.note(case) for case in self.rng.sample(self.known, min(60, len(self.known)))]

    def batch(self, planned, notes=()):
        """Some reports, to some of them a note in the same batch; notes to older cases."""
        events = list(notes)
        for event, _ in planned:
            events.append(event)
            if self.rng.random() < 0.3:
                events.append(self.note(case_id(event["source"], event["id"])))
        if not events:
            return

        def take(answer, final=False):
            """Each 2xx in the answer is a promise of its own, also inside an answer of 503."""
            for result in answer.get("results", []):
                event = events[result["index"]]
                if not final and result["status"] >= 300:
                    continue  # it is asked again
                if event["type"].endswith(".reported"):
                    self.promise("report", event, result["status"], result)
                else:
                    self.journal({"what": "action", "case": event["subject"],
                                  "op": event["data"]["text"], "status": result["status"],
                                  "body": {"action": "note", "text": event["data"]["text"]}})

        status, answer = self.sender.until_definite(
            "/v1/events", events, {"Content-Type": "application/cloudevents-batch+json"}, take)
        if status != 200:
            self.journal({"what": "wrong", "status": status, "answer": answer})
            return
        take(answer, final=True)
        for event, script in planned:
            self.plan(event, script)

    # --- actions ----------------------------------------------------------------------------------

    def plan(self, event, script):
        self.known.append(case_id(event["source"], event["id"]))
        self.plan_rest(event, script)

    def plan_rest(self, event, script):
        if script:
            heapq.heappush(self.agenda, (now_ms() + self.rng.randint(0, 9000), event["id"], script,
                                         event))

    def step(self):
        _, _, script, event = heapq.heappop(self.agenda)
        step, rest = script[0], script[1:]
        if step["action"] == "repeat":
            self.send_report(event)
        elif step["action"] == "contradict":
            self.send_report({**event, "data": {**event["data"], "summary": "另一份内容"}},
                             "conflict")
        else:
            self.act(event, step)
        self.plan_rest(event, rest)

    def act(self, event, step):
        case = case_id(event["source"], event["id"])
        op = f"{self.source}-{next(self.number)}"
        body = dict(step)
        if step["action"] in ("note", "close", "invalidate"):
            body["text"] = f"{step['action']} {op}"
        status, answer = self.sender.until_definite(
            f"/v1/cases/{case}/actions", body,
            {"Content-Type": "application/json", "Idempotency-Key": op})
        self.journal({"what": "action", "case": case, "op": f"k:local:{case}:{op}", "body": body,
                      "status": status, "revision": (answer or {}).get("rev"),
                      "answered": (answer or {}).get("id"),
                      "why": (answer or {}).get("detail")})


def main():
    port, path, seed = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    stop, lock = threading.Event(), threading.Lock()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with open(path, "w", encoding="utf-8") as file:
        def journal(line):
            with lock:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()

        workers = [Worker(i, port, journal, seed, stop) for i in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main()
