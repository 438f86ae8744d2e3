#include "tui/pane/welcome.h"

#include <stdio.h>

#include "tui/glyph.h"
#include "tui/pane/pane.h"

#define TEXT_W 74 /* longer lines read badly */
#define NAME_W 18
#define PLACE  "\x01" /* stands for the path that is written */

/* The last level is for rooms that have it all. */
enum level { ALWAYS, SMALL, MEDIUM, ROOMY };

struct passage {
    enum level level;
    enum role role;
    const char *name; /* in front of it, or NULL */
    const char *text;
};

static const struct passage what_it_is[] = {
    {ALWAYS, ROLE_STRONG, NULL, "drtop watches a MySQL or MariaDB disaster-recovery pair."},
    {SMALL, ROLE_TEXT, NULL,
     "What the replica has not received and not applied, whether a site is lost and on which "
     "evidence, and how long there is to decide."},
    {SMALL, ROLE_TEXT, NULL, ""},
    {ALWAYS, ROLE_TEXT, NULL,
     "No configuration yet. Press i: it asks, tries each answer at once, and writes a new "
     "file:"},
    {ALWAYS, ROLE_ACCENT, NULL, PLACE},
    {SMALL, ROLE_TEXT, NULL, ""},
    {MEDIUM, ROLE_TITLE, NULL, "What it needs"},
    {SMALL, ROLE_TEXT, "two accounts",
     "that only read: one on the primary, one on the replica. ? shows the SQL."},
    {SMALL, ROLE_TEXT, "two addresses", "host and port of both databases"},
    {ROOMY, ROLE_TEXT, "if there are",
     "the application's URL, something behind the tunnel between the sites, the names of the "
     "VPN at AWS and Azure, the Jenkins job that fails over"},
    {MEDIUM, ROLE_DIM, NULL, "It changes nothing on any server, and starts nothing."},
    {MEDIUM, ROLE_TEXT, NULL, ""},
    {MEDIUM, ROLE_TITLE, NULL, "Where it looked for a configuration"},
    {MEDIUM, ROLE_TEXT, "--config FILE", "not given"},
    {MEDIUM, ROLE_TEXT, "$DRTOP_CONFIG", "not set"},
    {MEDIUM, ROLE_TEXT, "yours", PLACE ": not there"},
    {MEDIUM, ROLE_TEXT, "the machine's", "/etc/drtop/drtop.json: not there"},
};

static const struct passage to_prepare[] = {
    {ALWAYS, ROLE_TEXT, NULL,
     "Run this on the primary as an administrator, with addresses and a password of yours. "
     "Replication brings it to the replica; where it does not carry accounts (Azure's data-in "
     "replication), run it there too."},
    {ALWAYS, ROLE_TEXT, NULL, ""},
    {ALWAYS, ROLE_TITLE, NULL, "Both"},
    {ALWAYS, ROLE_STRONG, NULL,
     "CREATE USER 'drtop'@'10.%' IDENTIFIED BY '...' REQUIRE SSL WITH MAX_USER_CONNECTIONS "
     "20;"},
    {ALWAYS, ROLE_STRONG, NULL,
     "CREATE USER 'drtop_probe'@'10.%' WITH MAX_USER_CONNECTIONS 5;"},
    {ALWAYS, ROLE_TITLE, NULL, "MySQL"},
    {ALWAYS, ROLE_STRONG, NULL, "GRANT REPLICATION CLIENT ON *.* TO 'drtop'@'10.%';"},
    {ALWAYS, ROLE_STRONG, NULL, "GRANT SELECT ON performance_schema.* TO 'drtop'@'10.%';"},
    {ALWAYS, ROLE_TITLE, NULL, "MariaDB"},
    {ALWAYS, ROLE_STRONG, NULL,
     "GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO 'drtop'@'10.%';"},
    {ALWAYS, ROLE_TEXT, NULL, ""},
    {ALWAYS, ROLE_TEXT, NULL,
     "drtop reads positions and states, and no table of yours. drtop_probe may do nothing: it "
     "says hello through the tunnel. Each privilege is explained in config/mysql, installed in "
     "share/doc/drtop/mysql: monitor-mysql.sql, monitor-mariadb.sql."},
};

/* The text with the path in the place of its mark. */
static const char *told(const struct welcome *w, const char *text, char *out, size_t out_size)
{
    if (text[0] != PLACE[0]) {
        return text;
    }
    (void)snprintf(out, out_size, "%s%s", w->place[0] ? w->place : "--config FILE", text + 1);
    return out;
}

static void passages(struct canvas *c, struct rect in, struct welcome *w, enum level level)
{
    const struct passage *all = w->help ? to_prepare : what_it_is;
    size_t n = w->help ? sizeof to_prepare / sizeof to_prepare[0]
                       : sizeof what_it_is / sizeof what_it_is[0];
    struct rows rows = {.r = in, .scroll = &w->scroll, .page = &w->page, .all = &w->all};
    for (size_t i = 0; i < n; i++) {
        char text[1024];
        const struct passage *p = &all[i];
        if (p->level > level) {
            continue;
        }
        if (p->name) {
            rows_named(&rows, c, NAME_W, p->name, p->role, told(w, p->text, text, sizeof text));
        } else {
            rows_text(&rows, c, 0, p->role, told(w, p->text, text, sizeof text));
        }
    }
    rows_end(&rows);
}

/* As much as fits without scrolling; what always stands there may scroll. */
static void body(struct canvas *c, struct rect in, struct welcome *w)
{
    struct rect before = canvas_clip(c, (struct rect){in.x, in.y, 0, 0});
    int level = ROOMY;
    passages(c, in, w, (enum level)level);
    while (w->all > in.h && level > ALWAYS) {
        passages(c, in, w, (enum level)-- level);
    }
    canvas_unclip(c, before);
    before = canvas_clip(c, in);
    passages(c, in, w, (enum level)level);
    canvas_unclip(c, before);
}

static void hints(struct canvas *c, const struct welcome *w)
{
    const struct {
        const char *key, *word;
    } all[] = {{"i", "begin"},
               {"?", w->help ? "back" : "SQL"},
               {"q", "leave"},
               {glyph(GLYPH_DOWNWARD), w->all > w->page ? "more" : NULL}};
    int x = 1;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].word) {
            x += canvas_text(c, x, c->h - 1, ROLE_KEY, all[i].key) + 1;
            x += canvas_text(c, x, c->h - 1, ROLE_DIM, all[i].word) + 2;
        }
    }
}

void welcome_paint(struct canvas *c, struct welcome *w)
{
    canvas_clear(c);
    canvas_fill(c, (struct rect){0, 0, c->w, 1}, ' ', ROLE_BAR);
    int x = 1 + canvas_text(c, 1, 0, ROLE_BAR_STRONG, "drtop");
    (void)canvas_printf(c, x + 1, 0, ROLE_BAR, "%s", w->version);
    (void)canvas_text_right(c, c->w - 1, 0, c->w / 2, ROLE_BAR,
                            w->help ? "what to prepare" : "first run");
    bool airy = c->h >= 16;
    int width = c->w - 2 < TEXT_W ? c->w - 2 : TEXT_W;
    int top = airy ? 2 : 1;
    body(c, (struct rect){(c->w - width) / 2, top, width, c->h - top - (airy ? 2 : 1)}, w);
    hints(c, w);
}
