/* From a snapshot to what the store keeps of it. Pure. */
#include "backend/record/record_state.h"

#include <json-c/json.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/record/scene.h"
#include "backend/tunnel/provider.h"

static const char *tri_word(enum tri t)
{
    return t == TRI_YES ? "yes" : t == TRI_NO ? "no" : "unknown";
}

static struct json_object *evidence_json(const struct verdict *v, const struct evidence *row,
                                         enum evidence_id id)
{
    struct json_object *o = json_object_new_object();
    uint32_t bit = UINT32_C(1) << id;
    (void)json_object_object_add(o, "id", json_object_new_string(evidence_key(id)));
    (void)json_object_object_add(o, "answer", json_object_new_string(tri_word(row->answer)));
    (void)json_object_object_add(o, "route", json_object_new_string(route_name(row->route)));
    (void)json_object_object_add(
        o, "age_ms", row->age_ms.known ? json_object_new_int64(row->age_ms.v) : NULL);
    (void)json_object_object_add(o, "strikes", json_object_new_int(row->strikes));
    (void)json_object_object_add(o, "detail", json_object_new_string(row->detail));
    (void)json_object_object_add(o, "decided",
                                 json_object_new_boolean((v->decided & bit) != 0));
    (void)json_object_object_add(o, "contradicts",
                                 json_object_new_boolean((v->contradicts & bit) != 0));
    return o;
}

char *record_verdict_json(const struct snapshot *s)
{
    const struct verdict *v = &s->verdict;
    struct json_object *o = json_object_new_object(), *rows = json_object_new_array();
    const char *scope = scope_key(v->scope);
    (void)json_object_object_add(o, "verdict", json_object_new_string(verdict_key(v->kind)));
    (void)json_object_object_add(o, "confirmed", json_object_new_boolean(v->confirmed));
    (void)json_object_object_add(o, "level", json_object_new_string(level_key(v->level)));
    (void)json_object_object_add(o, "sentence", json_object_new_string(v->sentence));
    (void)json_object_object_add(o, "advice", json_object_new_string(advice_key(v->advice)));
    (void)json_object_object_add(o, "advice_why", json_object_new_string(v->advice_why));
    (void)json_object_object_add(o, "scope", scope ? json_object_new_string(scope) : NULL);
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        if (s->evidence[i].watched) {
            (void)json_object_array_add(rows,
                                        evidence_json(v, &s->evidence[i], (enum evidence_id)i));
        }
    }
    (void)json_object_object_add(o, "evidence", rows);
    char *text = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return text;
}

/* As in the engine's history: of a server that is out of sight the figures are unknown. */
struct store_sample record_sample(const struct snapshot *s)
{
    struct store_sample sample = {.at_wall_ms = s->wall_ms,
                                  .lag_s = s->lag.seconds,
                                  .rtt_ms = snapshot_rtt_ms(s),
                                  .verdict = s->verdict.kind,
                                  .confirmed = s->verdict.confirmed};
    if (snapshot_in_sight(s, SLOT_PRIMARY_DB, s->taken_at_ms)) {
        sample.write_rate = s->write_rate;
        sample.not_received_b = s->exposure.not_received.bytes;
        sample.not_received_tx = s->exposure.not_received.tx;
    }
    if (snapshot_in_sight(s, SLOT_REPLICA_DB, s->taken_at_ms)) {
        sample.not_applied_b = s->exposure.not_applied.bytes;
    }
    scene_of(s, &sample);
    return sample;
}

struct store_memory record_memory(const struct snapshot *s)
{
    struct store_memory m = {.rto = {.last_good_wall_ms = s->rto.last_good_wall_ms,
                                     .first_bad_wall_ms = s->rto.first_bad_wall_ms}};
    const struct reading *good = s->sights[SLOT_PRIMARY_DB].good;
    const struct db_facts *f = good ? good->value : NULL;
    if (f && binlog_known(&f->written)) {
        m.primary_at_wall_ms = opt_i64(good->wall_ms);
        m.primary = f->written;
        m.gtid = f->gtid_written;
    }
    return m;
}
