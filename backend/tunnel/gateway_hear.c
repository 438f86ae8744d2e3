#include "backend/tunnel/gateway_legs.h"

#include <string.h>

#include "backend/net/text.h"

#define DIGITS_MAX 18

/* Where in a list-sa event an element stands. */
enum { DEPTH_ROOT, DEPTH_IKE, DEPTH_CHILDREN, DEPTH_CHILD };

static struct opt_i64 number(struct vici_text text)
{
    int64_t n = 0;
    if (text.len == 0 || text.len > DIGITS_MAX) {
        return (struct opt_i64){0};
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') {
            return (struct opt_i64){0};
        }
        n = n * 10 + (text.p[i] - '0');
    }
    return opt_i64(n);
}

static bool is_any(struct vici_text text, const char *const *words)
{
    while (*words && !vici_is(text, *words)) {
        words++;
    }
    return *words != NULL;
}

static bool is_wanted(const struct gateway_poll *poll, const char *name)
{
    if (!poll->wanted) {
        return true;
    }
    size_t i = 0;
    while (poll->wanted[i] && strcmp(poll->wanted[i], name) != 0) {
        i++;
    }
    return poll->wanted[i] != NULL;
}

static struct gateway_connection *find(struct gateway_poll *poll, struct vici_text text)
{
    char name[sizeof poll->connections[0].name];
    (void)text_clean(name, sizeof name, text.p, text.len);
    for (size_t i = 0; i < poll->n; i++) {
        if (strcmp(poll->connections[i].name, name) == 0) {
            return &poll->connections[i];
        }
    }
    return NULL;
}

static void add_connection(struct gateway_poll *poll, struct vici_text text)
{
    char name[sizeof poll->connections[0].name];
    (void)text_clean(name, sizeof name, text.p, text.len);
    if (name[0] == '\0' || !is_wanted(poll, name) || find(poll, text)) {
        return;
    }
    if (poll->n == TUNNEL_LEGS_MAX) {
        poll->more++;
        return;
    }
    (void)text_copy(poll->connections[poll->n++].name, sizeof name, name);
}

bool gateway_hear_connection(struct gateway_poll *poll, struct vici_reader body)
{
    struct vici_element e;
    enum vici_kind kind;
    while ((kind = vici_next(&body, &e)) != VICI_END) {
        if (kind == VICI_BAD) {
            return false;
        }
        if (kind == VICI_SECTION && body.depth == DEPTH_IKE) {
            add_connection(poll, e.name);
        }
    }
    return true;
}

static struct opt_i64 least(struct opt_i64 a, struct opt_i64 b)
{
    return !b.known || (a.known && a.v <= b.v) ? a : b;
}

/* An SA under way through the message. */
struct sa {
    struct gateway_connection *connection; /* NULL: one that nobody asked for */
    bool up, connecting;
    struct opt_i64 age_s;
    bool child_up;
    struct gateway_child child;
};

static void read_ike(struct sa *sa, const struct vici_element *e)
{
    /* PASSIVE is the standby of a cluster, DELETING is on its way out. */
    static const char *const up[] = {"ESTABLISHED", "REKEYING", "REKEYED", NULL};
    static const char *const connecting[] = {"CREATED", "CONNECTING", NULL};
    if (vici_is(e->name, "state")) {
        sa->up = is_any(e->value, up);
        sa->connecting = is_any(e->value, connecting);
    } else if (vici_is(e->name, "established")) {
        sa->age_s = number(e->value);
    }
}

static void read_child(struct sa *sa, const struct vici_element *e)
{
    static const char *const up[] = {"INSTALLED", "UPDATING", "REKEYING", "REKEYED", NULL};
    struct gateway_child *c = &sa->child;
    const struct {
        const char *key;
        struct opt_i64 *out;
    } numbers[] = {{"uniqueid", &c->unique},   {"reqid", &c->reqid},
                   {"bytes-in", &c->bytes_in}, {"bytes-out", &c->bytes_out},
                   {"use-in", &c->silent_s},   {"install-time", &c->age_s},
                   {"rekey-time", &c->rekey_s}};
    if (vici_is(e->name, "name")) {
        (void)text_clean(c->name, sizeof c->name, e->value.p, e->value.len);
    } else if (vici_is(e->name, "state")) {
        sa->child_up = is_any(e->value, up);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (vici_is(e->name, numbers[i].key)) {
            *numbers[i].out = number(e->value);
        }
    }
}

