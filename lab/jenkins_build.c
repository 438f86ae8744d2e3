/* A build: a script in a session of its own whose output is the build's story. It goes on when the
 * controller is killed, and the next controller reads the story again from its beginning: that is
 * how a pipeline resumes. Lines that begin with '@' are the script's marks (see
 * lab/jenkins-pipeline), all others are its log. */
#define _GNU_SOURCE /* POSIX_SPAWN_SETSID, environ */
#include "backend/mem.h"
#include "lab/jenkins.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char note[] = "\033[8mha:////4AAAAEXAMPLEh+LCAAAAAAAAP9b85aBtbiIQTGjNKU4P08"
                           "vOT+vOD8nVc83PyU1x6OyILUoJzMv2y+/JJUBAhiZGBgqihhk0NSjKDWz"
                           "XLYDAK4ZUlAAAAAA\033[0m";

const char *build_file(const struct ctl *c, const struct build *b, const char *ending,
                       char *out, size_t size)
{
    char name[NAME_MAX_];
    (void)snprintf(name, sizeof name, "%s", b->job->path);
    for (char *p = name; *p; p++) {
        if (*p == '/' || *p == ' ') {
            *p = '_';
        }
    }
    (void)snprintf(out, size, "%s/builds/%s-%lld.%s", c->opt.home, name, (long long)b->number,
                   ending);
    return out;
}

/* --- the process */

/* The kernel's start time of a process; -1 when it is gone or a zombie. */
static int64_t born_of(pid_t pid)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f) {
        return -1;
    }
    size_t n = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    char *p = strrchr(text, ')');
    if (!p || strlen(p) < 3 || p[2] == 'Z' || p[2] == 'X') {
        return -1;
    }
    for (int field = 3; p && field < 23; field++) { /* proc(5): the start time is field 22 */
        p = strchr(p + 1, ' ');
    }
    return p ? strtoll(p, NULL, 10) : -1;
}

bool build_alive(const struct build *b)
{
    return b->pid > 0 && born_of(b->pid) == b->born;
}

static void add_env(struct buf *names, const char *name, const char *value)
{
    buf_text(names, name);
    buf_text(names, "=");
    buf_add(names, value, strlen(value) + 1);
}

/* The parameters, and where the lab is, on top of our own environment. */
static char **environment(const struct ctl *c, const struct build *b, struct buf *text)
{
    char number[24], pace[24], path[512];
    size_t n = json_object_array_length(b->values);
    for (size_t i = 0; i < n; i++) {
        json_object *v = json_object_array_get_idx(b->values, i), *name, *value;
        if (json_object_object_get_ex(v, "name", &name) &&
            json_object_object_get_ex(v, "value", &value)) {
            add_env(text, json_object_get_string(name), json_object_get_string(value));
        }
    }
    (void)snprintf(number, sizeof number, "%lld", (long long)b->number);
    (void)snprintf(pace, sizeof pace, "%lld", (long long)c->opt.pace_ms);
    add_env(text, "BUILD_NUMBER", number);
    add_env(text, "JOB_NAME", b->job->path);
    add_env(text, "LAB_KIND", b->job->pipeline ? "pipeline" : "freestyle");
    add_env(text, "LAB_RUN", c->opt.lab ? c->opt.lab : "");
    add_env(text, "LAB_HOME", c->opt.home);
    add_env(text, "LAB_KNOBS", c->opt.knobs);
    add_env(text, "LAB_PACE_MS", pace);
    add_env(text, "LAB_DRY", c->opt.dry || !c->opt.lab ? "yes" : "no");
    add_env(text, "LAB_ANSWER", build_file(c, b, "answer", path, sizeof path));
    size_t ours = 0, more = 0, at = 0;
    while (environ[ours]) {
        ours++;
    }
    for (size_t i = 0; i < text->len; i++) {
        more += text->data[i] == '\0';
    }
    char **list = mem_alloc(ours + more + 1, sizeof *list);
    for (; at < ours; at++) {
        list[at] = environ[at];
    }
    for (size_t i = 0; i < text->len; i += strlen(text->data + i) + 1) {
        list[at++] = text->data + i;
    }
    return list;
}

