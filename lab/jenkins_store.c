/* What outlives the controller: a file a build, and one for the queue. */
#include "backend/mem.h"
#include "lab/jenkins.h"
#include "lab/jenkins_jobs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_int(json_object *o, const char *key, int64_t value)
{
    json_object_object_add(o, key, json_object_new_int64(value));
}

static int64_t get_int(json_object *o, const char *key)
{
    json_object *v;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static const char *get_text(json_object *o, const char *key)
{
    json_object *v;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : "";
}

static json_object *get_array(json_object *o, const char *key)
{
    json_object *v;
    return json_object_object_get_ex(o, key, &v) ? json_object_get(v) : json_object_new_array();
}

static void write_file(const char *path, json_object *o)
{
    char fresh[600];
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    if (json_object_to_file_ext(fresh, o, JSON_C_TO_STRING_PLAIN) == 0) {
        (void)rename(fresh, path);
    }
    json_object_put(o);
}

void store_build(struct ctl *c, const struct build *b)
{
    char path[512];
    json_object *o = json_object_new_object();
    json_object_object_add(o, "job", json_object_new_string(b->job->path));
    add_int(o, "number", b->number);
    add_int(o, "queueId", b->queue_id);
    add_int(o, "started", b->started_ms);
    add_int(o, "pid", b->pid);
    add_int(o, "born", b->born);
    add_int(o, "waits", b->waits_for_node);
    add_int(o, "nodeItem", b->node_item);
    json_object_object_add(o, "values", json_object_get(b->values));
    json_object_object_add(o, "causes", json_object_get(b->causes));
    write_file(build_file(c, b, "json", path, sizeof path), o);
}

static const char *queue_file(const struct ctl *c, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/queue.json", c->opt.home);
    return out;
}

void store_queue(struct ctl *c)
{
    char path[512];
    json_object *o = json_object_new_object(), *items = json_object_new_array();
    add_int(o, "nextId", c->next_id);
    for (size_t i = 0; i < c->n_items; i++) {
        const struct item *item = c->items[i];
        if (item->state == ITEM_LEFT) {
            continue;
        }
        json_object *one = json_object_new_object();
        add_int(one, "id", item->id);
        json_object_object_add(one, "job", json_object_new_string(item->job->path));
        add_int(one, "since", item->since_ms);
        json_object_object_add(one, "values", json_object_get(item->values));
        json_object_object_add(one, "causes", json_object_get(item->causes));
        json_object_array_add(items, one);
    }
    json_object_object_add(o, "items", items);
    write_file(queue_file(c, path, sizeof path), o);
    c->saved_ms = wall_ms();
}

/* --- reading it again */

static void load_build(struct ctl *c, const char *path)
{
    json_object *o = json_object_from_file(path);
    struct job *job = o ? ctl_job(c, get_text(o, "job")) : NULL;
    if (!job) {
        json_object_put(o);
        return;
    }
    struct build *b = mem_alloc(1, sizeof *b);
    *b = (struct build){.job = job,
                        .number = get_int(o, "number"),
                        .queue_id = get_int(o, "queueId"),
                        .started_ms = get_int(o, "started"),
                        .pid = (pid_t)get_int(o, "pid"),
                        .born = get_int(o, "born"),
                        .waits_for_node = get_int(o, "waits") != 0,
                        .node_item = get_int(o, "nodeItem"),
                        .values = get_array(o, "values"),
                        .causes = get_array(o, "causes")};
    json_object_put(o);
    job->builds = mem_realloc(job->builds, job->n_builds + 1, sizeof(struct build *));
    job->builds[job->n_builds++] = b;
    job->declared = true;
    if (b->number >= job->next_number) {
        job->next_number = b->number + 1;
    }
}

static int by_number(const void *a, const void *b)
{
    int64_t x = (*(struct build *const *)a)->number, y = (*(struct build *const *)b)->number;
    return (x > y) - (x < y);
}

static bool load_builds(struct ctl *c)
{
    char folder[400], path[700];
    (void)snprintf(folder, sizeof folder, "%s/builds", c->opt.home);
    (void)mkdir(folder, 0700);
    DIR *dir = opendir(folder);
    if (!dir) {
        return false;
    }
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (len > 5 && strcmp(e->d_name + len - 5, ".json") == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            load_build(c, path);
        }
    }
    (void)closedir(dir);
    for (size_t i = 0; i < c->n_jobs; i++) {
        if (c->jobs[i].n_builds > 0) {
            qsort(c->jobs[i].builds, c->jobs[i].n_builds, sizeof(struct build *), by_number);
        }
    }
    return true;
}

static void load_item(struct ctl *c, json_object *one)
{
    struct job *job = ctl_job(c, get_text(one, "job"));
    if (!job) {
        return;
    }
    struct item *item = mem_alloc(1, sizeof *item);
    *item = (struct item){.id = get_int(one, "id"),
                          .job = job,
                          .since_ms = get_int(one, "since"),
                          .values = get_array(one, "values"),
                          .causes = get_array(one, "causes")};
    c->items = mem_realloc(c->items, c->n_items + 1, sizeof(struct item *));
    c->items[c->n_items++] = item;
}

/* The file is used up: a controller that is killed before the next save starts with an empty
 * queue, and at id 1. */
static void load_queue(struct ctl *c)
{
    char path[512];
    json_object *items, *o = json_object_from_file(queue_file(c, path, sizeof path));
    c->next_id = 1;
    if (!o) {
        return;
    }
    c->next_id = get_int(o, "nextId");
    if (json_object_object_get_ex(o, "items", &items)) {
        for (size_t i = 0; i < json_object_array_length(items); i++) {
            load_item(c, json_object_array_get_idx(items, i));
        }
    }
    json_object_put(o);
    (void)unlink(path);
}

/* A running pipeline resumes, under another queue id. */
static void resume(struct ctl *c, struct build *b)
{
    char line[64];
    build_tick(c, b);
    if (b->ended_ms == 0) {
        b->queue_id = c->next_id++;
        (void)snprintf(line, sizeof line, "@RESUME %lld", (long long)wall_ms());
        build_note(c, b, line);
        store_build(c, b);
    }
}

bool store_load(struct ctl *c)
{
    (void)mkdir(c->opt.home, 0700);
    load_queue(c);
    if (!load_builds(c)) {
        return false;
    }
    for (size_t i = 0; i < c->n_jobs; i++) {
        for (size_t k = 0; k < c->jobs[i].n_builds; k++) {
            resume(c, c->jobs[i].builds[k]);
        }
    }
    return true;
}
