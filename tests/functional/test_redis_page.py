"""docs/REDIS.md is a contract: page and live database say the same, in both directions."""

import contextlib
import json
import re
import signal
import subprocess

import pytest

from harness import Daemon, Receiver, every_fact, until
from page import Page, row_names, shell

PAGE = Page("REDIS.md")
KEYS = {row_names(r)[0]: r[1] for r in PAGE.table("key", "type", "what")}
CODE = {name[0]: text for name, kind, text in PAGE.examples("python")}
PARTS = ("reports", "acts", "obligations", "exclusions", "extensions", "restarts", "joinings")
CLI = 'redis-cli() { command redis-cli -s "$SOCKET" "$@"; }\n'


def python(name):
    scope = {}
    exec(CODE[name], scope)
    return scope


shard = python("shard")["shard"]
broken = python("verify")["broken"]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A daemon to which everything has happened, one notice still on its way, and the cases."""
    directory = tmp_path_factory.mktemp("live")
    receiver = Receiver(directory)
    daemon = Daemon(directory, {"duty": receiver.url}).start()
    with contextlib.ExitStack() as stack:
        stack.callback(receiver.stop)
        stack.callback(daemon.stop)
        cases = every_fact(daemon, receiver)
        receiver.behave("503")
        waiting = daemon.event("waiting").json["case"]
        retry = f"shixian:{{{shard(waiting)}}}:retry"
        until(lambda: any(not m.endswith(":0") for m in daemon.redis().zrange(retry, 0, -1)),
              what="a notice put off")
        yield daemon, cases + [waiting]


@pytest.fixture(scope="module")
def r(live):
    return live[0].redis()


def key_of(case, name):
    return f"shixian:{{{shard(case)}}}:{name}"


def pattern(key):
    key = re.sub(r"\{\d{3}\}", "{NNN}", key)
    key = re.sub(r"(:case):.*", r"\1:<id>", key)
    return re.sub(r"(:op):.*", r"\1:<operation>", key)


def test_every_key_is_on_the_page_and_every_key_of_the_page_exists(live, r):
    assert {pattern(k): r.type(k) for k in r.scan_iter(count=1000)} == KEYS


def streams(r, name):
    for key in r.scan_iter(f"shixian:*:{name}", count=1000):
        for _, fields in r.xrange(key):
            yield fields


def named(*head):
    return set(PAGE.names(*head))


def test_every_field_of_hashes_and_streams_is_told(live, r):
    _, cases = live
    assert set(r.hkeys("shixian:meta")) == named("field of `meta`")
    assert {re.sub(":.*", ":<version>", f) for f in r.hkeys("shixian:book")} == \
        named("field of `book`")
    for case in cases:
        assert set(r.hkeys(key_of(case, f"case:{case}"))) == named("field of `case`")
    for name in ("facts", "outbox", "dead"):
        found = list(streams(r, name))
        assert found, name
        for fields in found:
            assert set(fields) == named(f"field of `{name}`"), name


def test_every_key_of_a_case_document_is_told(live, r):
    docs = [json.loads(r.hget(k, "doc")) for k in r.scan_iter("*:case:*", count=1000)]
    # A handover is only there between the two commits of a merge or a split.
    assert set().union(*docs) == named("key of the case") - {"handovers"}
    for part in PARTS:
        assert set().union(*(x for d in docs for x in d.get(part, []))) == named(f"key of `{part}`")
    assert set().union(*(d.get("incident", {}) for d in docs)) == named("key of `incident`")


def test_what_the_page_calls_always_is_always_there(live, r):
    docs = [json.loads(r.hget(k, "doc")) for k in r.scan_iter("*:case:*", count=1000)]
    parts = {"the case": docs, "`incident`": [d["incident"] for d in docs if "incident" in d],
             **{f"`{p}`": [x for d in docs for x in d.get(p, [])]
                for p in PARTS}}
    for part, records in parts.items():
        rows = PAGE.table(f"key of {part}")
        always = {n for row in rows if row[2].startswith("always") for n in row_names(row)}
        assert always and all(always <= set(record) for record in records), part


def types(*head):
    kinds = {"text": str, "name": str, "number": int, "instant": int, "bool": bool, "object": dict,
             "names": list, "list": list, "list of texts": list, "list of numbers": list}
    return {n: kinds[row[1]] for row in PAGE.table(*head) for n in row_names(row)}


def check_types(record, told):
    for name, value in record.items():
        assert type(value) is told[name], name


def test_types_are_as_told(live, r):
    for k in r.scan_iter("*:case:*", count=1000):
        doc = json.loads(r.hget(k, "doc"))
        check_types(doc, types("key of the case"))
        check_types(doc.get("incident", {}), types("key of `incident`"))
        for part in PARTS:
            for record in doc.get(part, []):
                check_types(record, types(f"key of `{part}`"))
    for fields in streams(r, "facts"):
        check_types(json.loads(fields["fact"]), types("key of `fact`"))


def test_every_key_of_a_fact_is_told(live, r):
    facts = [json.loads(f["fact"]) for f in streams(r, "facts")]
    assert set().union(*facts) == named("key of `fact`")
    always = {n for row in PAGE.table("key of `fact`") if row[2].startswith("all")
              for n in row_names(row)}
    assert all(always <= set(f) for f in facts)
    data = {"case_data": named("key of the case"), "act": named("key of `acts`"),
            "obligation_data": named("key of `obligations`") - {"state", "opened_at"},
            "obligation_moved": named("key of `obligations`"), "clock": named("key of `clock`"),
            "exclusion": named("key of `exclusions`"),
            "extension": named("key of `extensions`"), "joined": named("key of the case")}
    for key, told in data.items():
        assert all(set(f.get(key, {})) <= told for f in facts), key


def test_every_key_of_a_notice_is_told(live, r):
    events = [json.loads(f["body"]) for name in ("outbox", "dead") for f in streams(r, name)]
    rows = PAGE.table("key of a notice")
    found = [events, [e["data"] for e in events], [o for e in events
                                                  for o in e["data"]["obligations"]]]
    for row, records in zip(rows, found, strict=True):
        # More obligations than fit are a rare thing; left_out is only there then.
        assert set().union(*records) == set(row_names(row)) - {"left_out"}


def test_indexes_agree_with_the_cases(live, r):
    for k in r.scan_iter("*:case:*", count=1000):
        doc = json.loads(r.hget(k, "doc"))
        case, ended = doc["id"], doc["status"] != "open"
        assert r.hget(k, "rev") == str(doc["rev"])
        assert r.zscore(key_of(case, "index:closed"), case) == (doc["reported_at"] if ended
                                                                else None)
        assert r.zscore(key_of(case, "index:open"), case) == (None if ended
                                                              else doc["reported_at"])
        owed = {f"{case}/{o['key']}": o["due_at"] for o in doc.get("obligations", [])
                if o["state"] in ("open", "overdue") and "due_at" in o and not ended}
        stored = r.zrange(key_of(case, "deadlines"), 0, -1, withscores=True)
        assert {m: s for m, s in stored if m.startswith(case + "/")} == owed
        if ended:
            assert r.zscore(key_of(case, "attention"), case) is None


@pytest.mark.parametrize("text", [t for _, _, t in PAGE.examples("run")],
                         ids=lambda text: text.split()[-1].strip('"'))
def test_every_redis_cli_line_answers(live, r, text):
    daemon, cases = live
    text = text.replace("-s /run/shixian/redis.sock", "")
    for line in text.splitlines():
        answers = []
        for case in cases:
            ran = shell(line, {"SOCKET": str(daemon.redis_socket), "CASE": case, "S": shard(case)},
                        CLI)
            assert ran.returncode == 0 and "ERR" not in ran.stdout, (line, ran)
            answers.append(ran.stdout.strip())
        assert any(answers), line


def test_all_examples_are_marked():
    marked = sum(len(PAGE.examples(mark)) for mark in ("run", "python", "subscribe"))
    assert marked == PAGE.text.count("```") // 2
    assert not re.search(r"^redis-cli", re.sub(r"```.*?```", "", PAGE.text, flags=re.S), re.M)


def test_the_channel_tells_case_and_revision(live):
    daemon, _ = live
    ((_, _, text),) = PAGE.examples("subscribe")
    argv = ["redis-cli", "-s", str(daemon.redis_socket), *text.split()[1:]]
    watcher = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: daemon.redis().pubsub_numsub("shixian:changes")[0][1], what="a subscriber")
        answer = daemon.event("published").json
        lines = iter(watcher.stdout.readline, "")
        assert next(x for x in lines if x.startswith(answer["case"])).split() == \
            [answer["case"], str(answer["revision"])]
    finally:
        watcher.send_signal(signal.SIGTERM)
        watcher.wait(10)


def test_shard_example_is_where_the_case_is(live, r):
    for case in live[1]:
        assert r.exists(key_of(case, f"case:{case}"))
    said = re.search(r'`shard\("(\w+)"\)` is `(\d{3})`', PAGE.text)
    assert shard(said[1]) == said[2]


def test_chain_example_finds_one_altered_byte(live, r):
    for case in live[1]:
        assert broken(r, case, shard(case)) is None
        facts = [f for _, f in r.xrange(key_of(case, "facts")) if f["case"] == case]
        for seq, fact in enumerate(facts, 1):
            kept, fact["fact"] = fact["fact"], fact["fact"].replace('"seq"', '"sEq"')
            assert broken(Altered(facts, r), case, shard(case)) == seq
            fact["fact"] = kept
        assert broken(Altered(facts[:-1], r), case, shard(case)) == len(facts)


class Altered:
    """The database with other facts."""

    def __init__(self, facts, r):
        self.facts, self.hget = facts, r.hget

    def xrange(self, _):
        return [("", f) for f in self.facts]


def test_an_acl_as_on_the_page_can_read_and_not_write(live, r):
    import redis

    line = re.search(r"ACL SETUSER board on >(\w+) (.*)", PAGE.text)
    r.execute_command("ACL", "SETUSER", "board", "on", ">" + line[1], *line[2].split())
    board = redis.Redis(unix_socket_path=str(live[0].redis_socket), username="board",
                        password=line[1], decode_responses=True)
    case = live[1][0]
    assert board.hget(key_of(case, f"case:{case}"), "doc")
    assert board.xrange(key_of(case, "facts"))
    assert list(board.scan_iter(count=1000))
    board.pubsub().subscribe("shixian:changes")
    for refused in (lambda: board.hset("shixian:meta", "schema", "3"), lambda: board.keys("*"),
                    board.flushall, lambda: board.client_pause(1),
                    lambda: board.publish("shixian:changes", "x")):
        with pytest.raises(redis.exceptions.NoPermissionError):
            refused()
