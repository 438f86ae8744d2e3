/* lab-jenkins --port N --home DIR --users FILE --script FILE [--knobs DIR] [--ledger FILE]
 *     [--address A] [--lab DIR] [--context /ci] [--root-url URL] [--left MS] [--quiet MS] [--boot MS]
 *     [--pace MS] [--save MS] [--dry]
 *     A stand-in for a Jenkins controller. Lines of the users' file: NAME token|password SECRET;
 *     the user "viewer" may only look. The ledger gets a line a request when its body was read:
 *     microseconds since 1970, method, path, request id or -, number of the connection. A file
 *     jenkins-X in the folder of knobs makes the fault X. The state is in the home folder: an
 *     orderly end keeps the queue, a kill loses it, and builds go on in either case. */
#include "lab/jenkins.h"
#include "lab/jenkins_http.h"
#include "lab/jenkins_jobs.h"
#include "lab/util.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { TICK_MS = 10 };

static const struct option long_options[] = {{"port", required_argument, NULL, 'p'},
                                             {"address", required_argument, NULL, 'a'},
                                             {"home", required_argument, NULL, 'h'},
                                             {"users", required_argument, NULL, 'u'},
                                             {"script", required_argument, NULL, 's'},
                                             {"knobs", required_argument, NULL, 'k'},
                                             {"ledger", required_argument, NULL, 'l'},
                                             {"lab", required_argument, NULL, 'L'},
                                             {"context", required_argument, NULL, 'c'},
                                             {"root-url", required_argument, NULL, 'r'},
                                             {"left", required_argument, NULL, 'e'},
                                             {"quiet", required_argument, NULL, 'q'},
                                             {"boot", required_argument, NULL, 'b'},
                                             {"pace", required_argument, NULL, 'P'},
                                             {"save", required_argument, NULL, 'S'},
                                             {"dry", no_argument, NULL, 'd'},
                                             {NULL, 0, NULL, 0}};

static bool take_number(const char *text, int64_t max, int64_t *out)
{
    return util_parse(text, 0, max, out);
}

static bool take_option(struct options *o, int letter)
{
    int64_t port = 0;
    switch (letter) {
    case 'p':
        return take_number(optarg, UINT16_MAX, &port) && (o->port = (uint16_t)port) > 0;
    case 'a':
        o->address = optarg;
        return true;
    case 'h':
        o->home = optarg;
        return true;
    case 'u':
        o->users = optarg;
        return true;
    case 's':
        o->script = optarg;
        return true;
    case 'k':
        o->knobs = optarg;
        return true;
    case 'l':
        o->ledger = optarg;
        return true;
    case 'L':
        o->lab = optarg;
        return true;
    case 'c':
        o->context = optarg;
        return true;
    case 'r':
        o->root_url = optarg;
        return true;
    case 'e':
        return take_number(optarg, INT32_MAX, &o->left_ms);
    case 'q':
        return take_number(optarg, INT32_MAX, &o->quiet_ms);
    case 'b':
        return take_number(optarg, INT32_MAX, &o->boot_ms);
    case 'P':
        return take_number(optarg, INT32_MAX, &o->pace_ms);
    case 'S':
        return take_number(optarg, INT32_MAX, &o->save_ms);
    case 'd':
        o->dry = true;
        return true;
    default:
        return false;
    }
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    *o = (struct options){
        .context = "", .left_ms = 300000, .quiet_ms = 0, .pace_ms = 0, .save_ms = 60000};
    for (int letter; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (!take_option(o, letter)) {
            return false;
        }
    }
    if (o->home && !o->knobs) {
        o->knobs = o->home;
    }
    return optind == argc && o->port > 0 && o->home && o->users && o->script;
}

static bool read_users(struct ctl *c)
{
    char name[32], kind[16], secret[80];
    FILE *f = fopen(c->opt.users, "re");
    while (f && fscanf(f, "%31s %15s %79s", name, kind, secret) == 3) {
        struct user *u = NULL;
        for (size_t i = 0; i < c->n_users; i++) {
            u = strcmp(c->users[i].name, name) == 0 ? &c->users[i] : u;
        }
        if (!u && c->n_users < USERS_MAX) {
            u = &c->users[c->n_users++];
            (void)snprintf(u->name, sizeof u->name, "%s", name);
            u->may_build = u->may_cancel = strcmp(name, "viewer") != 0;
        }
        if (u) {
            bool token = strcmp(kind, "token") == 0;
            (void)snprintf(token ? u->token : u->password, sizeof u->token, "%s", secret);
        }
    }
    if (f) {
        (void)fclose(f);
    }
    return c->n_users > 0;
}

static bool open_ledger(struct ctl *c)
{
    c->ledger_fd = open(c->opt.ledger ? c->opt.ledger : "/dev/null",
                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return c->ledger_fd >= 0;
}

static void new_session(struct ctl *c)
{
    unsigned id = 0;
    if (getrandom(&id, sizeof id, 0) != sizeof id) {
        id = (unsigned)wall_ms();
    }
    (void)snprintf(c->session, sizeof c->session, "%08x", id);
}

/* Scripts end when they end; nobody waits for them. */
static void let_children_go(void)
{
    struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    (void)sigaction(SIGCHLD, &sa, NULL);
}

static void run(struct ctl *c)
{
    while (!util_stopping()) {
        ctl_lock();
        ctl_tick(c);
        ctl_unlock();
        util_wait_until(util_now_ms() + TICK_MS);
    }
}

int main(int argc, char **argv)
{
    static struct ctl ctl;
    if (!parse_options(argc, argv, &ctl.opt)) {
        (void)fprintf(stderr,
                      "usage: lab-jenkins --port N --home DIR --users FILE --script FILE "
                      "[--knobs DIR] [--ledger FILE] ...\n");
        return 64;
    }
    ctl.jobs = jobs_all(&ctl.n_jobs);
    ctl.saved_ms = wall_ms();
    new_session(&ctl);
    let_children_go();
    util_catch_signals();
    if (!read_users(&ctl) || !open_ledger(&ctl) || !store_load(&ctl)) {
        (void)fprintf(stderr, "lab-jenkins: cannot read users, write the ledger or the home\n");
        return 1;
    }
    ctl.booted_ms = wall_ms() + ctl.opt.boot_ms;
    struct MHD_Daemon *daemon = http_open(&ctl);
    if (!daemon) {
        (void)fprintf(stderr, "lab-jenkins: cannot listen on port %d\n", (int)ctl.opt.port);
        return 1;
    }
    run(&ctl);
    MHD_stop_daemon(daemon);
    store_queue(&ctl);
    return 0;
}