static bool spawn(struct ctl *c, struct build *b)
{
    char out[512];
    char bash[] = "bash";
    char *const argv[] = {bash, c->opt.script, NULL};
    struct buf text = {0};
    char **env = environment(c, b, &text);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, build_file(c, b, "out", out, sizeof out),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)posix_spawn_file_actions_adddup2(&files, 1, 2);
    (void)posix_spawnattr_init(&attr);
    sigset_t none, fallback;
    (void)sigemptyset(&none);
    (void)sigemptyset(&fallback);
    (void)sigaddset(&fallback, SIGPIPE);
    (void)sigaddset(&fallback, SIGCHLD);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setsigdefault(&attr, &fallback);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    bool ok = posix_spawnp(&b->pid, "bash", &files, &attr, argv, env) == 0;
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attr);
    free(env);
    buf_free(&text);
    return ok;
}

void build_launch(struct ctl *c, struct build *b)
{
    b->waits_for_node = false;
    char line[64];
    if (spawn(c, b)) {
        b->born = born_of(b->pid);
    } else {
        (void)snprintf(line, sizeof line, "@END %lld 127", (long long)wall_ms());
        build_note(c, b, line);
    }
    store_build(c, b);
}

static void log_header(struct build *b)
{
    json_object *first = json_object_array_get_idx(b->causes, 0), *user = NULL;
    (void)json_object_object_get_ex(first, "userId", &user);
    buf_printf(&b->log, "Started by user %s%s\n", note,
               user ? json_object_get_string(user) : "somebody");
    if (b->job->pipeline) {
        buf_printf(&b->log,
                   "%s[Pipeline] Start of Pipeline\n%s[Pipeline] node\nRunning on Jenkins in "
                   "/var/jenkins_home/workspace/%s\n%s[Pipeline] {\n",
                   note, note, b->job->path, note);
    } else {
        buf_printf(&b->log,
                   "Running as SYSTEM\nBuilding in workspace /var/jenkins_home/workspace/%s\n",
                   b->job->path);
    }
}

struct build *build_begin(struct ctl *c, struct job *job, struct item *item)
{
    struct build *b = mem_alloc(1, sizeof *b);
    *b = (struct build){.job = job,
                        .number = job->next_number++,
                        .queue_id = item->id,
                        .started_ms = wall_ms(),
                        .values = json_object_get(item->values),
                        .causes = json_object_get(item->causes)};
    job->builds = mem_realloc(job->builds, job->n_builds + 1, sizeof(struct build *));
    job->builds[job->n_builds++] = b;
    job->declared = true;
    if (job->pipeline && knob(c, "node", NULL)) {
        b->waits_for_node = true;
        b->node_item = c->next_id++;
        store_build(c, b);
    } else {
        build_launch(c, b);
    }
    return b;
}

void build_free(struct build *b)
{
    json_object_put(b->values);
    json_object_put(b->causes);
    buf_free(&b->line);
    buf_free(&b->log);
    free(b);
}

/* --- the story */

static struct stage *current(struct build *b)
{
    return b->n_stages > 0 ? &b->stages[b->n_stages - 1] : NULL;
}

static void end_pause(struct stage *s, int64_t at_ms)
{
    if (s && s->paused_since_ms) {
        s->paused_ms += at_ms - s->paused_since_ms;
        s->paused_since_ms = 0;
    }
}

static void mark_failed(struct build *b, struct stage *s)
{
    (void)snprintf(s->status, sizeof s->status, "%s", b->aborted ? "ABORTED" : "FAILED");
    (void)snprintf(s->error, sizeof s->error, "%s", b->error);
    (void)snprintf(s->error_type, sizeof s->error_type, "%s", b->error_type);
}

static void end_stage(struct build *b, int64_t at_ms)
{
    struct stage *s = current(b);
    if (!s || s->ended_ms) {
        return;
    }
    end_pause(s, at_ms);
    s->ended_ms = at_ms;
    if (strcmp(s->status, "IN_PROGRESS") == 0) {
        (void)snprintf(s->status, sizeof s->status, "SUCCESS");
    }
    buf_printf(&b->log, "%s[Pipeline] }\n%s[Pipeline] // stage\n", note, note);
}

