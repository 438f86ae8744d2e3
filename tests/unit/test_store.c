/* The store, on real SQLite files: who may write it, and how it fails. */
#include "backend/record/store_then.h"
#include "tests/unit/store_place.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NOBODY 65534

/* --- the file */

static void test_the_file_is_private(void **state)
{
    struct place *p = *state, deep = *p;
    (void)snprintf(deep.path, sizeof deep.path, "%s/a/b/pair.db", p->folder);
    mode_t before = umask(0);
    struct store *st = open_store(&deep, STORE_WRITE);
    (void)umask(before);
    struct stat s;
    assert_int_equal(stat(deep.path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    (void)snprintf(deep.path, sizeof deep.path, "%s/a/b/pair.db-wal", p->folder);
    assert_int_equal(stat(deep.path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    (void)snprintf(deep.path, sizeof deep.path, "%s/a/b", p->folder);
    assert_int_equal(stat(deep.path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    store_close(st);
}

static void expect_path(struct config *cfg, const char *want)
{
    char path[PATH_MAX];
    OK(store_path(cfg, path, sizeof path, &err));
    assert_string_equal(path, want);
}

static void test_where_it_lies(void **state)
{
    (void)state;
    char group[] = "gitea-prod", folder[] = "/var/lib/x", bad[] = "../a/b c", dot[] = ".x";
    struct config cfg = {.group = group};
    (void)unsetenv("STATE_DIRECTORY");
    (void)unsetenv("XDG_STATE_HOME");
    (void)setenv("HOME", "/h", 1);
    expect_path(&cfg, "/h/.local/state/drtop/gitea-prod.db");
    (void)setenv("XDG_STATE_HOME", "/xdg", 1);
    expect_path(&cfg, "/xdg/drtop/gitea-prod.db");
    (void)setenv("STATE_DIRECTORY", "/var/lib/drtop:/var/lib/other", 1);
    expect_path(&cfg, "/var/lib/drtop/gitea-prod.db");
    cfg.record.directory = folder;
    expect_path(&cfg, "/var/lib/x/gitea-prod.db");
    char path[PATH_MAX];
    cfg.group = bad;
    OK(store_path(&cfg, path, sizeof path, &err));
    assert_memory_equal(path, "/var/lib/x/_._a_b_c-", 20);
    cfg.group = dot;
    OK(store_path(&cfg, path, sizeof path, &err));
    assert_memory_equal(path, "/var/lib/x/_x-", 14);
}

static void test_a_reader_creates_nothing(void **state)
{
    struct place *p = *state;
    assert_null(store_open(p->path, STORE_READ, &err));
    assert_non_null(strstr(err.text, "no history yet"));
    assert_int_not_equal(access(p->path, F_OK), 0);
    store_close(open_store(p, STORE_WRITE));
    struct store *st = open_store(p, STORE_READ);
    struct store_alert rows[4];
    int64_t version;
    OK(store_version(st, &version, &err));
    assert_int_equal(store_alerts(st, rows, 4, &err), 0);
    char side[PATH_MAX + 32];
    (void)snprintf(side, sizeof side, "%s-wal", p->path);
    assert_int_not_equal(access(side, F_OK), 0);
    assert_false(store_begin(st, true, &err));
    store_close(st);
    assert_int_not_equal(access(side, F_OK), 0);
}

static void test_a_reader_sees_a_writer_that_comes_and_goes(void **state)
{
    struct place *p = *state;
    struct store_alert rows[4];
    store_close(open_store(p, STORE_WRITE));
    struct store *reader = open_store(p, STORE_READ);
    int64_t before, after;
    OK(store_version(reader, &before, &err));
    struct alert a = lag_alert();
    struct store *writer = open_store(p, STORE_WRITE);
    put(writer, &a);
    OK(store_version(reader, &after, &err));
    assert_true(after > before);
    assert_int_equal(store_alerts(reader, rows, 4, &err), 1);
    a.subject++;
    put(writer, &a);
    before = after;
    OK(store_version(reader, &after, &err));
    assert_true(after > before);
    assert_int_equal(store_alerts(reader, rows, 4, &err), 2);
    before = after;
    OK(store_version(reader, &after, &err));
    assert_int_equal(after, before);
    store_close(writer);
    store_close(reader);

    reader =
        open_store(p, STORE_READ); /* at rest again; a writer has come and gone in between */
    OK(store_version(reader, &before, &err));
    writer = open_store(p, STORE_WRITE);
    a.subject++;
    put(writer, &a);
    store_close(writer);
    OK(store_version(reader, &after, &err));
    assert_true(after > before);
    assert_int_equal(store_alerts(reader, rows, 4, &err), 3);
    store_close(reader);
}

static void test_a_file_that_was_moved_away_is_noticed(void **state)
{
    struct place *p = *state;
    char away[PATH_MAX + 32];
    struct store *st = open_store(p, STORE_WRITE);
    (void)snprintf(away, sizeof away, "%s.away", p->path);
    assert_int_equal(rename(p->path, away), 0);
    int64_t version;
    assert_false(store_version(st, &version, &err));
    assert_false(store_begin(st, true, &err));
    assert_non_null(strstr(err.text, "moved"));
    store_close(st);
}

/* --- the schema */

static void test_an_empty_file_becomes_a_store(void **state)
{
    struct place *p = *state;
    assert_int_equal(raw(p, "PRAGMA user_version"), 0);
    store_close(open_store(p, STORE_WRITE));
    assert_int_equal(raw(p, "PRAGMA user_version"), STORE_SCHEMA);
    store_close(open_store(p, STORE_WRITE));
}

static void *opener(void *arg)
{
    struct error why;
    struct store *st = store_open(arg, STORE_WRITE, &why);
    if (!st) {
        (void)fprintf(stderr, "%s\n", why.text);
    }
    store_close(st);
    return st ? arg : NULL;
}

static void test_many_may_create_it_at_once(void **state)
{
    struct place *p = *state;
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, opener, p->path), 0);
    }
    for (int i = 0; i < 6; i++) {
        void *opened = NULL;
        assert_int_equal(pthread_join(threads[i], &opened), 0);
        assert_non_null(opened);
    }
    assert_int_equal(raw(p, "PRAGMA user_version"), STORE_SCHEMA);
}

/* A step that fails leaves the file at the version it had. */
static void test_a_migration_is_whole_or_not_at_all(void **state)
{
    struct place *p = *state;
    (void)raw(
        p, "CREATE TABLE sample (x)"); /* in the way of step 1, not of its first statements */
    assert_null(store_open(p->path, STORE_WRITE, &err));
    assert_int_equal(raw(p, "PRAGMA user_version"), 0);
    assert_int_equal(raw(p, "SELECT count(*) FROM sqlite_schema"), 1);
    (void)raw(p, "DROP TABLE sample");
    store_close(open_store(p, STORE_WRITE));
}

/* What a store of before the pictures knew is kept, can be read as it is, and goes on. */
static void test_schema_2_becomes_3(void **state)
{
    struct place *p = *state;
    struct store_sample row;
    enum then_grain grain;
    make_older(p, 2);
    (void)raw(p, "INSERT INTO sample (at_s, lag_s, verdict, confirmed)"
                 " VALUES (1764000000, 0.5, 'normal', 1)");
    (void)raw(p, "INSERT INTO sample_minute (at_min, n, lag_n, rtt_n, not_received_n, verdict)"
                 " VALUES (29399999, 60, 0, 0, 0, 'tunnel_down')");
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        struct store *st = open_store(p, (enum store_mode)mode);
        assert_true(store_then_sample(st, T0, &row, &grain, &err));
        assert_int_equal(grain, THEN_SECOND);
        assert_true(row.lag_s.known && row.lag_s.v == 0.5);
        assert_false(binlog_known(&row.primary));
        assert_false(row.app_status.known);
        assert_string_equal(row.tunnels, "");
        assert_int_equal(raw(p, "PRAGMA user_version"), mode == STORE_READ ? 2 : STORE_SCHEMA);
        store_close(st);
    }
    assert_int_equal(raw(p, "SELECT tunnels IS NULL AND verdict = 'tunnel_down'"
                            " FROM sample_minute"),
                     1);
}

static void test_a_newer_schema_is_only_read(void **state)
{
    struct place *p = *state;
    struct store_alert rows[4];
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    put(st, &a);
    assert_false(store_is_newer(st));
    store_close(st);
    (void)raw(p, "ALTER TABLE alert ADD COLUMN mood TEXT");
    (void)raw(p, "INSERT INTO alert (kind, subject, severity, state, began_ms, opened_ms, text,"
                 " incident) VALUES ('NEWFANGLED', 0, 'warning', 'open', 1, 2, 't', '')");
    (void)raw(p, "PRAGMA user_version = 7");
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        st = open_store(p, (enum store_mode)mode);
        assert_true(store_is_newer(st));
        assert_int_equal(store_alerts(st, rows, 4, &err), 1);
        assert_false(store_begin(st, true, &err));
        assert_false(store_note(st, "me", "note", T0, &err));
        const struct store_lease lease = {.token = "t", .who = "me"};
        assert_int_equal(store_lease_take(st, &lease, T0, &err), LEASE_FAILED);
        if (mode == STORE_WRITE) {
            assert_non_null(strstr(err.text, "newer drtop"));
        }
        store_close(st);
    }
    assert_int_equal(raw(p, "PRAGMA user_version"), 7);
}

/* --- the lease */

static void test_the_lease_is_one_drtop_s(void **state)
{
    struct place *p = *state;
    const struct store_lease a = {.token = "a", .who = "drtop a"},
                             b = {.token = "b", .who = "drtop b"};
    char who[ALERT_WHO_MAX];
    int64_t beat;
    struct store *one = open_store(p, STORE_WRITE), *two = open_store(p, STORE_WRITE);
    OK(store_lease_read(one, who, &beat, &err));
    assert_int_equal(beat, 0);
    assert_int_equal(store_lease_take(one, &a, T0, &err), LEASE_OURS);
    assert_int_equal(store_lease_take(two, &b, T0 + 2000, &err), LEASE_THEIRS);
    assert_int_equal(store_lease_take(one, &a, T0 + 2000, &err), LEASE_OURS);
    assert_int_equal(store_lease_take(two, &b, T0 + 5000, &err), LEASE_THEIRS);
    OK(store_lease_read(two, who, &beat, &err));
    assert_string_equal(who, "drtop a");
    assert_int_equal(beat, T0 + 2000);

    assert_int_equal(store_lease_take(two, &b, T0 + 5001, &err),
                     LEASE_OURS); /* a has stopped */
    OK(store_begin(one, true, &err));
    assert_false(store_lease_holds(one, &a, &err));
    assert_non_null(strstr(err.text, "drtop b"));
    store_rollback(one);
    OK(store_begin(two, true, &err));
    OK(store_lease_holds(two, &b, &err));
    store_rollback(two);

    store_lease_release(one, &a); /* not its own any more */
    assert_int_equal(store_lease_take(one, &a, T0 + 5002, &err), LEASE_THEIRS);
    store_lease_release(two, &b);
    OK(store_lease_read(one, who, &beat, &err));
    assert_int_equal(beat, 0);
    assert_string_equal(who, "drtop b");
    OK(store_begin(two, true, &err));
    assert_false(store_lease_holds(two, &b, &err));
    store_rollback(two);
    assert_int_equal(store_lease_take(one, &a, T0 + 5003, &err), LEASE_OURS);
    store_close(one);
    store_close(two);
}

static void test_a_beat_from_the_future_holds_nothing(void **state)
{
    struct place *p = *state;
    const struct store_lease a = {.token = "a", .who = "a"}, b = {.token = "b", .who = "b"};
    struct store *st = open_store(p, STORE_WRITE);
    assert_int_equal(store_lease_take(st, &a, T0 + 86400000, &err), LEASE_OURS);
    assert_int_equal(store_lease_take(st, &b, T0, &err), LEASE_OURS);
    store_close(st);
}

/* --- trouble */

static void test_a_lock_is_waited_for_and_then_reported(void **state)
{
    struct place *p = *state;
    sqlite3 *other;
    struct store *st = open_store(p, STORE_WRITE);
    struct alert a = lag_alert();
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(store_begin(st, true, &err));
    assert_non_null(strstr(err.text, "locked"));
    const struct store_lease lease = {.token = "a", .who = "a"};
    assert_int_equal(store_lease_take(st, &lease, T0, &err), LEASE_FAILED);
    struct store_alert rows[2];
    assert_int_equal(store_alerts(st, rows, 2, &err), 0); /* reading goes on */
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    put(st, &a);
    assert_int_equal(store_alerts(st, rows, 2, &err), 1);
    store_close(st);
}

/* Runs body in a process of its own, which may not spoil ours. */
static void in_child(void (*body)(const struct place *p), const struct place *p)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        body(p);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fail_msg("the child ended with %d", status);
    }
}

