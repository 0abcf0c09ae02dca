"""What is left after the faults, read from Redis, HTTP and the receivers, and held against what was
promised. Every check says what is wrong in one line; none relies on the daemon's own word."""

import collections
import datetime
import hashlib
import json

from rules import RULES, Model

REQUESTED = {"set_level": "level_set", "acknowledge": "acknowledged", "fulfil": "fulfilled",
             "note": "noted", "close": "closed", "invalidate": "invalidated"}
INPUTS = {"reported", "report_conflict", "assigned", *REQUESTED.values()}
STATES = {"obligation_overdue": "overdue", "obligation_cancelled": "cancelled",
          "obligation_superseded": "superseded", "obligation_reinstated": "open"}


def ms_of(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(at.timestamp() * 1000)


class Stored:
    """Everything in one Redis, as it stands; to be taken when nothing moves."""

    def __init__(self, redis):
        self.shards = int(redis.hget("shixian:meta", "shards"))
        self.cases, self.facts, self.attention, self.deadlines = {}, {}, {}, {}
        self.open, self.closed, self.dead, self.waiting, self.clock = set(), set(), {}, 0, []
        for n in range(self.shards):
            prefix = f"shixian:{{{n:03}}}:"
            for key in redis.scan_iter(prefix + "case:*", count=1000):
                self.cases[key[len(prefix) + 5:]] = redis.hgetall(key)
            for entry, fields in redis.xrange(prefix + "facts"):
                self.facts.setdefault(fields["case"], []).append((entry, fields))
            self.attention.update(redis.zrange(prefix + "attention", 0, -1, withscores=True))
            self.deadlines.update(redis.zrange(prefix + "deadlines", 0, -1, withscores=True))
            self.open |= set(redis.zrange(prefix + "index:open", 0, -1))
            self.closed |= set(redis.zrange(prefix + "index:closed", 0, -1))
            self.dead.update((f["notice"], f) for _, f in redis.xrange(prefix + "dead"))
            self.waiting += redis.xlen(prefix + "outbox") + redis.zcard(prefix + "retry")
            self.clock.append(int(redis.get(prefix + "clock") or 0))


def work_left(redis, ahead_ms):
    """What still waits, or will within ahead_ms; '' when nothing does."""
    seconds, micros = redis.time()
    now = seconds * 1000 + micros // 1000
    pipe = redis.pipeline(transaction=False)
    shards = int(redis.hget("shixian:meta", "shards"))
    for n in range(shards):
        prefix = f"shixian:{{{n:03}}}:"
        pipe.xlen(prefix + "outbox")
        pipe.zcard(prefix + "retry")
        pipe.zcount(prefix + "attention", "-inf", now + ahead_ms)
    counts = pipe.execute()
    outbox, retry, due = sum(counts[0::3]), sum(counts[1::3]), sum(counts[2::3])
    return f"{outbox} in outbox, {retry} in retry, {due} due" if outbox + retry + due else ""


class Audit:
    def __init__(self, stored, journal, received, offset):
        self.stored, self.journal, self.received = stored, journal, received
        self.offset = offset  # ms of local time
        self.problems = []
        self.facts = {}  # case -> facts in order
        self.rungs = 0
        self.notices = {}  # id -> its rung facts' case

    def say(self, case, text):
        self.problems.append(f"{case}: {text}")

    def run(self):
        for case, rows in self.stored.facts.items():
            self.chain(case, rows)
        for case in set(self.stored.cases) ^ set(self.stored.facts):
            self.say(case, "a case without facts, or facts without their case")
        for case, facts in self.facts.items():
            self.once(case, facts)
            self.story(case, facts)
        self.promises()
        self.delivered()
        return self.problems

    # --- the ledger proves itself -----------------------------------------------------------------

    def chain(self, case, rows):
        head, previous, facts, last = "0" * 64, "", [], 0
        for entry, row in rows:
            fact = json.loads(row["fact"])
            head = hashlib.sha256(f"{head}\n{row['fact']}".encode()).hexdigest()
            if row["hash"] != head:
                self.say(case, f"fact {fact['seq']}: its hash does not follow from the chain")
                head = row["hash"]
            if row["prev"] != previous:
                self.say(case, f"fact {fact['seq']}: prev is {row['prev']}, not {previous}")
            if fact["seq"] != len(facts) + 1 or fact["case"] != case:
                self.say(case, f"fact {fact['seq']} of {fact['case']} stands at {len(facts) + 1}")
            if fact["recorded_at"] < last:
                self.say(case, f"fact {fact['seq']}: time ran back")
            previous, last = entry, fact["recorded_at"]
            facts.append(fact)
        self.facts[case] = facts
        held = self.stored.cases.get(case, {})
        doc = json.loads(held.get("doc", "{}"))
        if not (held.get("rev") == str(doc.get("rev")) == str(len(facts))):
            self.say(case, f"rev {held.get('rev')}, document {doc.get('rev')}, {len(facts)} facts")
        if held.get("head") != head or held.get("last") != previous:
            self.say(case, "head or last of the case is not that of its last fact")
        if last > max(self.stored.clock):
            self.say(case, "recorded after the high-water mark")

    # --- nothing twice, nothing early -------------------------------------------------------------

    def once(self, case, facts):
        seen, clocks = collections.Counter(), collections.Counter()
        for f in facts:
            if f["type"] == "obligation_clock":
                clocks[f["obligation"]] += 1  # rungs that lie ahead again may speak again
            if f.get("op"):
                seen["operation " + f["op"]] += 1
            if f["type"] == "noted":
                seen["note " + f["text"]] += 1
            if f["type"] in ("reported", "closed", "invalidated"):
                seen[f["type"]] += 1
            if f["type"] == "report_conflict":
                seen["conflict " + f["digest"]] += 1
            if f["type"] in ("obligation_opened", "obligation_overdue"):
                key = f.get("obligation") or f["obligation_data"]["key"]
                seen[f"{f['type']} {key} of clock {clocks[key]}"] += 1
            if f["type"] in ("notice_accepted", "notice_dead"):
                seen["end of notice " + f["notice"]] += 1
            if f["type"] in ("rung_fired", "rung_skipped"):
                for bit in f["rungs"]:
                    seen[f"rung {f['obligation']} {bit} of clock {clocks[f['obligation']]}"] += 1
                if f["recorded_at"] < f["scheduled_at"]:
                    self.say(case, f"fact {f['seq']}: a rung spoke "
                             f"{f['scheduled_at'] - f['recorded_at']} ms early")
                self.rungs += 1
            if f["type"] == "rung_fired":
                if not f.get("notices"):
                    self.say(case, f"fact {f['seq']}: a rung spoke to nobody")
                for notice in f.get("notices", ()):
                    self.notices[notice] = case
        for what, n in seen.items():
            if n > 1:
                self.say(case, f"{n} times: {what}")

    # --- the same story, told by rules.py ---------------------------------------------------------

    def story(self, case, facts):
        model, said, done, i = Model(self.offset), {}, {}, 0
        while i < len(facts):
            now = facts[i]["recorded_at"]
            group = [f for f in facts[i:i + 2000] if f["recorded_at"] == now]
            i += len(group)
            inputs = [f for f in group if f["type"] in INPUTS]
            for f in inputs or [None]:
                model.decide(now, f)
            for f in group:
                self.hear(f, said, done)
                if f["type"] == "rung_skipped":
                    self.skipped(case, model, f)
            want = {k: (d.start, d.due, d.state, sorted(d.done)) for k, d in model.duties.items()}
            have = {k: (*v, sorted(done[k])) for k, v in said.items()}
            if want != have:
                self.say(case, f"at fact {group[-1]['seq']}: the ledger has {have}, the rules say "
                         f"{want}")
                return
        self.case(case, model)

    def hear(self, f, said, done):
        if f["type"] == "obligation_opened":
            o = f["obligation_data"]
            said[o["key"]] = (o["start_at"], o.get("due_at"), "open")
            done[o["key"]] = set()
        elif f["type"] in ("rung_fired", "rung_skipped"):
            done[f["obligation"]] |= set(f["rungs"])
        elif f["type"] == "obligation_clock":
            clock = f["clock"]
            said[f["obligation"]] = (clock["start_at"], clock.get("due_at"), clock["state"])
            done[f["obligation"]] = set(clock.get("rungs_done", ()))
        elif f["type"] in STATES or f["type"] == "obligation_met":
            start, due, _ = said[f["obligation"]]
            said[f["obligation"]] = (start, due, STATES.get(f["type"]) or f["state"])

    def skipped(self, case, model, f):
        """Only one rung has a condition: it speaks while nobody has acknowledged."""
        rungs = RULES[f["obligation"]]["rungs"]
        if not model.acknowledged or any(rungs[bit][0] != "unacknowledged" for bit in f["rungs"]):
            self.say(case, f"fact {f['seq']}: a rung was skipped without a reason")

    def case(self, case, model):
        """The document and the indexes against the same rules."""
        doc = json.loads(self.stored.cases.get(case, {}).get("doc", "{}"))
        want = {k: (d.rule, d.start, d.due, d.state, sorted(d.done))
                for k, d in model.duties.items()}
        have = {o["key"]: (o["rule"], o["start_at"], o.get("due_at"), o["state"],
                           o.get("rungs_done", [])) for o in doc.get("obligations", [])}
        if want != have or doc.get("status") != model.status:
            self.say(case, f"the document says {doc.get('status')} {have}, the rules say "
                     f"{model.status} {want}")
        if self.stored.attention.get(case) != model.attention():
            self.say(case, f"attention at {self.stored.attention.get(case)}, the rules say "
                     f"{model.attention()}")
        for key, duty in model.duties.items():
            index = self.stored.deadlines.get(f"{case}/{key}")
            if index != (duty.due if duty.active and model.status == "open" else None):
                self.say(case, f"{key} ({duty.state}) stands in deadlines at {index}")
        if (case in self.stored.open, case in self.stored.closed) != \
                (model.status == "open", model.status != "open"):
            self.say(case, f"is {model.status} and stands in the wrong index")

    # --- what was acknowledged --------------------------------------------------------------------

    def promises(self):
        reported, ops = set(), set()
        for line in self.journal:
            if "lost" in line:
                continue
            case = line.get("case")
            facts = self.facts.get(case, [])
            if line["what"] == "wrong":
                self.say("batch", f"answered {line['status']}: {line['answer']}")
            elif line["what"] == "report":
                reported.add(case)
                self.reported(line, facts)
            elif line["what"] == "conflict":
                if line["status"] != 409 or not any(f["type"] == "report_conflict" for f in facts):
                    self.say(case, f"another body was answered {line['status']}, or is no fact")
            else:
                ops.add(line["op"])
                self.acted(line, facts)
        for case, facts in self.facts.items():
            if case not in reported:
                self.say(case, "nobody reported it")
            for f in facts:
                op = f.get("op", "")
                if op and not {op, f.get("text", "")} & ops:
                    self.say(case, f"fact {f['seq']}: nobody asked for {op}")

    def reported(self, line, facts):
        case, event = line["case"], line["event"]
        if line["status"] not in (200, 201) or line["answered"] != case:
            self.say(case, f"report {event['id']} was answered {line['status']}, "
                     f"case {line['answered']}")
        first = facts[0]["case_data"] if facts else {}
        keys = [(r["source"], r["id"]) for r in first.get("reports", ())]
        if keys != [(event["source"], event["id"])]:
            self.say(case, f"LOST: report {event['source']}/{event['id']} was acknowledged")
            return
        data = event["data"]
        if first["title"] != data["title"] or \
                first["discovered_at"] != ms_of(data["discovered_at"]):
            self.say(case, "the recorded report is not the one that was sent")
        if (line["revision"] or 0) > len(facts):
            self.say(case, f"LOST: revision {line['revision']} was acknowledged, {len(facts)} are "
                     "there")

    def acted(self, line, facts):
        case, body = line["case"], line["body"]
        found = [f for f in facts if line["op"] in (f.get("op"), f.get("text"))]
        if line["status"] >= 300:
            if found:
                self.say(case, f"{line['op']} was refused ({line['status']}) and is in the ledger")
            if line["status"] not in (404, 409):
                self.say(case, f"{body} was answered {line['status']}: {line['why']}")
            return
        if (line.get("revision") or 0) > len(facts):
            self.say(case, f"LOST: revision {line['revision']} was acknowledged, {len(facts)} are "
                     "there")
        if not found and body["action"] in ("set_level", "acknowledge"):
            return self.nothing_to_do(line, facts)
        if len(found) != 1:
            self.say(case, f"LOST or twice: {line['op']} {body} was acknowledged and stands "
                     f"{len(found)} times in the ledger")
            return
        f = found[0]
        wrong = [f["type"] != REQUESTED[body["action"]],
                 body["action"] == "set_level" and f["level"] != body["level"],
                 body["action"] == "fulfil" and f["act"]["kind"] != body["kind"],
                 "happened_at" in body and f["happened_at"] != ms_of(body["happened_at"]),
                 "text" in body and f["text"] != body["text"],
                 (line.get("revision") or f["seq"]) < f["seq"]]
        if any(wrong):
            self.say(case, f"fact {f['seq']} is not what was asked: {body}")

    def nothing_to_do(self, line, facts):
        """Acknowledged without a fact is right only where it was so before."""
        body = line["body"]
        kind = REQUESTED[body["action"]]
        before = [f for f in facts if f["type"] in (kind, "reported") and
                  f["seq"] <= (line.get("revision") or 0)]
        level = 0
        for f in before:
            level = f.get("level", 0) if f["type"] == "level_set" else level
        if body["action"] == "set_level" and level == body["level"]:
            return
        if body["action"] == "acknowledge" and before and before[-1]["type"] == kind:
            return
        self.say(line["case"], f"LOST: {body} was acknowledged and is not in the ledger")

    # --- what arrived -----------------------------------------------------------------------------

    def delivered(self):
        bodies, told = {}, {}
        for r in self.received:
            notice = r["headers"].get("webhook-id")
            body = r["body"]
            if r["verified"] is not True:
                self.say(notice, f"signature: {r['why']}")
            if bodies.setdefault(notice, body) != body:
                self.say(notice, "two different bodies under one webhook-id")
            if notice not in self.notices:
                self.say(notice, "arrived, and no fact names it")
        ended = {f["notice"]: f["type"] for facts in self.facts.values() for f in facts
                 if f["type"] in ("notice_accepted", "notice_dead")}
        for notice, case in self.notices.items():
            if notice not in bodies and notice not in self.stored.dead:
                self.say(case, f"LOST: notice {notice} never arrived and is not in dead")
            if notice not in ended:
                self.say(case, f"no fact says what became of notice {notice}")
            if (ended.get(notice) == "notice_dead") != (notice in self.stored.dead):
                self.say(case, f"notice {notice}: {ended.get(notice)}, and dead disagrees")
        paths = {r["headers"]["webhook-id"]: r["path"] for r in self.received}
        for notice, body in bodies.items():
            event = json.loads(body)
            for o in event["data"]["obligations"]:
                key = (event["subject"], paths[notice], o["obligation"], o["rung"])
                if told.setdefault(key, notice) != notice:
                    self.say(event["subject"], f"told twice: {key} as {told[key]} and {notice}")
                if ms_of(event["time"]) < ms_of(o["scheduled"]):
                    self.say(event["subject"], f"notice {notice} was written early")
                if o["rule"] not in RULES:
                    self.say(event["subject"], f"notice {notice} speaks of {o['rule']}")
        self.distinct = len(bodies)
