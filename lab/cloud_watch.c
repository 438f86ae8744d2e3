/* A thread that looks at the charon, and what it has seen. */
#include "lab/cloud.h"

#include "lab/util.h"
#include "lab/vici.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 250 };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_t thread;
static const char *socket_path;

/* guarded by mu */
static struct cloud_view now, then;
static bool frozen;

/* The thread's own: what the counters of the newest child stood at. */
static struct {
    char child[64];
    int64_t in_b, out_b;
} counted[CLOUD_LEGS];

static void note_change(struct cloud_view *v, struct cloud_change change)
{
    if (v->n_changes == CLOUD_CHANGES_MAX) {
        memmove(v->changes, v->changes + 1, sizeof v->changes - sizeof v->changes[0]);
        v->n_changes--;
    }
    v->changes[v->n_changes++] = change;
}

/* How far a counter went since the last look; a new child begins at 0. */
static void count(int i, const struct vici_tunnel *t, struct cloud_leg *leg)
{
    bool same = strcmp(counted[i].child, t->child) == 0;
    if (t->child[0] == '\0') {
        return;
    }
    leg->in_b += t->bytes_in - (same ? counted[i].in_b : 0);
    leg->out_b += t->bytes_out - (same ? counted[i].out_b : 0);
    memcpy(counted[i].child, t->child, sizeof counted[i].child);
    counted[i].in_b = t->bytes_in;
    counted[i].out_b = t->bytes_out;
}

static void take_leg(struct cloud_view *v, int i, const struct vici_tunnel *t, bool first)
{
    struct cloud_leg *leg = &v->legs[i];
    bool up = t && t->established && t->installed;
    int64_t at_ms = cloud_wall_ms();
    leg->connecting = t && t->connecting && !up;
    if (t) {
        count(i, t, leg);
    }
    if (up && !leg->up) {
        leg->established_ms = at_ms;
    }
    if (first || up != leg->up) {
        leg->changed_ms = at_ms;
    }
    if (!first && up != leg->up) {
        note_change(v, (struct cloud_change){at_ms, i, up});
    }
    leg->up = up;
}

static void look(bool first)
{
    struct vici_tunnels seen = {0};
    if (!vici_look(socket_path, &seen)) {
        seen.n = 0; /* nobody there: nothing is up */
    }
    (void)pthread_mutex_lock(&mu);
    for (int i = 0; i < CLOUD_LEGS; i++) {
        const struct vici_tunnel *t = NULL;
        char name[16];
        (void)snprintf(name, sizeof name, "tunnel%d", i + 1);
        for (size_t k = 0; k < seen.n; k++) {
            t = strcmp(seen.at[k].name, name) == 0 ? &seen.at[k] : t;
        }
        take_leg(&now, i, t, first);
    }
    (void)pthread_mutex_unlock(&mu);
}

static void *watch(void *unused)
{
    while (!util_stopping()) {
        util_wait_until(util_now_ms() + LOOK_MS);
        look(false);
    }
    return unused;
}

bool cloud_watch_begin(const char *path)
{
    socket_path = path;
    now.began_ms = cloud_wall_ms();
    look(true);
    return pthread_create(&thread, NULL, watch, NULL) == 0;
}

void cloud_watch_end(void)
{
    (void)pthread_join(thread, NULL);
}

void cloud_freeze(bool freeze)
{
    (void)pthread_mutex_lock(&mu);
    if (freeze && !frozen) {
        then = now;
    }
    frozen = freeze;
    (void)pthread_mutex_unlock(&mu);
}

void cloud_look(struct cloud_view *out)
{
    (void)pthread_mutex_lock(&mu);
    *out = frozen ? then : now;
    (void)pthread_mutex_unlock(&mu);
}