static void expect(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "%s: %s\n", what, err.text);
        _exit(1);
    }
}

/* Files may not grow, as when the disk is full. */
static void fill(const struct place *p)
{
    struct store *st = store_open(p->path, STORE_WRITE, &err);
    expect(st, "opens");
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGXFSZ, &ignore, NULL);
    struct rlimit before, none;
    (void)getrlimit(RLIMIT_FSIZE, &before);
    none = before;
    none.rlim_cur = (rlim_t)256 * 1024;
    (void)setrlimit(RLIMIT_FSIZE, &none);
    uint32_t stored = 0;
    bool ok = true;
    while (ok && stored < 5000) {
        struct alert a = lag_alert();
        a.subject = stored;
        ok = store_begin(st, true, &err) && store_alert_put(st, &a, &err) &&
             store_commit(st, &err);
        stored += ok;
    }
    expect(!ok, "fails");
    expect(strstr(err.text, "grow") || strstr(err.text, "full"), "says why");
    store_rollback(st);
    static struct store_alert rows[5000];
    expect(store_alerts(st, rows, 5000, &err) == (int)stored, "keeps what was committed");
    (void)setrlimit(RLIMIT_FSIZE, &before); /* room again */
    struct alert a = lag_alert();
    a.subject = 99999;
    expect(store_begin(st, true, &err), "begins");
    expect(store_alert_put(st, &a, &err), "puts");
    expect(store_commit(st, &err), "commits");
    expect(store_alerts(st, rows, 5000, &err) == (int)stored + 1, "goes on");
    store_close(st);
}

