/* The dialogue of `drtop config init`, played with tables of answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/config.h"
#include "backend/mem.h"
#include "backend/mysql/facts.h"
#include "cli/init_dialog.h"
#include "cli/init_file.h"
#include "cli/init_try.h"

#define PATH "/srv/somebody/.config/drtop/drtop.json"
#define MANY 64

/* Who answers. "" is Enter; the user leaves where the answers end. */
struct player {
    const char *const *answers;
    size_t next;
    unsigned fails; /* parts whose first try fails */
    unsigned tried;
    bool leaves; /* during a try */
    char said[16384];
    size_t n;
};

static void note(struct player *p, const char *text)
{
    int n = snprintf(p->said + p->n, sizeof p->said - p->n, "%s\n", text);
    assert_in_range(n, 0, sizeof p->said - p->n - 1);
    p->n += (size_t)n;
}

static bool answer(void *ctx, const char *prompt, bool secret, char *out, size_t out_size)
{
    struct player *p = ctx;
    assert_int_equal(secret, strstr(prompt, "nothing is shown") != NULL);
    note(p, prompt);
    if (!p->answers[p->next]) {
        return false;
    }
    (void)snprintf(out, out_size, "%s", p->answers[p->next++]);
    return true;
}

static void hear(void *ctx, const char *text)
{
    note(ctx, text);
}

static enum init_tried attempt(void *ctx, const struct init_sheet *s, unsigned part)
{
    struct player *p = ctx;
    struct error err;
    /* Whatever is tried is something that the loader takes. */
    assert_true(
        init_sheet_check(s, part == INIT_REPLICA ? INIT_PRIMARY | part : part, PATH, &err));
    bool fails = p->fails & part;
    p->fails &= ~part;
    p->tried |= part;
    return p->leaves ? INIT_LEFT : fails ? INIT_FAILED : INIT_WELL;
}

static bool play(struct player *p, struct init_sheet *s, const char *const *answers)
{
    const struct init_io io = {.ctx = p, .ask = answer, .say = hear, .attempt = attempt};
    p->answers = answers;
    return init_dialog(s, PATH, &io);
}

/* As it is written. */
static struct config *loaded(const struct init_sheet *s)
{
    struct error err;
    char *json = init_sheet_json(s, INIT_ALL);
    struct config *cfg = config_parse(PATH, json, strlen(json), 0644, &err);
    if (!cfg) {
        fail_msg("%s\n%s", err.text, json);
    }
    free(json);
    return cfg;
}

static struct init_sheet *new_sheet(void)
{
    return mem_alloc(1, sizeof(struct init_sheet));
}

static void test_the_least_that_makes_a_pair(void **state)
{
    (void)state;
    static const char *const answers[] = {"", /* name */
                                          " 10.0.1.10 ",
                                          "",
                                          "",
                                          "",
                                          "5", /* primary */
                                          "10.1.1.10",
                                          "",
                                          "",
                                          "", /* replica */
                                          "",
                                          "",
                                          "",
                                          "-",
                                          "", /* no app, probe, view, anchor, Jenkins */
                                          NULL};
    static struct player p;
    struct init_sheet *s = new_sheet();
    p = (struct player){.next = 0};
    assert_true(play(&p, s, answers));
    assert_int_equal(p.tried, INIT_PRIMARY | INIT_REPLICA);
    char *json = init_sheet_json(s, INIT_ALL);
    assert_string_equal(json, "{\n"
                              "    \"group\": \"production\",\n"
                              "    \"primary\": {\n"
                              "        \"mysql\": {\n"
                              "            \"host\": \"10.0.1.10\",\n"
                              "            \"port\": 3306,\n"
                              "            \"user\": \"drtop\",\n"
                              "            \"route\": \"vpn\"\n"
                              "        }\n"
                              "    },\n"
                              "    \"dr\": {\n"
                              "        \"mysql\": {\n"
                              "            \"host\": \"10.1.1.10\",\n"
                              "            \"port\": 3306,\n"
                              "            \"user\": \"drtop\"\n"
                              "        }\n"
                              "    }\n"
                              "}\n");
    free(json);
    config_destroy(loaded(s));
    free(s);
}

