#include "backend/verdict/verdict_words.h"

#include <stdio.h>

#include "backend/net/text.h"

enum verdict_advice verdict_advise(const struct evidence rows[EVIDENCE_COUNT],
                                   enum verdict_kind kind, char *why, size_t why_size)
{
    const char *words = "the primary serves, or may";
    enum verdict_advice advice = ADVICE_NOT_ADVISED;
    switch (kind) {
    case VERDICT_PRIMARY_DOWN:
        if (evidence_yes(rows, EVIDENCE_REPLICA_DB) &&
            evidence_yes(rows, EVIDENCE_REPLICATES)) {
            advice = ADVICE_ADVISED;
            words = "the primary is lost on independent routes and the replica answers";
        } else if (evidence_no(rows, EVIDENCE_REPLICA_DB) ||
                   evidence_no(rows, EVIDENCE_REPLICATES)) {
            advice = ADVICE_IMPOSSIBLE;
            words = "the replica is not ready to take over";
        } else {
            words = "the state of the replica is not known";
        }
        break;
    case VERDICT_DB_DOWN:
        words = "the site lives: its database can be repaired there without loss";
        break;
    case VERDICT_APP_DOWN:
        words = "database and replication are well: repair the application";
        break;
    case VERDICT_TUNNEL_DOWN:
        words = "the primary serves its users; a failover would split the data";
        break;
    case VERDICT_REPLICATION_BROKEN:
        words = "the primary serves; repair replication first, or data is lost";
        break;
    case VERDICT_DR_NOT_READY:
        advice = ADVICE_IMPOSSIBLE;
        words = "the replica is not ready to take over";
        break;
    case VERDICT_SPLIT_BRAIN:
        advice = ADVICE_IMPOSSIBLE;
        words = "both sides accept writes: fence one of them first";
        break;
    case VERDICT_FAILED_OVER:
        advice = ADVICE_IMPOSSIBLE;
        words = "the replica has been promoted already";
        break;
    case VERDICT_OBSERVER_ISOLATED:
        advice = ADVICE_IMPOSSIBLE;
        words = "this observer is cut off: decide from another place";
        break;
    case VERDICT_NORMAL:
    case VERDICT_DEGRADED:
        words = "the primary serves";
        break;
    case VERDICT_UNKNOWN:
    case VERDICT_KINDS:
        words = "what is known does not decide";
        break;
    }
    (void)snprintf(why, why_size, "%s", words);
    return advice;
}

struct words {
    char *out;
    size_t size;
    const struct evidence *rows;
    const struct verdict_terms *terms;
};

static void lost_sentence(const struct words *w, const struct verdict_ruling *r)
{
    bool region = evidence_no(w->rows, EVIDENCE_CONTROL_PLANE);
    bool tunnel = evidence_no(w->rows, EVIDENCE_TUNNEL);
    (void)snprintf(w->out, w->size, "%s%s: app, database, %s%s fail, %d routes",
                   w->terms->primary_name, region ? " (region)" : "",
                   tunnel ? "tunnel" : "receiver", region ? ", control plane" : "",
                   verdict_routes(w->rows, r->decided));
}

/* "the VPN is black-holed: AWS and the gateway say UP", or that nothing passes. */
static void vpn_words(const struct verdict_ruling *r, char *out, size_t out_size)
{
    static const struct {
        enum evidence_id id;
        const char *name;
    } who[] = {{EVIDENCE_TUNNEL_AWS, "AWS"},
               {EVIDENCE_TUNNEL_AZURE, "Azure"},
               {EVIDENCE_TUNNEL_GATEWAY, "the gateway"}};
    const char *names[3];
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        if (r->contradicts & 1U << who[i].id) {
            names[n++] = who[i].name;
        }
    }
    (void)text_copy(out, out_size, "nothing passes the VPN");
    if (n > 0) {
        (void)snprintf(out, out_size, "the VPN is black-holed: %s%s%s%s%s say%s UP", names[0],
                       n > 2   ? ", "
                       : n > 1 ? " and "
                               : "",
                       n > 1 ? names[1] : "", n > 2 ? " and " : "", n > 2 ? names[2] : "",
                       n > 1 ? "" : "s");
    }
}

static void tunnel_sentence(const struct words *w, const struct verdict_ruling *r)
{
    const struct evidence *rows = w->rows;
    bool app = rows[EVIDENCE_APP_SERVES].watched;
    enum route route = rows[app ? EVIDENCE_APP_SERVES : EVIDENCE_PRIMARY_DB].route;
    char vpn[80];
    vpn_words(r, vpn, sizeof vpn);
    (void)snprintf(w->out, w->size, "%s serves by the %s route, %s", w->terms->primary_name,
                   route_name(route), vpn);
}

