"""Rules that read source text. Each yields (file, line, message)."""

import re

from tree import layer, without_comments

MAX_FILE_LINES = 600
MAX_COLUMNS = 100

# docs/ARCHITECTURE: base <- core <- {port, codec, conf} <- app <- adapters <- main.
ADAPTERS = ("http", "redis", "webhook", "sys")
MAY_INCLUDE = {
    "base": (),
    "core": ("base",),
    "port": ("base", "core"),
    "codec": ("base", "core"),
    "conf": ("base", "core", "codec"),
    "app": ("base", "core", "port", "codec", "conf"),
    "cli": ("base", "core", "port", "codec", "conf", "app"),
    **{a: ("base", "core", "port", "codec", "conf", "app") for a in ADAPTERS},
    "main": ("base", "core", "port", "codec", "conf", "app", *ADAPTERS),
}

# Which layers know a library at all.
LIBRARIES = {
    "event2/": ("http", "redis", "webhook", "sys", "main"),
    "hiredis/": ("redis",),
    "curl/": ("webhook", "cli"),
    "jansson.h": ("codec", "http", "webhook", "cli"),
    "yaml.h": ("conf",),
    "openssl/": ("codec", "http", "redis", "webhook"),
    "systemd/": ("sys",),
}

UNSAFE = "sprintf strcpy strcat strtok gets localtime gmtime atoi sscanf strptime alloca".split()
BLOCKING = "system popen usleep sleep".split()

UNFINISHED = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
# Folders and package servers of the machine it was made on mean nothing elsewhere.
MACHINE = re.compile(
    r"(?<![\w.])/(?:wor[k]|roo[t])/|https?://\S*(?:registr[y]|mirro[r]|npmj[s]|pyp[i]|prox[y]\.)")


def layers(tree):
    """An include begins with its layer, and goes down only; adapters do not know each other."""
    for file in tree.under("include", "daemon"):
        own = layer(file)
        for n, line in enumerate(without_comments(tree.text(file)).splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*"([^"]*)"', line)
            if not found or (own == "main" and (tree.root / "daemon" / found[1]).exists()):
                continue
            target = found[1].split("/")[0]
            if "/" not in found[1] or target not in MAY_INCLUDE:
                yield file, n, f'"{found[1]}" does not begin with a layer'
            elif target != own and target not in MAY_INCLUDE.get(own, ()):
                yield file, n, f"{own} may not include {target}"
            elif target != own and not (tree.root / "include" / found[1]).exists():
                yield file, n, f'"{found[1]}" is private to {target}'


def libraries(tree):
    """A library is known only in the layers that are there to wrap it."""
    for file in tree.under("include", "daemon"):
        for n, line in tree.lines(file):
            found = re.match(r"\s*#\s*include\s*<([^>]*)>", line)
            for prefix, allowed in LIBRARIES.items():
                if found and found[1].startswith(prefix) and layer(file) not in allowed:
                    yield file, n, f"<{found[1]}> belongs to {', '.join(allowed)}"


def banned_calls(tree):
    """Calls that overflow, keep hidden state, read local time, or block the loop."""
    for file in tree.under("include", "daemon", "tests"):
        names = UNSAFE if file.parts[0] == "tests" else UNSAFE + BLOCKING
        call = re.compile(rf"(?<![\w.>])({'|'.join(names)})\s*\(")
        for n, line in enumerate(without_comments(tree.text(file), True).splitlines(), 1):
            for found in call.finditer(line):
                yield file, n, f"{found[1]}() is not used here"


def file_length(tree):
    """A file fits in the head: 600 lines."""
    for file in tree.code():
        count = len(tree.text(file).splitlines())
        if count > MAX_FILE_LINES:
            yield file, count, f"{count} lines, at most {MAX_FILE_LINES}"


def columns(tree):
    """100 columns, counted in characters: Chinese text has as much room as English."""
    for file in tree.code():
        for n, line in tree.lines(file):
            if len(line.expandtabs(8)) > MAX_COLUMNS:
                yield file, n, f"{len(line.expandtabs(8))} columns, at most {MAX_COLUMNS}"


def unfinished(tree):
    """Nothing is left to be done later."""
    yield from search(tree, UNFINISHED, "unfinished")


def machine(tree):
    """No file names a folder or a package server of one machine."""
    yield from search(tree, MACHINE, "is this machine's")


def search(tree, pattern, message):
    for file in tree.files:
        if b"\0" in (tree.root / file).read_bytes():
            continue
        for n, line in tree.lines(file):
            found = pattern.search(line)
            if found:
                yield file, n, f"{found[0]}: {message}"


RULES = [layers, libraries, banned_calls, file_length, columns, unfinished, machine]