static void check_full(const struct config *cfg)
{
    assert_string_equal(cfg->group, "gitea");
    assert_int_equal(cfg->primary.db.port, 3307);
    assert_int_equal(cfg->primary.db.route, ROUTE_PUBLIC);
    assert_int_equal(cfg->primary.db.password.kind, SECRET_COMMAND);
    assert_string_equal(cfg->primary.db.password.argv[0], "pass");
    assert_string_equal(cfg->primary.db.password.argv[2], "db/\"drtop\"");
    assert_null(cfg->primary.db.password.argv[3]);
    assert_string_equal(cfg->dr.db.user, "other");
    assert_int_equal(cfg->dr.db.password.kind, SECRET_FILE);
    assert_string_equal(cfg->dr.db.password.name, "/srv/somebody/.config/drtop/dr.password");
    assert_string_equal(cfg->primary.app.url, "https://git.example.com/");
    assert_int_equal(cfg->n_tunnels, 4);
    assert_string_equal(cfg->tunnels[0].probe.host, "2001:db8::7");
    assert_int_equal(cfg->tunnels[0].probe.port, 22);
    assert_false(cfg->tunnels[0].probe.greeting);
    assert_string_equal(cfg->tunnels[1].aws.region, "us-east-1");
    assert_string_equal(cfg->tunnels[2].azure.connection, "to-aws");
    assert_string_equal(cfg->tunnels[3].socket, "/run/charon.vici");
    assert_string_equal(cfg->anchors[0].target, "1.1.1.1:443");
    assert_string_equal(cfg->failover.jenkins.user, "bot");
    assert_int_equal(cfg->failover.jenkins.token.kind, SECRET_ENV);
    assert_string_equal(cfg->failover.job.path, "ops/fail over");
}

static void test_everything_that_can_be_said(void **state)
{
    (void)state;
    static const char *const answers[] = {"gitea",
                                          "db.example.com",
                                          "3307",
                                          "public",
                                          "mon",
                                          "3",
                                          "pass  show db/\"drtop\"",
                                          "10.1.1.10",
                                          "",
                                          "other",
                                          "n",
                                          "1",
                                          "p\"\\\xc3\xa4 1",
                                          "https://git.example.com/",
                                          "[2001:db8::7]:22",
                                          "n",
                                          "y",
                                          "vpn-0a1b2c3d4e5f67890",
                                          "us-east-1",
                                          "00000000-0000-0000-0000-000000000000",
                                          "dr",
                                          "to-aws",
                                          "/run/charon.vici",
                                          "",
                                          "https://ci.example.com/jenkins",
                                          "ops/fail over",
                                          "bot",
                                          "2",
                                          "JENKINS_TOKEN",
                                          NULL};
    static struct player p;
    struct init_sheet *s = new_sheet();
    p = (struct player){.next = 0};
    assert_true(play(&p, s, answers));
    assert_int_equal(p.tried, INIT_ALL);
    assert_null(strstr(p.said, "!"));
    struct config *cfg = loaded(s);
    check_full(cfg);
    config_destroy(cfg);
    char *json = init_sheet_json(s, INIT_ALL);
    assert_null(strstr(json, "\xc3\xa4")); /* what was typed stands in no configuration */
    free(json);
    struct error err;
    cfg = init_sheet_config(s, INIT_ALL, PATH, &err);
    assert_non_null(cfg);
    assert_int_equal(cfg->dr.db.password.kind, SECRET_LITERAL);
    assert_string_equal(cfg->dr.db.password.name, "p\"\\\xc3\xa4 1");
    config_destroy(cfg);
    init_sheet_wipe(s);
    static const struct init_sheet wiped;
    assert_memory_equal(s, &wiped, sizeof wiped);
    free(s);
}

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG                                                                                   \
    FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY  \
        FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

/* Answers up to the question, and one that is refused: in the loader's words, without a place. */
static const struct refusal {
    const char *answers[MANY];
    const char *why;
} refusals[] = {
    {{"a\x01z"}, "holds control or invisible characters"},
    {{"a\xe2\x80\xaez"}, "holds control or invisible characters"},
    {{"0123456789012345678901234567890123456789012345678901234567890123456789"},
     "70 bytes long, expected 1 to 64"},
    {{"", "db:3306"}, "a host with a port, expected a name or an address"},
    {{"", "a b"}, "\"a b\" is no host"},
    {{"", ""}, "an answer is needed here"},
    {{"", "h", "0"}, "\"port\" is 0, expected a whole number from 1 to 65535"},
    {{"", "h", "65536"}, "expected a whole number from 1 to 65535"},
    {{"", "h", "x"}, "\"port\" is a string, expected a whole number"},
    {{"", "h", "", "pubic"}, "did you mean \"public\"?"},
    {{"", "h", "", "", "", "6"}, "expected a number from 1 to 5"},
    {{"", "h", "", "", "", "1", ""}, "an answer is needed here"},
    {{"", "h", "", "", "", "1", LONG}, "a secret of 1050 bytes, expected 1 to 1023"},
    {{"", "h", "", "", "", "2", "A=B"}, "holds a =, expected the name of a variable"},
    {{"", "h", "", "", "", "5", "h", ""}, "the same server as primary.mysql"},
    {{"", "h", "", "", "", "5", "r", "", "", "maybe"}, "expected y or n"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "ftp://x"}, "is no URL drtop can ask"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "http://u:p@x"},
     "a URL with a user or password"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "", "h:ssh"}, "\"port\" is a string"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "", "", "y", "vpn\x1b[2J"},
     "holds control or invisible"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "", "", "", "1.1.1.1"}, "expected"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "", "", "", "", "ci"},
     "is no URL drtop can ask"},
    {{"", "h", "", "", "", "5", "r", "", "", "", "", "", "", "", "http://ci", "/x"},
     "no path of a job"},
};

