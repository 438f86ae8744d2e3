#include "cli/init_ask.h"

#define INIT_ASK_ALL(d, part, questions)                                                       \
    init_ask_all(d, part, questions, sizeof(questions) / sizeof((questions)[0]))

/* --- the steps --- */

/* Asks, tries, and asks again until it works or the user lets it stand. */
static bool step(struct init_dialog *d, unsigned part,
                 enum init_answer (*questions)(struct init_dialog *d),
                 bool (*wanted)(const struct init_sheet *s))
{
    for (;;) {
        enum init_answer a = questions(d);
        if (a == INIT_GONE) {
            return false;
        }
        if (a == INIT_AGAIN) {
            continue;
        }
        if (!wanted(d->sheet)) {
            return true;
        }
        d->parts |= part;
        enum init_tried tried = d->io->attempt(d->io->ctx, d->sheet, part);
        bool keep = tried == INIT_WELL;
        if (tried == INIT_LEFT ||
            (!keep && !init_yes(d->io, "  Keep it anyway? n asks again", false, &keep))) {
            return false;
        }
        if (keep) {
            return true;
        }
        d->parts &= ~part;
    }
}

static bool always(const struct init_sheet *s)
{
    (void)s;
    return true;
}

static enum init_answer ask_primary(struct init_dialog *d)
{
    static const char *const why[] = {
        "The server that writes. drtop logs in with an account that only reads;",
        "config/mysql/monitor-mysql.sql and monitor-mariadb.sql create it.",
        "Path: vpn through the tunnel between the sites, public over the Internet,",
        "direct over a line of its own.", NULL};
    static const struct init_question questions[] = {
        {INIT_PRIMARY_HOST, "host", NULL, false, NULL},
        {INIT_PRIMARY_PORT, "port", "3306", false, NULL},
        {INIT_PRIMARY_ROUTE, "path from here to it: vpn, public or direct", "vpn", false, NULL},
        {INIT_PRIMARY_USER, "user", "drtop", false, NULL},
    };
    init_title(d, "Primary database", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_PRIMARY, questions);
    return a == INIT_GIVEN ? init_ask_secret(d, INIT_PRIMARY, "password", "primary.password",
                                             false, &d->sheet->primary)
                           : a;
}

static enum init_answer ask_replica(struct init_dialog *d)
{
    static const char *const why[] = {"The server at the other site that takes over.", NULL};
    const struct init_question questions[] = {
        {INIT_REPLICA_HOST, "host", NULL, false, NULL},
        {INIT_REPLICA_PORT, "port", "3306", false, NULL},
        {INIT_REPLICA_USER, "user", d->sheet->text[INIT_PRIMARY_USER], false, NULL},
    };
    init_title(d, "Replica database", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_REPLICA, questions);
    if (a != INIT_GIVEN) {
        return a;
    }
    if (!init_yes(d->io, "  the same password as the primary's?", true,
                  &d->sheet->same_password)) {
        return INIT_GONE;
    }
    return d->sheet->same_password ? INIT_GIVEN
                                   : init_ask_secret(d, INIT_REPLICA, "password", "dr.password",
                                                     false, &d->sheet->replica);
}

static enum init_answer ask_app(struct init_dialog *d)
{
    static const char *const why[] = {
        "The application's URL at the primary site: a second path by which drtop sees",
        "that the site lives. Without it a dead database and a dead site look alike.", NULL};
    static const struct init_question questions[] = {{INIT_APP_URL, "URL", NULL, true, NULL}};
    init_title(d, "Application", why);
    return INIT_ASK_ALL(d, INIT_APP, questions);
}

static bool wants_app(const struct init_sheet *s)
{
    return s->text[INIT_APP_URL][0] != '\0';
}

static enum init_answer ask_probe(struct init_dialog *d)
{
    static const char *const why[] = {
        "Something that is reached only through the tunnel between the sites. drtop",
        "connects to it every second: what passes decides whether the tunnel is up.",
        "Best it is neither database, or a dead one looks like a dead tunnel.", NULL};
    static const struct init_question questions[] = {
        {INIT_PROBE, "host:port", NULL, true, NULL}};
    init_title(d, "Tunnel probe", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_TUNNEL_PROBE, questions);
    if (a != INIT_GIVEN || !d->sheet->text[INIT_PROBE][0]) {
        return a;
    }
    return init_yes(d->io, "  does a MySQL server answer there?", true, &d->sheet->greeting)
               ? INIT_GIVEN
               : INIT_GONE;
}

static bool wants_probe(const struct init_sheet *s)
{
    return s->text[INIT_PROBE][0] != '\0';
}

static enum init_answer ask_aws(struct init_dialog *d)
{
    static const char *const why[] = {
        "Credentials come from the environment or the profile; config/aws/ has the policy.",
        NULL};
    static const struct init_question questions[] = {
        {INIT_AWS_VPN, "VPN connection, as in vpn-0a1b2c3d4e5f67890", NULL, true, NULL}};
    static const struct init_question region[] = {
        {INIT_AWS_REGION, "region", NULL, true, "of the environment"}};
    init_title(d, "What AWS says of the tunnel", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_AWS, questions);
    return a == INIT_GIVEN && d->sheet->text[INIT_AWS_VPN][0]
               ? INIT_ASK_ALL(d, INIT_AWS, region)
               : a;
}

