/* What a sample keeps of a moment beside its figures, so that the moment can be painted again: the
 * coordinates, the outage's clock, the application's answer, and what each view of the path said, as
 * compact JSON: [[name, state, detail, [tunnel, state, detail] ...] ...]. Pure. */
#ifndef DRTOP_RECORD_SCENE_H
#define DRTOP_RECORD_SCENE_H

#include "backend/record/store.h"
#include "backend/snapshot.h"

/* Fills what of *out is of schema 3. Of a server that is out of sight nothing is known. */
void scene_of(const struct snapshot *s, struct store_sample *out);

struct scene_leg {
    enum tunnel_state state;
    char id[64], detail[120]; /* sanitised */
};
struct scene_view {
    bool known; /* the text speaks of it */
    enum tunnel_state state;
    char detail[160]; /* sanitised */
    size_t n_legs;
    struct scene_leg legs[TUNNEL_LEGS_MAX];
};

/* Reads such a text, which may be anybody's; views are found by their names in cfg. False when it is
 * none; then all of out[CONFIG_TUNNELS_MAX] is unknown. */
bool scene_read(const char *text, const struct config *cfg,
                struct scene_view out[CONFIG_TUNNELS_MAX]);

#endif
