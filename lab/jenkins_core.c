/* The queue: quiet period, one build at a time, executors, what has left. */
#include "backend/mem.h"
#include "lab/jenkins.h"
#include "lab/util.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void ctl_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void ctl_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

int64_t wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool knob(const struct ctl *c, const char *name, int64_t *out_value)
{
    char path[512], text[32] = "";
    (void)snprintf(path, sizeof path, "%s/jenkins-%s", c->opt.knobs, name);
    FILE *f = fopen(path, "re");
    if (!f) {
        return false;
    }
    int64_t value = 0;
    if (fscanf(f, "%31s", text) == 1) {
        (void)util_parse(text, 0, INT32_MAX, &value);
    }
    (void)fclose(f);
    if (out_value) {
        *out_value = value;
    }
    return true;
}

struct job *ctl_job(struct ctl *c, const char *path)
{
    for (size_t i = 0; i < c->n_jobs; i++) {
        if (strcmp(c->jobs[i].path, path) == 0) {
            return &c->jobs[i];
        }
    }
    return NULL;
}

struct build *job_build(const struct job *job, int64_t number)
{
    for (size_t i = 0; i < job->n_builds; i++) {
        if (job->builds[i]->number == number) {
            return job->builds[i];
        }
    }
    return NULL;
}

bool job_running(const struct job *job)
{
    return job->n_builds > 0 && job->builds[job->n_builds - 1]->ended_ms == 0;
}

struct item *ctl_item(struct ctl *c, int64_t id)
{
    for (size_t i = 0; i < c->n_items; i++) {
        if (c->items[i]->id == id) {
            return c->items[i];
        }
    }
    return NULL;
}

static json_object *cause_of(const char *user)
{
    char text[80];
    (void)snprintf(text, sizeof text, "Started by user %s", user);
    json_object *cause = json_object_new_object();
    json_object_object_add(cause, "_class",
                           json_object_new_string("hudson.model.Cause$UserIdCause"));
    json_object_object_add(cause, "shortDescription", json_object_new_string(text));
    json_object_object_add(cause, "userId", json_object_new_string(user));
    json_object_object_add(cause, "userName", json_object_new_string(user));
    return cause;
}

/* An item of the same job with the same values that has not left. */
static struct item *identical(struct ctl *c, const struct job *job, json_object *values)
{
    for (size_t i = 0; i < c->n_items; i++) {
        struct item *item = c->items[i];
        if (item->job == job && item->state != ITEM_LEFT &&
            json_object_equal(item->values, values)) {
            return item;
        }
    }
    return NULL;
}

struct item *ctl_enqueue(struct ctl *c, struct job *job, json_object *values, const char *user,
                         int64_t delay_ms, bool *out_joined)
{
    struct item *item = identical(c, job, values);
    *out_joined = item != NULL;
    int64_t quiet_until_ms = wall_ms() + delay_ms;
    if (item) {
        json_object_put(values);
        json_object_array_add(item->causes, cause_of(user));
        if (item->state == ITEM_WAITING && quiet_until_ms < item->quiet_until_ms) {
            item->quiet_until_ms = quiet_until_ms;
        }
        return item;
    }
    item = mem_alloc(1, sizeof *item);
    *item = (struct item){.id = c->next_id++,
                          .job = job,
                          .values = values,
                          .causes = json_object_new_array(),
                          .since_ms = wall_ms(),
                          .quiet_until_ms = quiet_until_ms};
    json_object_array_add(item->causes, cause_of(user));
    c->items = mem_realloc(c->items, c->n_items + 1, sizeof(struct item *));
    c->items[c->n_items++] = item;
    return item;
}

void ctl_cancel(struct item *item)
{
    item->state = ITEM_LEFT;
    item->cancelled = true;
    item->left_ms = wall_ms();
    item->why[0] = '\0';
}

static void say_why(struct item *item, enum item_state state, bool stuck, const char *why)
{
    item->state = state;
    item->stuck = stuck;
    (void)snprintf(item->why, sizeof item->why, "%s", why);
}

static void move_on(struct ctl *c, struct item *item)
{
    int64_t now_ms = wall_ms();
    char why[WHY_MAX];
    if (now_ms < item->quiet_until_ms) {
        int64_t left_ms = item->quiet_until_ms - now_ms;
        (void)snprintf(why, sizeof why, "In the quiet period. Expires in %.1f sec",
                       (double)left_ms / 1000);
        say_why(item, ITEM_WAITING, false, why);
    } else if (item->job->one_at_a_time && job_running(item->job)) {
        int64_t number = item->job->builds[item->job->n_builds - 1]->number;
        (void)snprintf(why, sizeof why, "Build #%lld is already in progress (ETA: N/A)",
                       (long long)number);
        say_why(item, ITEM_BLOCKED, false, why);
    } else if (knob(c, "quiet", NULL)) {
        say_why(item, item->job->pipeline ? ITEM_BLOCKED : ITEM_BUILDABLE, false,
                "Jenkins is about to shut down");
    } else if (knob(c, "queue", NULL)) {
        say_why(item, ITEM_BUILDABLE, true, "‘Jenkins’ doesn’t have label ‘no-such-agent’");
    } else {
        struct build *b = build_begin(c, item->job, item);
        say_why(item, ITEM_LEFT, false, "");
        item->number = b->number;
        item->left_ms = now_ms;
    }
}

static void free_item(struct item *item)
{
    json_object_put(item->values);
    json_object_put(item->causes);
    free(item);
}

static void forget_left(struct ctl *c)
{
    int64_t limit_ms = wall_ms() - c->opt.left_ms;
    size_t kept = 0;
    for (size_t i = 0; i < c->n_items; i++) {
        struct item *item = c->items[i];
        if (item->state == ITEM_LEFT && item->left_ms < limit_ms) {
            free_item(item);
        } else {
            c->items[kept++] = item;
        }
    }
    c->n_items = kept;
}

void ctl_tick(struct ctl *c)
{
    for (size_t i = 0; i < c->n_jobs; i++) {
        struct job *job = &c->jobs[i];
        for (size_t k = 0; k < job->n_builds; k++) {
            if (job->builds[k]->ended_ms == 0) {
                build_tick(c, job->builds[k]);
            }
        }
    }
    for (size_t i = 0; i < c->n_items; i++) {
        if (c->items[i]->state != ITEM_LEFT) {
            move_on(c, c->items[i]);
        }
    }
    forget_left(c);
    if (wall_ms() - c->saved_ms >= c->opt.save_ms) {
        store_queue(c);
    }
}