static void test_what_is_refused_says_why(void **state)
{
    (void)state;
    static struct player p;
    struct init_sheet *s = new_sheet();
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *r = &refusals[i];
        p = (struct player){.next = 0};
        assert_false(play(&p, s, r->answers));
        assert_null(r->answers[p.next]); /* all were asked for */
        const char *why = strstr(p.said, "  ! ");
        if (!why || !strstr(why, r->why) || strstr(why + 4, "  ! ") || strstr(why, PATH)) {
            fail_msg("%zu: expected once \"%s\" in\n%s", i, r->why, p.said);
        }
    }
    free(s);
}

/* What failed is asked again with the former answers offered, and stands if the user says so. */
static void test_a_try_that_fails_asks_again(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "", "10.0.1.10", "", "",  "", "1",      "first",     "n",              /* keep it? */
        "", "3307",      "", "",  "", "second", "10.1.1.10", "",  "", "", "y", /* keep it */
        "", "",          "", "-", "", NULL};
    static struct player p;
    struct init_sheet *s = new_sheet();
    p = (struct player){.fails = INIT_PRIMARY | INIT_REPLICA};
    assert_true(play(&p, s, answers));
    assert_non_null(strstr(p.said, "host [10.0.1.10]: "));
    assert_string_equal(s->text[INIT_PRIMARY_PORT], "3307");
    assert_string_equal(s->primary.text, "second");
    assert_null(strstr(p.said, "first")); /* a secret is never offered */
    free(s);
}

static void test_a_part_begins_anew(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "<", "pair", "wrong",     "<", "right", "", "", "", "<", "",  "", "",
        "",  "5",    "10.1.1.10", "",  "",      "", "", "", "",  "-", "", NULL};
    static struct player p;
    struct init_sheet *s = new_sheet();
    p = (struct player){.next = 0};
    assert_true(play(&p, s, answers));
    assert_string_equal(s->text[INIT_GROUP], "pair");
    assert_string_equal(s->text[INIT_PRIMARY_HOST], "right");
    free(s);
}

static void test_leaving_anywhere_ends_it(void **state)
{
    (void)state;
    static const char *const answers[] = {"", "h", "", "", "", "1", "pw", "r", "",
                                          "", "",  "", "", "", "-", "",   NULL};
    static struct player p;
    struct init_sheet *s = new_sheet();
    for (size_t n = 0; answers[n]; n++) {
        const char *few[MANY] = {NULL};
        memcpy(few, answers, n * sizeof *few);
        p = (struct player){.next = 0};
        assert_false(play(&p, s, few));
    }
    p = (struct player){.leaves = true};
    assert_false(play(&p, s, answers));
    assert_int_equal(p.tried, INIT_PRIMARY);
    free(s);
}

static void test_targets_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *target, *host, *port;
    } all[] = {{"h:1", "h", "1"},       {"h", "h", ""},       {"10.0.0.1:22", "10.0.0.1", "22"},
               {"[::1]:5", "::1", "5"}, {"[::1]", "::1", ""}, {"::1", "::1", ""},
               {"h:", "h", ""},         {":5", "", "5"},      {"", "", ""},
               {"[", "[", ""}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char host[INIT_TEXT], port[INIT_TEXT];
        init_split(all[i].target, host, port);
        assert_string_equal(host, all[i].host);
        assert_string_equal(port, all[i].port);
    }
}

/* --- what is said of a server --- */

static char heard[4096];

static void listen(const char *text)
{
    size_t n = strlen(heard);
    (void)snprintf(heard + n, sizeof heard - n, "%s\n", text);
}

static bool replica(const struct db_facts *f, const struct db_facts *primary)
{
    heard[0] = '\0';
    return init_try_replica(f, primary, listen);
}

