"""Rules that read compiled objects: what the linker sees cannot be argued with."""

import re

from tree import layer

# What the pure core may call: memory and string functions, formatting, and the pure part of base.
CORE_CALLS = re.compile(
    r"mem(?:cpy|move|set|cmp|chr)|str(?:n?len|n?cmp|r?chr|str|c?spn|pbrk|toll|tol|toull|toul)"
    r"|v?snprintf|arena_\w+|text_\w+|instant_\w+|zone_\w+|day_\w+|date_of_day|must_fail"
    r"|err_set")
# What the compiler adds: fortified variants, stack protector, sanitizers, coverage.
COMPILER_CALLS = re.compile(
    r"__(?:mem|str)\w+_chk|__v?snprintf_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
    r"|__(?:asan|ubsan|sanitizer|gcov|llvm)_\w+")

# The log's level and sink: the one piece of state that is not passed around.
MUTABLE_ALLOWED = ("daemon/base/log.c",)


def symbols(tree, file):
    """(name, type) as nm names them: U undefined, T function, R D B data."""
    _, text = tree.output("nm", "-P", file)
    return [tuple(line.split()[:2]) for line in text.splitlines() if len(line.split()) >= 2]


def built(tree):
    """Each product source has an object; otherwise the rules below would see nothing."""
    have = {source for source, _ in tree.objects("daemon")}
    for source in tree.under("daemon", suffixes=(".c",)):
        if source not in have:
            yield source, 1, f"no object in {tree.build}: run make"


def core_symbols(tree):
    """The core calls nothing that does input, output, time, or its own memory."""
    core = [(s, symbols(tree, o)) for s, o in tree.objects("daemon") if layer(s) == "core"]
    own = {name for _, names in core for name, kind in names if kind in "TRD"}
    for source, names in core:
        for name, kind in names:
            if kind != "U" or name in own:
                continue
            if not (CORE_CALLS.fullmatch(name) or COMPILER_CALLS.fullmatch(name)):
                yield source, tree.line_of(source, name), f"core may not use {name}"


def static_state(tree):
    """No mutable static data: all state is passed, so two daemons fit in one process."""
    for source, file in tree.objects("daemon"):
        if str(source) in MUTABLE_ALLOWED:
            continue
        _, text = tree.output("objdump", "-t", file)
        for line in text.splitlines():
            found = re.search(r" O (\S+)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$", line)
            if not found or found[1].startswith((".rodata", ".data.rel.ro")):
                continue
            if found[1].startswith((".data", ".bss", ".tdata", ".tbss", "*COM*")):
                name = found[2].split(".")[0]
                yield source, tree.line_of(source, name), f"{name} is mutable static data"


def unused(tree):
    """What is public is used by another file; what is used by its own file only is static."""
    used = {}
    for source, file in tree.objects("daemon", "tests"):
        for name, kind in symbols(tree, file):
            if kind == "U":
                used.setdefault(name, set()).add(source)
    for source, file in tree.objects("daemon"):
        for name, kind in symbols(tree, file):
            if kind in "TRDB" and name != "main" and name not in used:
                yield source, tree.line_of(source, name), f"{name} is used by no other file"


RULES = [built, core_symbols, static_state, unused]
