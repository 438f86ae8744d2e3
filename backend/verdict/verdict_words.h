/* How a verdict is said: its sentence, and whether failing over is advised and why. Pure; used by
 * verdict.c alone. */
#ifndef DRTOP_VERDICT_VERDICT_WORDS_H
#define DRTOP_VERDICT_VERDICT_WORDS_H

#include "backend/verdict/verdict.h"

/* How many independent routes the rows in mask travelled: public, vpn, direct. */
int verdict_routes(const struct evidence rows[EVIDENCE_COUNT], uint32_t mask);

void verdict_sentence(const struct evidence rows[EVIDENCE_COUNT],
                      const struct verdict_terms *terms, const struct verdict_ruling *r,
                      char *out, size_t out_size);

enum verdict_advice verdict_advise(const struct evidence rows[EVIDENCE_COUNT],
                                   enum verdict_kind kind, char *why, size_t why_size);

#endif