static struct stage *begin_stage(struct build *b, int64_t at_ms, const char *name)
{
    end_stage(b, at_ms);
    if (b->n_stages == STAGES_MAX) {
        return NULL;
    }
    struct stage *s = &b->stages[b->n_stages++];
    *s = (struct stage){.started_ms = at_ms, .status = "IN_PROGRESS"};
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    buf_printf(&b->log, "%s[Pipeline] stage\n%s[Pipeline] { (%s)\n", note, note, name);
    return s;
}

static void skip_stage(struct build *b, int64_t at_ms, const char *name)
{
    struct stage *s = begin_stage(b, at_ms, name);
    if (s) {
        mark_failed(b, s);
        s->mark = MARK_SKIPPED;
        buf_printf(&b->log, "Stage \"%s\" skipped due to earlier failure(s)\n", name);
        buf_printf(&b->log, "%s[Pipeline] getContext\n", note);
        end_stage(b, at_ms);
        s->ended_ms = at_ms + 32;
    }
}

static void fail_stage(struct build *b, const char *type, const char *message)
{
    (void)snprintf(b->error, sizeof b->error, "%s", message);
    (void)snprintf(b->error_type, sizeof b->error_type, "%s", type);
    struct stage *s = current(b);
    if (s && !s->ended_ms) {
        mark_failed(b, s);
    }
}

static void abort_stage(struct build *b, int64_t at_ms)
{
    b->aborted = true;
    end_pause(current(b), at_ms);
    fail_stage(b, "org.jenkinsci.plugins.workflow.steps.FlowInterruptedException", "");
}

static void end_build(struct build *b, int64_t at_ms, int rc)
{
    if (rc != 0 && !b->error_type[0]) {
        char message[64];
        (void)snprintf(message, sizeof message, "script returned exit code %d", rc);
        fail_stage(b, "hudson.AbortException", message);
    }
    end_stage(b, at_ms);
    b->input_id[0] = '\0';
    b->ended_ms = at_ms;
    const char *result = b->aborted ? "ABORTED" : rc == 0 ? "SUCCESS" : "FAILURE";
    (void)snprintf(b->result, sizeof b->result, "%s", result);
    if (b->job->pipeline) {
        buf_printf(&b->log,
                   "%s[Pipeline] }\n%s[Pipeline] // node\n%s[Pipeline] End of Pipeline\n", note,
                   note, note);
    }
    if (b->error[0]) {
        buf_printf(&b->log, "ERROR: %s\n", b->error);
    }
    buf_printf(&b->log, "%sFinished: %s\n", note, result);
}

/* "@WORD MS REST" */
static void take_mark(struct build *b, const char *line)
{
    char word[16] = "";
    long long at_ms = 0;
    int skip = 0;
    if (sscanf(line, "@%15s %lld %n", word, &at_ms, &skip) < 2) {
        return;
    }
    const char *rest = line + skip;
    if (strcmp(word, "STAGE") == 0) {
        (void)begin_stage(b, at_ms, rest);
    } else if (strcmp(word, "SKIP") == 0) {
        skip_stage(b, at_ms, rest);
    } else if (strcmp(word, "FAIL") == 0) {
        fail_stage(b, "hudson.AbortException", rest);
        (void)snprintf(b->result, sizeof b->result, "FAILURE"); /* and yet it goes on a while */
    } else if (strcmp(word, "INPUT") == 0) {
        (void)snprintf(b->input_id, sizeof b->input_id, "%.*s", (int)strcspn(rest, " "), rest);
        rest += strcspn(rest, " ");
        (void)snprintf(b->input_message, sizeof b->input_message, "%s", rest + (*rest == ' '));
        if (current(b)) {
            current(b)->paused_since_ms = at_ms;
        }
        buf_printf(&b->log, "%s[Pipeline] input\n%s\nProceed or Abort\n", note,
                   b->input_message);
    } else if (strcmp(word, "DECIDED") == 0) {
        b->input_id[0] = '\0';
        end_pause(current(b), at_ms);
    } else if (strcmp(word, "APPROVED") == 0) {
        buf_printf(&b->log, "Approved by %s%s\n", note, rest);
    } else if (strcmp(word, "REJECTED") == 0) {
        abort_stage(b, at_ms);
        buf_printf(&b->log, "Rejected by %s%s\n", note, rest);
    } else if (strcmp(word, "ABORT") == 0) {
        abort_stage(b, at_ms);
        buf_printf(&b->log, "Aborted by %s%s\nSending interrupt signal to process\n", note,
                   rest);
    } else if (strcmp(word, "RESUME") == 0) {
        buf_printf(&b->log,
                   "Resuming build at %lld after Jenkins restart\nReady to run at %lld\n",
                   at_ms, at_ms);
    } else if (strcmp(word, "END") == 0) {
        end_build(b, at_ms, (int)strtol(rest, NULL, 10));
    }
}

