#!/bin/sh
# embed.sh FILE: prints assembly that puts FILE into the program as `const char embed_NAME[]`, a
# NUL after it, and `const size_t embed_NAME_len` (without the NUL). Dots and dashes of the file
# name become underscores: commit.lua is embed_commit_lua.
set -eu
name=embed_$(basename "$1" | tr -c 'A-Za-z0-9\n' '_')
cat <<ASM
        .section .rodata
        .global $name
        .type $name, %object
        .balign 16
$name:
        .incbin "$1"
1:      .byte 0
        .size $name, . - $name
        .global ${name}_len
        .type ${name}_len, %object
        .balign 8
${name}_len:
        .dc.a 1b - $name
        .size ${name}_len, . - ${name}_len
        .section .note.GNU-stack, "", %progbits
ASM