static void test_a_full_disk_loses_nothing(void **state)
{
    struct place *p = *state;
    in_child(fill, p);
    assert_true(raw(p, "SELECT count(*) FROM alert") > 1);
    assert_int_equal(raw(p, "SELECT count(*) FROM alert"),
                     raw(p, "SELECT count(*) FROM event"));
    assert_int_equal(raw(p, "SELECT count(*) FROM pragma_integrity_check"
                            " WHERE integrity_check = 'ok'"),
                     1);
}

static void as_nobody(const struct place *p)
{
    if (geteuid() == 0) {
        expect(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "becomes nobody");
    }
    expect(!store_open(p->path, STORE_WRITE, &err), "may not write");
    expect(strstr(err.text, "ermission denied") || strstr(err.text, "written"), "says why");
    struct store *st = store_open(p->path, STORE_READ, &err);
    expect(st, "may read");
    struct store_alert rows[2];
    int64_t version;
    expect(store_version(st, &version, &err), "has a version");
    expect(store_alerts(st, rows, 2, &err) == 1, "reads");
    store_close(st);
}

static void test_a_read_only_folder_can_be_read(void **state)
{
    struct place *p = *state;
    struct alert a = lag_alert();
    struct store *st = open_store(p, STORE_WRITE);
    put(st, &a);
    store_close(st);
    assert_int_equal(chmod(p->path, 0444), 0);
    assert_int_equal(chmod(p->folder, 0555), 0);
    in_child(as_nobody, p);
    (void)chmod(p->folder, 0700);
}

