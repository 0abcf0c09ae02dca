/* must(x): asserts what only we can get wrong; stays on in release builds.
 * What others can do to us (input, network, disk) is handled, never asserted.
 * After abort() systemd restarts the daemon; every fact is in Redis. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

__attribute__((noreturn, cold)) void must_fail(const char *expr, const char *file, int line);

#define must(x) ((x) ? (void)0 : must_fail(#x, __FILE__, __LINE__))

#endif
