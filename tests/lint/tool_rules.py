"""Rules that ask another program: pmccabe, clang-format, shellcheck, redis-server."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

MAX_FUNCTION_LINES = 70
MAX_COMPLEXITY = 15


def functions(tree):
    """A function fits on a screen. A switch counts as one decision (pmccabe's first column)."""
    for source in tree.under("daemon", "tests", suffixes=(".c",)):
        _, text = tree.output("pmccabe", source)
        found = re.findall(r"^(\d+)\t\d+\t\d+\t\d+\t(\d+)\t.*\((\d+)\): (.*)$", text, re.M)
        # Macros like TAILQ_ENTRY confuse it, but it reads on: make sure that it saw everything.
        # A function, and nothing else, has its brace alone on a line.
        bodies = sum(line == "{" for _, line in tree.lines(source))
        if len(found) < bodies:
            yield source, 1, f"pmccabe sees {len(found)} of {bodies} functions"
        for complexity, length, n, name in found:
            if int(complexity) > MAX_COMPLEXITY:
                yield source, n, f"{name}: complexity {complexity}, at most {MAX_COMPLEXITY}"
            if int(length) > MAX_FUNCTION_LINES:
                yield source, n, f"{name}: {length} lines, at most {MAX_FUNCTION_LINES}"


def formatting(tree):
    """The tree is as clang-format leaves it; the first difference of each file is shown."""
    files = tree.under("include", "daemon", "tests")
    _, text = tree.output("clang-format", "--dry-run", *files) if files else (0, "")
    seen = set()
    for file, n, message in re.findall(r"^(\S+?):(\d+):\d+: \w+: (.*)$", text, re.M):
        if file not in seen:
            seen.add(file)
            yield file, n, f"{message}; run make format"


def shell(tree):
    """Shell scripts pass shellcheck."""
    scripts = [f for f in tree.files
               if re.match(rb"#!.*\b(?:ba|da)?sh\b", (tree.root / f).read_bytes()[:64])]
    _, text = tree.output("shellcheck", "-f", "gcc", *scripts) if scripts else (0, "")
    for file, n, message in re.findall(r"^(.+?):(\d+):\d+: (.*)$", text, re.M):
        yield file, n, message


def lua(tree):
    """Redis itself compiles each script."""
    scripts = tree.under("daemon", suffixes=(".lua",))
    if not scripts:
        return
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder, "redis.sock")
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 10
            while not socket.exists() and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            for script in scripts:
                with open(tree.root / script, "rb") as text:
                    answer = subprocess.run(
                        ["redis-cli", "-s", socket, "-x", "SCRIPT", "LOAD"], stdin=text,
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                answer = answer.stdout.decode(errors="replace").strip()
                if not re.fullmatch(r"[0-9a-f]{40}", answer):
                    place = re.search(r"user_script:(\d+):", answer)
                    yield script, place[1] if place else 1, answer
        finally:
            server.kill()
            server.wait()


RULES = [functions, formatting, shell, lua]