static bool wants_aws(const struct init_sheet *s)
{
    return s->text[INIT_AWS_VPN][0] != '\0';
}

static enum init_answer ask_azure(struct init_dialog *d)
{
    static const char *const why[] = {
        "drtop logs in by $AZURE_CLIENT_ID and its kin, a managed identity or az.", NULL};
    static const struct init_question first[] = {
        {INIT_AZURE_SUBSCRIPTION, "subscription", NULL, true, NULL}};
    static const struct init_question questions[] = {
        {INIT_AZURE_GROUP, "resource group", NULL, false, NULL},
        {INIT_AZURE_CONNECTION, "connection", NULL, false, NULL},
    };
    init_title(d, "What Azure says of the tunnel", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_AZURE, first);
    return a == INIT_GIVEN && d->sheet->text[INIT_AZURE_SUBSCRIPTION][0]
               ? INIT_ASK_ALL(d, INIT_AZURE, questions)
               : a;
}

static bool wants_azure(const struct init_sheet *s)
{
    return s->text[INIT_AZURE_SUBSCRIPTION][0] != '\0';
}

static enum init_answer ask_gateway(struct init_dialog *d)
{
    static const char *const why[] = {
        "Where strongSwan runs on this machine: charon's socket, often /run/charon.vici.",
        NULL};
    static const struct init_question questions[] = {
        {INIT_GATEWAY, "socket", NULL, true, NULL}};
    init_title(d, "What a strongSwan gateway says of the tunnel", why);
    return INIT_ASK_ALL(d, INIT_STRONGSWAN, questions);
}

static bool wants_gateway(const struct init_sheet *s)
{
    return s->text[INIT_GATEWAY][0] != '\0';
}

static enum init_answer ask_anchor(struct init_dialog *d)
{
    static const char *const why[] = {
        "A third party, host:port or a URL: when it is silent too, it is this machine that",
        "has lost its network, and drtop abstains. - is none.", NULL};
    static const struct init_question questions[] = {
        {INIT_ANCHOR, "anchor", "1.1.1.1:443", true, NULL}};
    init_title(d, "Anchor", why);
    return INIT_ASK_ALL(d, INIT_NEUTRAL, questions);
}

static bool wants_anchor(const struct init_sheet *s)
{
    return s->text[INIT_ANCHOR][0] != '\0';
}

static enum init_answer ask_jenkins(struct init_dialog *d)
{
    static const char *const why[] = {
        "The job that fails over. Without it drtop only watches. Nothing is started now,",
        "and later nothing without a phrase that is typed.", NULL};
    static const struct init_question first[] = {
        {INIT_JENKINS_URL, "URL of Jenkins", NULL, true, NULL}};
    static const struct init_question questions[] = {
        {INIT_JENKINS_JOB, "job, with its folders: ops/fail over", NULL, false, NULL},
        {INIT_JENKINS_USER, "user", "drtop", false, NULL},
    };
    init_title(d, "Failover", why);
    enum init_answer a = INIT_ASK_ALL(d, INIT_JENKINS, first);
    if (a != INIT_GIVEN || !d->sheet->text[INIT_JENKINS_URL][0]) {
        return a;
    }
    a = INIT_ASK_ALL(d, INIT_JENKINS, questions);
    return a == INIT_GIVEN ? init_ask_secret(d, INIT_JENKINS, "API token", "jenkins.token",
                                             true, &d->sheet->jenkins)
                           : a;
}

static bool wants_jenkins(const struct init_sheet *s)
{
    return s->text[INIT_JENKINS_URL][0] != '\0';
}

static bool ask_group(struct init_dialog *d)
{
    static const struct init_question question = {INIT_GROUP, "name of the pair", "production",
                                                  false, NULL};
    enum init_answer a = INIT_AGAIN;
    init_say(d, "");
    while (a == INIT_AGAIN) {
        a = init_ask(d, 0, &question);
    }
    return a == INIT_GIVEN;
}

/* Clouds and gateways are asked for only where there are some. */
static bool ask_views(struct init_dialog *d)
{
    bool any;
    init_say(d, "");
    if (!init_yes(d->io, "Does AWS, Azure or a strongSwan gateway know the tunnel?", false,
                  &any)) {
        return false;
    }
    return !any || (step(d, INIT_AWS, ask_aws, wants_aws) &&
                    step(d, INIT_AZURE, ask_azure, wants_azure) &&
                    step(d, INIT_STRONGSWAN, ask_gateway, wants_gateway));
}

bool init_dialog(struct init_sheet *s, const char *path, const struct init_io *io)
{
    struct init_dialog d = {.sheet = s, .path = path, .io = io};
    *s = (struct init_sheet){.same_password = true, .greeting = true};
    init_say(&d,
             "Enter takes what stands in [brackets]; < begins a part anew, - leaves it out;");
    init_say(&d, "Ctrl-C or Escape leaves, and then nothing has been written.");
    return ask_group(&d) && step(&d, INIT_PRIMARY, ask_primary, always) &&
           step(&d, INIT_REPLICA, ask_replica, always) &&
           step(&d, INIT_APP, ask_app, wants_app) &&
           step(&d, INIT_TUNNEL_PROBE, ask_probe, wants_probe) && ask_views(&d) &&
           step(&d, INIT_NEUTRAL, ask_anchor, wants_anchor) &&
           step(&d, INIT_JENKINS, ask_jenkins, wants_jenkins);
}