/* Why UNKNOWN: a conflict if there is one, else the first thing that is missing. */
static void unknown_sentence(const struct words *w, const struct verdict_ruling *r)
{
    const struct evidence *rows = w->rows;
    if (evidence_yes(rows, EVIDENCE_REPLICA_WRITABLE) &&
        evidence_no(rows, EVIDENCE_REPLICATES)) {
        (void)snprintf(w->out, w->size,
                       "the replica is promoted; not known whether the old primary takes "
                       "writes: fence it");
        return;
    }
    if (evidence_no(rows, EVIDENCE_PRIMARY_DB)) {
        const char *why = "";
        if (evidence_yes(rows, EVIDENCE_RECEIVER)) {
            why = "the replica still hears it";
        } else if (evidence_yes(rows, EVIDENCE_APP_ANSWERS)) {
            why = "the site answers: database or tunnel, nothing here tells which";
        } else if (!evidence_no(rows, EVIDENCE_APP_ANSWERS)) {
            why = "site or tunnel: no other route tells";
        } else {
            why = "no independent route confirms that the site is lost";
        }
        (void)snprintf(w->out, w->size, "the primary DB does not answer us; %s", why);
        return;
    }
    for (int id = 0; id < EVIDENCE_COUNT; id++) {
        if (r->decided & (1U << id)) {
            const char *state = rows[id].answer == TRI_UNKNOWN ? "not known" : "failing";
            (void)snprintf(w->out, w->size, "%s: %s%s%s", state,
                           evidence_label((enum evidence_id)id), rows[id].detail[0] ? ": " : "",
                           rows[id].detail);
            return;
        }
    }
    (void)snprintf(w->out, w->size, "what is known does not decide");
}

static void write_sentence(const struct words *w, const struct verdict_ruling *r)
{
    const struct evidence *rows = w->rows;
    const char *primary = w->terms->primary_name, *dr = w->terms->dr_name;
    const char *text = "";
    switch (r->kind) {
    case VERDICT_NORMAL:
        text = "primary serving, replica in step";
        break;
    case VERDICT_DEGRADED:
        text = rows[EVIDENCE_OBJECTIVES].detail;
        break;
    case VERDICT_REPLICATION_BROKEN:
        text = evidence_no(rows, EVIDENCE_APPLIER_RUNS) ? rows[EVIDENCE_APPLIER_RUNS].detail
                                                        : rows[EVIDENCE_RECEIVER_RUNS].detail;
        break;
    case VERDICT_DR_NOT_READY:
        (void)snprintf(w->out, w->size, "%s: %s", dr,
                       evidence_no(rows, EVIDENCE_REPLICA_DB)
                           ? rows[EVIDENCE_REPLICA_DB].detail
                           : rows[EVIDENCE_REPLICATES].detail);
        return;
    case VERDICT_APP_DOWN:
        (void)snprintf(w->out, w->size, "%s: the app %s, its database is well", primary,
                       rows[EVIDENCE_APP_SERVES].detail);
        return;
    case VERDICT_DB_DOWN:
        (void)snprintf(w->out, w->size, "%s: the database fails, the site lives: %s", primary,
                       rows[EVIDENCE_PRIMARY_DB].detail);
        return;
    case VERDICT_TUNNEL_DOWN:
        tunnel_sentence(w, r);
        return;
    case VERDICT_PRIMARY_DOWN:
        lost_sentence(w, r);
        return;
    case VERDICT_SPLIT_BRAIN:
        (void)snprintf(
            w->out, w->size, "%s and %s both accept writes%s", primary, dr,
            evidence_no(rows, EVIDENCE_REPLICATES) ? " and go separate ways: fence one" : "");
        return;
    case VERDICT_FAILED_OVER:
        (void)snprintf(w->out, w->size, "%s has taken over; the old primary %s", dr,
                       evidence_no(rows, EVIDENCE_PRIMARY_WRITABLE)
                           ? "is read-only"
                           : "does not answer: fence it before it comes back");
        return;
    case VERDICT_OBSERVER_ISOLATED:
        text = "no neutral anchor answers: this observer is cut off and abstains";
        break;
    case VERDICT_UNKNOWN:
    case VERDICT_KINDS:
        unknown_sentence(w, r);
        return;
    }
    (void)text_copy(w->out, w->size, text);
}

void verdict_sentence(const struct evidence rows[EVIDENCE_COUNT],
                      const struct verdict_terms *terms, const struct verdict_ruling *r,
                      char *out, size_t out_size)
{
    char text[512];
    const struct words words = {text, sizeof text, rows, terms};
    write_sentence(&words, r);
    (void)text_clean_str(out, out_size,
                         text); /* names and details may be long: no half character */
}
