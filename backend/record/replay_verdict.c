/* The verdict of a moment: what the timeline says of it, with the evidence that was kept with it. */
#include "backend/record/replay_state.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

#define DEPTH_MAX   8
#define DATA_MAX    65536
#define STRIKES_MAX 1000000
#define AGE_MAX_MS  (INT64_C(366) * 86400 * 1000)

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    bool found = json_object_object_get_ex(o, key, &v);
    return found && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

static bool is_set(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_boolean) &&
           json_object_get_boolean(v);
}

static struct opt_i64 number_of(struct json_object *o, const char *key, int64_t max)
{
    struct json_object *v = NULL;
    bool found = json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_int);
    int64_t n = found ? json_object_get_int64(v) : -1;
    return n >= 0 && n <= max ? opt_i64(n) : (struct opt_i64){0};
}

static enum evidence_id id_of(const char *key)
{
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        if (strcmp(evidence_key((enum evidence_id)i), key) == 0) {
            return (enum evidence_id)i;
        }
    }
    return EVIDENCE_COUNT;
}

static enum route route_of(const char *name)
{
    for (int i = ROUTE_PUBLIC; i <= ROUTE_NEUTRAL; i++) {
        if (strcmp(route_name((enum route)i), name) == 0) {
            return (enum route)i;
        }
    }
    return ROUTE_PUBLIC;
}

static enum tri tri_of_word(const char *word)
{
    return strcmp(word, "yes") == 0 ? TRI_YES : strcmp(word, "no") == 0 ? TRI_NO : TRI_UNKNOWN;
}

/* Rows were looked at when the verdict was said; they are as old as that now. */
static void read_row(struct json_object *o, int64_t older_ms, struct snapshot *s)
{
    enum evidence_id id = id_of(text_of(o, "id"));
    struct opt_i64 age_ms = number_of(o, "age_ms", AGE_MAX_MS);
    if (id == EVIDENCE_COUNT) {
        return; /* a newer drtop's */
    }
    struct evidence *e = &s->evidence[id];
    *e = (struct evidence){.watched = true,
                           .answer = tri_of_word(text_of(o, "answer")),
                           .route = route_of(text_of(o, "route")),
                           .strikes = (int)number_of(o, "strikes", STRIKES_MAX).v};
    if (age_ms.known) {
        e->age_ms = opt_i64(age_ms.v + older_ms);
    }
    (void)text_clean_str(e->detail, sizeof e->detail, text_of(o, "detail"));
    s->verdict.decided |= is_set(o, "decided") ? UINT32_C(1) << id : 0;
    s->verdict.contradicts |= is_set(o, "contradicts") ? UINT32_C(1) << id : 0;
}

static enum verdict_advice advice_of(const char *key)
{
    for (int i = ADVICE_NOT_ADVISED; i <= ADVICE_IMPOSSIBLE; i++) {
        if (strcmp(advice_key((enum verdict_advice)i), key) == 0) {
            return (enum verdict_advice)i;
        }
    }
    return ADVICE_NOT_ADVISED;
}

static enum verdict_scope scope_of(const char *key)
{
    for (int i = SCOPE_SITE; i <= SCOPE_REGION; i++) {
        if (strcmp(scope_key((enum verdict_scope)i), key) == 0) {
            return (enum verdict_scope)i;
        }
    }
    return SCOPE_NONE;
}

static void read_verdict(struct json_object *o, const struct then_verdict *then,
                         enum verdict_kind kind, struct snapshot *s)
{
    struct verdict *v = &s->verdict;
    struct json_object *rows = NULL;
    v->kind = kind;
    v->confirmed = is_set(o, "confirmed");
    v->advice = advice_of(text_of(o, "advice"));
    v->scope = scope_of(text_of(o, "scope"));
    v->since_ms = v->since_wall_ms = then->since_wall_ms;
    v->confirmed_wall_ms = v->confirmed ? then->at_wall_ms : 0;
    (void)text_clean_str(v->sentence, sizeof v->sentence, text_of(o, "sentence"));
    (void)text_clean_str(v->advice_why, sizeof v->advice_why, text_of(o, "advice_why"));
    if (!json_object_object_get_ex(o, "evidence", &rows) ||
        !json_object_is_type(rows, json_type_array)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(rows); i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        if (json_object_is_type(row, json_type_object)) {
            read_row(row, s->taken_at_ms - then->at_wall_ms, s);
        }
    }
}

static bool parse(const struct then_verdict *then, struct snapshot *s)
{
    enum verdict_kind kind;
    size_t len = then->data ? strlen(then->data) : 0;
    struct json_tokener *tok = len && len < DATA_MAX ? json_tokener_new_ex(DEPTH_MAX) : NULL;
    struct json_object *o = tok ? json_tokener_parse_ex(tok, then->data, (int)len + 1) : NULL;
    bool good = json_object_is_type(o, json_type_object) &&
                verdict_from_key(text_of(o, "verdict"), &kind);
    if (good) {
        read_verdict(o, then, kind, s);
    }
    (void)json_object_put(o);
    if (tok) {
        json_tokener_free(tok);
    }
    return good;
}

/* Only the second's own word, when the timeline has none for it. */
static void bare(const struct store_sample *sample, struct snapshot *s)
{
    memset(s->evidence, 0, sizeof s->evidence);
    s->verdict = (struct verdict){.kind = sample->verdict,
                                  .confirmed = sample->confirmed,
                                  .since_ms = sample->at_wall_ms,
                                  .since_wall_ms = sample->at_wall_ms};
    (void)text_copy(s->verdict.sentence, sizeof s->verdict.sentence,
                    "as recorded then: without a sentence or evidence");
}

static void nothing(struct snapshot *s)
{
    s->verdict = (struct verdict){
        .kind = VERDICT_UNKNOWN, .since_ms = s->taken_at_ms, .since_wall_ms = s->wall_ms};
    (void)text_copy(s->verdict.sentence, sizeof s->verdict.sentence,
                    "nothing was recorded at that moment");
}

/* The timeline tells more exactly than a sample which verdict stood when; where it has another than
 * a later second, it has missed one. */
bool replay_verdict(struct replay *r, const struct store_sample *sample, enum then_grain grain,
                    struct snapshot *s, struct error *err)
{
    struct then_verdict then = {0};
    if (grain != THEN_NOTHING && !store_then_verdict(r->st, s->wall_ms, &then, err)) {
        return false;
    }
    bool told = parse(&then, s);
    bool missed = told && grain == THEN_SECOND && sample->verdict != s->verdict.kind &&
                  sample->at_wall_ms / 1000 > then.at_wall_ms / 1000;
    if (grain == THEN_NOTHING) {
        nothing(s);
    } else if (!told || missed) {
        bare(sample, s);
    }
    s->verdict.level = verdict_level_of(s->verdict.kind);
    free(then.data);
    return true;
}