/* A CHILD SA that is being renewed stands there twice; the newer one counts. */
static void end_child(struct sa *sa)
{
    struct gateway_connection *c = sa->connection;
    if (!sa->child_up) {
        return;
    }
    for (size_t i = 0; i < c->n_children; i++) {
        struct gateway_child *other = &c->children[i];
        if (strcmp(other->name, sa->child.name) == 0 && other->reqid.known &&
            sa->child.reqid.known && other->reqid.v == sa->child.reqid.v) {
            if (least(other->unique, sa->child.unique).v == other->unique.v) {
                *other = sa->child;
            }
            return;
        }
    }
    if (c->n_children == GATEWAY_CHILDREN_MAX) {
        c->crowded = true;
        return;
    }
    c->children[c->n_children++] = sa->child;
}

static void end_ike(const struct sa *sa)
{
    struct gateway_connection *c = sa->connection;
    c->up |= sa->up;
    c->connecting |= sa->connecting;
    c->age_s = sa->up ? least(c->age_s, sa->age_s) : c->age_s;
}

static void hear_element(struct gateway_poll *poll, struct sa *sa, enum vici_kind kind,
                         int depth, const struct vici_element *e)
{
    if (kind == VICI_SECTION && depth == DEPTH_IKE) {
        if (poll->wanted) {
            add_connection(poll, e->name); /* unloaded, but its SA lives on */
        }
        *sa = (struct sa){.connection = find(poll, e->name)};
    } else if (kind == VICI_SECTION && depth == DEPTH_CHILD) {
        sa->child_up = false;
        sa->child = (struct gateway_child){0};
    } else if (kind == VICI_SECTION_END && sa->connection && depth == DEPTH_CHILDREN) {
        end_child(sa);
    } else if (kind == VICI_SECTION_END && sa->connection && depth == DEPTH_ROOT) {
        end_ike(sa);
    } else if (kind == VICI_VALUE && depth == DEPTH_IKE) {
        read_ike(sa, e);
    } else if (kind == VICI_VALUE && depth == DEPTH_CHILD) {
        read_child(sa, e);
    }
}

bool gateway_hear_sa(struct gateway_poll *poll, struct vici_reader body)
{
    struct sa sa = {0};
    struct vici_element e;
    enum vici_kind kind;
    while ((kind = vici_next(&body, &e)) != VICI_END) {
        if (kind == VICI_BAD) {
            return false;
        }
        hear_element(poll, &sa, kind, body.depth, &e);
    }
    return true;
}

static struct gateway_leg *recall(struct gateway_memory *memory, struct vici_text text)
{
    char name[sizeof memory->legs[0].leg.id];
    (void)text_clean(name, sizeof name, text.p, text.len);
    for (size_t i = 0; i < memory->n; i++) {
        if (strcmp(memory->legs[i].leg.id, name) == 0) {
            return &memory->legs[i];
        }
    }
    return NULL;
}

/* An event of an SA's end says nothing of it but that "up" is missing: its state may still be
 * ESTABLISHED. */
bool gateway_hear_updown(struct gateway_memory *memory, struct vici_reader body)
{
    struct vici_element e;
    enum vici_kind kind;
    bool up = false;
    while ((kind = vici_next(&body, &e)) != VICI_END) {
        if (kind == VICI_BAD) {
            return false;
        }
        if (kind == VICI_VALUE && body.depth == DEPTH_ROOT && vici_is(e.name, "up")) {
            up = vici_is(e.value, "yes");
        } else if (kind == VICI_SECTION && body.depth == DEPTH_IKE) {
            struct gateway_leg *leg = recall(memory, e.name);
            if (leg) {
                leg->ended |= !up;
            }
        }
    }
    return true;
}

/* Lines of charon's log that say why a tunnel does not come up; the rest is chatter. */
static bool is_reason(const char *line)
{
    static const char *const parts[] = {
        "notify error", "mismatched",    "giving up",      "not responding", "no shared key",
        "no private",   "no matching",   "no acceptable",  "unacceptable",   "unable to",
        "failed",       "no IKE config", "not acceptable", "denied",         NULL};
    size_t i = 0;
    while (parts[i] && !strstr(line, parts[i])) {
        i++;
    }
    return parts[i] != NULL;
}

bool gateway_hear_log(struct gateway_memory *memory, struct vici_reader body)
{
    struct vici_element e;
    enum vici_kind kind;
    struct gateway_leg *leg = NULL;
    char line[sizeof leg->reason] = "";
    while ((kind = vici_next(&body, &e)) != VICI_END) {
        if (kind == VICI_BAD) {
            return false;
        }
        if (kind == VICI_VALUE && vici_is(e.name, "ikesa-name")) {
            leg = recall(memory, e.value);
        } else if (kind == VICI_VALUE && vici_is(e.name, "msg")) {
            (void)text_clean(line, sizeof line, e.value.p, e.value.len);
        }
    }
    if (leg && is_reason(line)) {
        (void)text_copy(leg->reason, sizeof leg->reason, line);
    }
    return true;
}
