/* What a report says, collected from the store as JSON; the Markdown is written from it. Private to
 * backend/record/report*.c. */
#ifndef DRTOP_RECORD_REPORT_JSON_H
#define DRTOP_RECORD_REPORT_JSON_H

#include "backend/record/report.h"

#include <json-c/json.h>

/* The caller puts *out. */
enum report_end report_collect(struct store *st, const struct config *cfg, const char *id,
                               int64_t wall_ms, struct json_object **out, struct error *err);

#endif
