/* Values of `drtop status --json`. What is unknown is null, never 0. */
#ifndef DRTOP_CLI_STATUS_VALUE_H
#define DRTOP_CLI_STATUS_VALUE_H

#include "backend/fact/opt.h"
#include "backend/record/record.h"
#include "backend/snapshot.h"

#include <json.h>

/* o takes v, which may be NULL: null. */
void value_add(json_object *o, const char *key, json_object *v);

/* All return a new value, or NULL for null; an empty text is null. */
json_object *value_text(const char *s);
json_object *value_integer(struct opt_i64 v);
json_object *value_number(double v); /* with three decimals */
json_object *value_real(struct opt_f64 v);
json_object *value_yes_no(enum tri t);
json_object *value_utc(int64_t wall_ms); /* "2026-11-22T14:22:07Z" */

/* What the facts mean: status, verdict, advice, evidence. */
void status_add_verdict(json_object *o, const struct snapshot *s, int64_t now_ms);

/* What an outage costs and how long it has lasted: exposure, rto. */
void status_add_outage(json_object *o, const struct snapshot *s, int64_t now_ms);

/* What is remembered: incident, maintenance, record, alerts; view may be NULL. */
void status_add_record(json_object *o, const struct snapshot *s, const struct record_view *view,
                       int64_t now_ms);

#endif