static void test_a_replica_is_looked_at(void **state)
{
    (void)state;
    const struct db_facts primary = {
        .flavour = DB_MYSQL, .server_id = {.known = true, .v = 1}, .server_uuid = "u1"};
    struct db_facts f = {.flavour = DB_MYSQL,
                         .address = "10.1.1.10:3306",
                         .version = "8.0.36",
                         .server_uuid = "u2",
                         .server_id = {.known = true, .v = 2},
                         .channels = 1,
                         .has_channel = true,
                         .read_only = TRI_YES,
                         .channel = {.source_host = "10.0.1.10",
                                     .source_port = 3306,
                                     .source_server_id = {.known = true, .v = 1},
                                     .receiver = DB_THREAD_YES,
                                     .applier = DB_THREAD_YES}};
    assert_true(replica(&f, &primary));
    assert_non_null(strstr(heard, "10.1.1.10:3306, 8.0.36, not encrypted"));
    assert_non_null(strstr(heard, "replicates from 10.0.1.10:3306, the primary; the receiver "
                                  "runs, the applier runs"));
    f.read_only = TRI_NO;
    assert_false(replica(&f, &primary));
    assert_non_null(strstr(heard, "it is not read_only"));
    f.read_only = TRI_UNKNOWN;
    assert_true(replica(&f, &primary));
    f.channel.source_server_id.v = 7;
    assert_false(replica(&f, &primary));
    assert_non_null(strstr(heard, "another server than the primary"));
    assert_true(replica(&f, NULL)); /* nobody knows the primary */
    f.channel.applier = DB_THREAD_NO;
    assert_false(replica(&f, NULL));
    assert_non_null(strstr(heard, "the applier stands still"));
    f.has_channel = false;
    f.channels = 0;
    assert_false(replica(&f, &primary));
    assert_non_null(strstr(heard, "it replicates from nobody"));
    assert_false(replica(&primary, &primary));
    assert_non_null(strstr(heard, "the same server as the primary"));
}

static void test_a_primary_is_looked_at(void **state)
{
    (void)state;
    struct db_facts f = {.version = "10.11", .log_bin = TRI_YES, .read_only = TRI_NO};
    heard[0] = '\0';
    assert_true(init_try_primary(&f, listen));
    f.read_only = TRI_YES;
    assert_false(init_try_primary(&f, listen));
    assert_non_null(strstr(heard, "is it the replica?"));
    f.read_only = TRI_NO;
    f.log_bin = TRI_NO;
    assert_false(init_try_primary(&f, listen));
    assert_non_null(strstr(heard, "its binary log is off"));
    f.log_bin = TRI_UNKNOWN;
    f.n_lacks = 1;
    f.lacks[0] = (struct db_lack){.what = "positions", .grant = "GRANT X"};
    assert_false(init_try_primary(&f, listen));
    assert_non_null(strstr(heard, "positions cannot be read; it takes: GRANT X"));
}

/* --- files --- */

static void test_a_file_is_new_or_not_touched(void **state)
{
    (void)state;
    char folder[] = "/tmp/drtop-unit.XXXXXX", path[64], text[16] = "";
    struct error err;
    struct stat st;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a/b/file", folder);
    assert_false(init_file_exists(path));
    assert_int_equal(init_file_write(path, "one", 3, 0600, &err), INIT_FILE_NEW);
    assert_true(init_file_exists(path));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_nlink, 1); /* nothing else is left of it */
    assert_int_equal(init_file_write(path, "two", 3, 0644, &err), INIT_FILE_THERE);
    assert_non_null(strstr(err.text, "never overwritten"));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fread(text, 1, sizeof text - 1, f), 3);
    assert_string_equal(text, "one");
    (void)fclose(f);
    assert_int_equal(unlink(path), 0);
    /* A link that leads nowhere is there too, and is not written through. */
    assert_int_equal(symlink("nowhere", path), 0);
    assert_true(init_file_exists(path));
    assert_int_equal(init_file_write(path, "two", 3, 0644, &err), INIT_FILE_THERE);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/a/b", folder);
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(init_file_write("/dev/null/x/y", "two", 3, 0644, &err), INIT_FILE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_least_that_makes_a_pair),
        cmocka_unit_test(test_everything_that_can_be_said),
        cmocka_unit_test(test_what_is_refused_says_why),
        cmocka_unit_test(test_a_try_that_fails_asks_again),
        cmocka_unit_test(test_a_part_begins_anew),
        cmocka_unit_test(test_leaving_anywhere_ends_it),
        cmocka_unit_test(test_targets_are_taken_apart),
        cmocka_unit_test(test_a_replica_is_looked_at),
        cmocka_unit_test(test_a_primary_is_looked_at),
        cmocka_unit_test(test_a_file_is_new_or_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
