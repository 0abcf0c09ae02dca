#include "sys/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"

#define KEPT_FD 3

static bool passed_on(const char *variable)
{
    static const char *const ours[] = {
        "NOTIFY_SOCKET=", "WATCHDOG_PID=",   "WATCHDOG_USEC=", "LISTEN_",
        "MAINPID=",       "JOURNAL_STREAM=", "INVOCATION_ID=", "CREDENTIALS_DIRECTORY="};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (text_starts(variable, ours[i]))
            return false;
    }
    return true;
}

/* The pointers are ours to free, the strings stay where they are. */
static char **child_environment(void)
{
    size_t n = 0, kept = 0;
    char **env;

    while (environ[n])
        n++;
    env = malloc((n + 1) * sizeof(*env));
    if (!env)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (passed_on(environ[i]))
            env[kept++] = environ[i];
    }
    env[kept] = NULL;
    return env;
}

/* Between fork and exec: calls that are safe after fork only, for another thread (a name lookup)
 * may have held any lock. Signals are blocked until their handlers, which write to the loop's own
 * pipe, are gone. */
static _Noreturn void become(const char *const argv[], char **env, int keep_fd, pid_t parent)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t none;
    int null;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* it died before the line above */
        _exit(0);
    setpgid(0, 0);
    umask(077);
    for (int i = 1; i < NSIG; i++)
        sigaction(i, &normal, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(127);
    if (keep_fd == KEPT_FD ? fcntl(keep_fd, F_SETFD, 0) < 0 : dup2(keep_fd, KEPT_FD) < 0)
        _exit(127);
    closefrom(KEPT_FD + 1);
    execve(argv[0], (char *const *)argv, env);
    _exit(127);
}

pid_t spawn_kept(const char *const argv[], int keep_fd)
{
    char **env = child_environment();
    pid_t parent = getpid(), pid;
    sigset_t all, before;
    int code;

    if (!env)
        return -ENOMEM;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0)
        become(argv, env, keep_fd, parent);
    code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(env);
    return pid < 0 ? -code : pid;
}