static void test_a_read_only_folder_can_be_read_while_others_write(void **state)
{
    struct place *p = *state;
    if (geteuid() != 0) {
        skip(); /* it takes two users */
    }
    struct alert a = lag_alert();
    struct store *st = open_store(p, STORE_WRITE);
    put(st, &a);
    char side[PATH_MAX + 32];
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(side, sizeof side, "%s%s", p->path, ends[i]);
        assert_int_equal(chmod(side, 0444), 0);
    }
    assert_int_equal(chmod(p->folder, 0555), 0);
    in_child(as_nobody, p);
    (void)chmod(p->folder, 0700);
    store_close(st);
}

static void scribble(const struct place *p, off_t from, size_t n)
{
    int fd = open(p->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char *garbage = mem_alloc(n, 1);
    memset(garbage, 0xA5, n);
    assert_int_equal(pwrite(fd, garbage, n, from), (ssize_t)n);
    free(garbage);
    (void)close(fd);
}

static off_t size_of(const struct place *p)
{
    struct stat s;
    assert_int_equal(stat(p->path, &s), 0);
    return s.st_size;
}

static void test_garbage_is_refused_and_kept(void **state)
{
    struct place *p = *state;
    scribble(p, 0, 5000);
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
        assert_null(store_open(p->path, (enum store_mode)mode, &err));
        assert_non_null(strstr(err.text, "damaged"));
    }
    assert_int_equal(size_of(p), 5000);
}

static void test_damage_inside_is_found_before_writing(void **state)
{
    struct place *p = *state;
    struct store *st = open_store(p, STORE_WRITE);
    for (uint32_t i = 0; i < 200; i++) {
        struct alert a = lag_alert();
        a.subject = i;
        put(st, &a);
    }
    store_close(st);
    off_t size = size_of(p);
    scribble(p, size - 8192, 8192);
    assert_null(store_open(p->path, STORE_WRITE, &err));
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(size_of(p), size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_file_is_private),
        cmocka_unit_test(test_where_it_lies),
        TEST(test_a_reader_creates_nothing),
        TEST(test_a_reader_sees_a_writer_that_comes_and_goes),
        TEST(test_a_file_that_was_moved_away_is_noticed),
        TEST(test_an_empty_file_becomes_a_store),
        TEST(test_many_may_create_it_at_once),
        TEST(test_a_migration_is_whole_or_not_at_all),
        TEST(test_schema_2_becomes_3),
        TEST(test_a_newer_schema_is_only_read),
        TEST(test_the_lease_is_one_drtop_s),
        TEST(test_a_beat_from_the_future_holds_nothing),
        TEST(test_a_lock_is_waited_for_and_then_reported),
        TEST(test_a_full_disk_loses_nothing),
        TEST(test_a_read_only_folder_can_be_read),
        TEST(test_a_read_only_folder_can_be_read_while_others_write),
        TEST(test_garbage_is_refused_and_kept),
        TEST(test_damage_inside_is_found_before_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
