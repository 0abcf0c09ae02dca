"""A kill in the middle of a write tears the end of the append-only file. What is half there was
never acknowledged, and must be gone for good: also after the next start."""

import pytest

from harness import Daemon, until


def tail_of(daemon):
    """The file that Redis appends to."""
    return max((daemon.state / "redis" / "appendonlydir").glob("*.incr.aof"),
               key=lambda file: file.stat().st_mtime)


def kill_both(daemon):
    daemon.kill()
    until(lambda: not daemon.redis_socket.exists(), what="redis-server has ended too")


@pytest.mark.parametrize("where", [b"\r\nXADD\r\n", b"\r\n$4\r\nEXEC\r\n", b"ZADD\r\n"])
def test_half_a_commit_at_the_end_of_the_file_never_comes_back(tmp_path, where):
    daemon = Daemon(tmp_path)
    daemon.start()
    try:
        before = tail_of(daemon).stat().st_size
        sent = dict(discovered_at="2026-01-01T00:00:00Z")
        case = daemon.event("torn", **sent).json["case"]
        kill_both(daemon)
        whole = tail_of(daemon).read_bytes()
        cut = whole.index(where, whole.index(case.encode(), before)) + 3
        tail_of(daemon).write_bytes(whole[:cut])

        daemon.start()
        assert daemon.get(f"/v1/cases/{case}").status == 404
        facts = [daemon.event("torn", **sent).json["revision"]]
        for _ in range(2):  # the file is read again: what was cut off must not be in it
            kill_both(daemon)
            daemon.start()
            facts.append(daemon.case(case)["rev"])
            seqs = [f["seq"] for f in daemon.facts(case)]
            assert seqs == list(range(1, len(seqs) + 1))
            stored = [entry for key in daemon.redis().scan_iter("shixian:*:facts")
                      for entry in daemon.redis().xrange(key)]
            assert len(stored) == facts[-1], "facts of a commit that never was"
        assert len(set(facts)) == 1
    finally:
        daemon.stop()