/* A line at a time: a mark counts only as a whole. */
static void take(struct build *b, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n') {
            buf_add(&b->line, data + i, 1);
            continue;
        }
        if (b->line.len > 0 && b->line.data[0] == '@') {
            take_mark(b, b->line.data);
        } else {
            buf_add(&b->log, b->line.len > 0 ? b->line.data : "", b->line.len);
            buf_text(&b->log, "\n");
        }
        buf_clear(&b->line);
    }
}

static void read_story(const struct ctl *c, struct build *b)
{
    char path[512], data[8192];
    int fd = open(build_file(c, b, "out", path, sizeof path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t n;
    while ((n = pread(fd, data, sizeof data, b->out_offset)) > 0) {
        b->out_offset += n;
        take(b, data, (size_t)n);
    }
    (void)close(fd);
}

void build_note(struct ctl *c, struct build *b, const char *line)
{
    char path[512], text[256];
    int n = snprintf(text, sizeof text, "%s%s\n", b->line.len > 0 ? "\n" : "", line);
    int fd = open(build_file(c, b, "out", path, sizeof path),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)!write(fd, text, (size_t)n);
        (void)close(fd);
    }
}

void build_tick(struct ctl *c, struct build *b)
{
    if (b->log.len == 0) {
        log_header(b);
    }
    if (b->waits_for_node) {
        if (!knob(c, "node", NULL)) {
            build_launch(c, b);
        }
        return;
    }
    bool alive = build_alive(b); /* before reading: what it wrote last is read below */
    read_story(c, b);
    if (!alive && b->ended_ms == 0) {
        char line[64];
        (void)snprintf(line, sizeof line, "@END %lld 137", (long long)wall_ms());
        build_note(c, b, line);
        read_story(c, b);
    }
}

/* Stops as Jenkins does: it asks, and the script may take its time. */
void build_stop(struct ctl *c, struct build *b, const char *user)
{
    char line[128];
    if (b->ended_ms || b->aborted) {
        return;
    }
    (void)snprintf(line, sizeof line, "@ABORT %lld %s", (long long)wall_ms(), user);
    build_note(c, b, line);
    if (b->waits_for_node) {
        (void)snprintf(line, sizeof line, "@END %lld 143", (long long)wall_ms());
        build_note(c, b, line);
        b->waits_for_node = false;
        store_build(c, b);
    } else if (build_alive(b)) {
        (void)kill(-b->pid, SIGTERM);
    }
    read_story(c, b);
}

/* The script waits for this file. */
void build_answer(struct ctl *c, struct build *b, bool proceed, const char *user)
{
    char path[512], fresh[520], line[128];
    build_file(c, b, "answer", path, sizeof path);
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    (void)snprintf(line, sizeof line, "@DECIDED %lld", (long long)wall_ms());
    build_note(c, b, line);
    (void)snprintf(line, sizeof line, "@%s %lld %s", proceed ? "APPROVED" : "REJECTED",
                   (long long)wall_ms(), user);
    build_note(c, b, line);
    FILE *f = fopen(fresh, "we");
    if (f) {
        (void)fprintf(f, "%s\n", proceed ? "proceed" : "abort");
        (void)fclose(f);
        (void)rename(fresh, path);
    }
    read_story(c, b);
}
