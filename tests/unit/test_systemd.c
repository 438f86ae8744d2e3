#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/systemd.h"

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* A socket as systemd has one; '@' stands for the NUL of a name without a file. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    assert_true(len < sizeof at.sun_path);
    memcpy(at.sun_path, name, len);
    at.sun_path[0] = name[0] == '@' ? '\0' : name[0];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    return fd;
}

static void expect(int fd, const char *message)
{
    char got[2048];
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got, message);
}

static void a_message_reaches_either_kind_of_socket(void **state)
{
    (void)state;
    char folder[] = "/tmp/drtop-test-XXXXXX", names[2][64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(names[0], sizeof names[0], "%s/notify", folder);
    (void)snprintf(names[1], sizeof names[1], "@drtop-test-%d", (int)getpid());
    for (size_t i = 0; i < 2; i++) {
        int fd = listen_at(names[i]);
        set("NOTIFY_SOCKET", names[i]);
        assert_true(systemd_notify("READY=1\nSTATUS=%s %d", "lag", 3));
        expect(fd, "READY=1\nSTATUS=lag 3");
        (void)close(fd);
    }
    assert_false(systemd_notify("READY=1")); /* nobody is there any more */
    (void)unlink(names[0]);
    assert_int_equal(rmdir(folder), 0);
}

static void without_systemd_nothing_happens(void **state)
{
    (void)state;
    char longer[256];
    memset(longer, 'x', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    const char *const values[] = {NULL, "", "/", "@", "relative", longer, "vsock:1:2"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        set("NOTIFY_SOCKET", values[i]);
        assert_false(systemd_notify("READY=1"));
    }
}

/* A reader that does not read must not hold us up. */
static void a_full_socket_blocks_nobody(void **state)
{
    (void)state;
    char name[64];
    (void)snprintf(name, sizeof name, "@drtop-test-full-%d", (int)getpid());
    int fd = listen_at(name);
    set("NOTIFY_SOCKET", name);
    int sent = 0;
    while (sent < 100000 && systemd_notify("WATCHDOG=1")) {
        sent++;
    }
    assert_in_range(sent, 1, 99999);
    (void)close(fd);
}

static void the_watchdog_is_fed_twice_as_often_as_it_bites(void **state)
{
    (void)state;
    static const struct {
        const char *us, *pid;
        int64_t ms;
    } table[] = {
        {NULL, NULL, 0},
        {"10000000", NULL, 5000},
        {"1000000", "1", 0},
        {"x", NULL, 0},
        {"", NULL, 0},
        {"-1000000", NULL, 0},
        {"1000000s", NULL, 0},
        {"0", NULL, 0},
        {"99999999999999999999", NULL, 0},
    };
    char self[24];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        set("WATCHDOG_USEC", table[i].us);
        set("WATCHDOG_PID", table[i].pid);
        assert_int_equal(systemd_watchdog_ms(), table[i].ms);
    }
    (void)snprintf(self, sizeof self, "%d", (int)getpid());
    set("WATCHDOG_USEC", "3000000");
    set("WATCHDOG_PID", self);
    assert_int_equal(systemd_watchdog_ms(), 1500);
}

static void the_journal_is_known_by_its_inode(void **state)
{
    (void)state;
    struct stat st;
    char stream[64];
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    set("JOURNAL_STREAM", NULL);
    assert_false(systemd_stderr_is_journal());
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    set("JOURNAL_STREAM", stream);
    assert_true(systemd_stderr_is_journal());
    set("JOURNAL_STREAM", "1:2:3");
    assert_false(systemd_stderr_is_journal());
    set("JOURNAL_STREAM", "nothing");
    assert_false(systemd_stderr_is_journal());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_reaches_either_kind_of_socket),
        cmocka_unit_test(without_systemd_nothing_happens),
        cmocka_unit_test(a_full_socket_blocks_nobody),
        cmocka_unit_test(the_watchdog_is_fed_twice_as_often_as_it_bites),
        cmocka_unit_test(the_journal_is_known_by_its_inode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
