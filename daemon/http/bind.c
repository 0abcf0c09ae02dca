#include "http/bind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/text.h"

#define SOCKET_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage room;
};

/* libevent's own parser refuses port 0. */
static bool parse(const char *text, union address *ret, socklen_t *ret_size)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2];
    size_t n = colon ? (size_t)(colon - text) : 0;
    int64_t port = 0;

    if (n == 0 || n >= sizeof(host) || text_to_int(colon + 1, 0, UINT16_MAX, &port) < 0)
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    memset(ret, 0, sizeof(*ret));
    if (*host == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)port);
        *ret_size = sizeof(ret->v6);
        return inet_pton(AF_INET6, host + 1, &ret->v6.sin6_addr) == 1;
    }
    ret->v4.sin_family = AF_INET;
    ret->v4.sin_port = htons((uint16_t)port);
    *ret_size = sizeof(ret->v4);
    return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

static bool is_loopback(const union address *a)
{
    if (a->any.sa_family == AF_INET)
        return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
    return a->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

void bind_text(int fd, char text[BIND_TEXT_SIZE])
{
    union address a = {0};
    socklen_t size = sizeof(a);
    char host[INET6_ADDRSTRLEN] = "";

    getsockname(fd, &a.any, &size);
    if (a.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof(host));
        snprintf(text, BIND_TEXT_SIZE, "%s:%u", host, ntohs(a.v4.sin_port));
    } else {
        inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof(host));
        snprintf(text, BIND_TEXT_SIZE, "[%s]:%u", host, ntohs(a.v6.sin6_port));
    }
}

/* Closes fd; the error must still be in errno. */
static int fail(int fd, const char *what, const char *where, struct err *reterr)
{
    int code = errno;

    if (fd >= 0)
        close(fd);
    return err_set(reterr, code, "%s: %s: %s", where, what, strerror(code));
}

int bind_tcp(const char *address, bool anyone, bool *ret_loopback, struct err *reterr)
{
    static const int on = 1;
    union address a;
    socklen_t size;
    int fd;

    if (!parse(address, &a, &size))
        return err_set(reterr, EINVAL, "%s: expected ADDRESS:PORT or [IPv6 ADDRESS]:PORT", address);
    if (!anyone && !is_loopback(&a))
        return err_set(reterr, EPERM,
                       "%s can be reached from other machines; configure tokens_file first, or "
                       "listen on 127.0.0.1 and [::1] only",
                       address);
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (fd < 0)
        return fail(fd, "can not make a socket", address, reterr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (a.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, &a.any, size) < 0 || listen(fd, SOMAXCONN) < 0)
        return fail(fd, "can not listen", address, reterr);
    *ret_loopback = is_loopback(&a);
    return fd;
}

/* Removes what is in the way if it is a dead socket. */
static int clear_way(const struct sockaddr_un *a, struct err *reterr)
{
    struct stat there;
    int fd, code;

    if (lstat(a->sun_path, &there) < 0)
        return errno == ENOENT ? 0 : fail(-1, "can not look", a->sun_path, reterr);
    if (!S_ISSOCK(there.st_mode))
        return err_set(reterr, EEXIST, "%s: is there and is not a socket", a->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (fd < 0)
        return fail(fd, "can not make a socket", a->sun_path, reterr);
    code = connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? errno : 0;
    close(fd);
    if (code != ECONNREFUSED)
        return err_set(reterr, EADDRINUSE, "%s: another process listens there", a->sun_path);
    if (unlink(a->sun_path) < 0 && errno != ENOENT)
        return fail(-1, "can not remove the dead socket", a->sun_path, reterr);
    return 0;
}

int bind_unix(const char *path, struct stat *ret_made, struct err *reterr)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    mode_t before;
    int fd, code;

    if (strlen(path) >= sizeof(a.sun_path))
        return err_set(reterr, ENAMETOOLONG, "%s: a socket path has at most %zu bytes", path,
                       sizeof(a.sun_path) - 1);
    memcpy(a.sun_path, path, strlen(path));
    code = clear_way(&a, reterr);
    if (code < 0)
        return code;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (fd < 0)
        return fail(fd, "can not make a socket", path, reterr);
    /* By umask and not chmod, so that it is never open wider, not for a moment. */
    before = umask(0117);
    code = bind(fd, (const struct sockaddr *)&a, sizeof(a));
    umask(before);
    if (code < 0 || listen(fd, SOMAXCONN) < 0 || lstat(path, ret_made) < 0)
        return fail(fd, "can not listen", path, reterr);
    return fd;
}

void bind_unix_remove(const char *path, const struct stat *made)
{
    struct stat there;

    if (lstat(path, &there) == 0 && there.st_dev == made->st_dev && there.st_ino == made->st_ino)
        unlink(path);
}
