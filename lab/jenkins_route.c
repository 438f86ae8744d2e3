/* Which answer goes with which address. */
#include "lab/jenkins_http.h"

#include "backend/mem.h"
#include "lab/jenkins_routes.h"
#include "lab/util.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool is_post(const struct request *q)
{
    return strcmp(q->method, "POST") == 0;
}

void not_found(struct reply *r)
{
    reply_page(r, 404, KIND_PAGE, "Not Found - Jenkins", "Not Found");
}

void wants_post(struct reply *r)
{
    reply_page(r, 405, KIND_PAGE, "Method Not Allowed - Jenkins",
               "This URL requires POST: method GET was sent");
    reply_header(r, "Allow", "POST");
}

void forbidden(const struct request *q, struct reply *r, const char *permission,
               const char *class)
{
    char text[160];
    (void)snprintf(text, sizeof text, "%s is missing the %s permission", q->user->name,
                   permission);
    reply_page(r, 403, KIND_PAGE, "Access Denied - Jenkins", text);
    reply_header(r, "X-You-Are-Authenticated-As", q->user->name);
    reply_header(r, "X-Required-Permission", class);
    reply_header(r, "X-Permission-Implied-By", "hudson.model.Hudson.Administer");
}

/* An api/json answer, cut to tree=; puts o. */
void show(struct request *q, struct reply *r, json_object *o)
{
    const char *tree = request_value(q, "tree");
    if (tree) {
        json_object *part = tree_filter(o, tree);
        json_object_put(o);
        o = part;
    }
    if (o) {
        reply_json(r, KIND_API, o);
    } else {
        reply_page(r, 500, KIND_PAGE, "Oops! - Jenkins",
                   "A problem occurred: tree makes no sense");
    }
}

static void who_am_i(struct request *q, struct reply *r)
{
    json_object *o = json_object_new_object(), *groups = json_object_new_array();
    json_object_object_add(o, "_class", json_object_new_string("hudson.security.WhoAmI"));
    json_object_object_add(o, "anonymous", json_object_new_boolean(0));
    json_object_object_add(o, "authenticated", json_object_new_boolean(1));
    json_object_array_add(groups, json_object_new_string("authenticated"));
    json_object_object_add(o, "authorities", groups);
    json_object_object_add(o, "name", json_object_new_string(q->user->name));
    show(q, r, o);
}

static void me(struct request *q, struct reply *r)
{
    json_object *o = json_object_new_object();
    json_object_object_add(o, "_class", json_object_new_string("hudson.model.User"));
    json_object_object_add(o, "fullName", json_object_new_string(q->user->name));
    json_object_object_add(o, "id", json_object_new_string(q->user->name));
    show(q, r, o);
}

/* --- the queue */

static struct item *item_of(struct ctl *c, const char *text)
{
    int64_t id;
    return text && util_parse(text, 1, INT64_MAX, &id) ? ctl_item(c, id) : NULL;
}

static void cancel(struct request *q, struct reply *r, struct item *item)
{
    if (!is_post(q)) {
        wants_post(r);
    } else if (!item) {
        not_found(r);
    } else if (!q->user->may_cancel) {
        reply_page(r, 422, KIND_PAGE, "Oops! - Jenkins", "Cannot cancel this item");
    } else if (item->state == ITEM_LEFT) {
        reply_page(r, 500, KIND_PAGE, "Oops! - Jenkins", "A problem occurred");
    } else {
        ctl_cancel(item);
        r->status = 204;
        r->kind = KIND_EMPTY;
    }
}

static void route_queue(struct ctl *c, struct request *q, struct reply *r, char **parts,
                        size_t n)
{
    if (n == 2 && strcmp(parts[0], "api") == 0 && strcmp(parts[1], "json") == 0) {
        show(q, r, json_queue(c, q->base));
    } else if (n == 1 && strcmp(parts[0], "cancelItem") == 0) {
        cancel(q, r, item_of(c, request_value(q, "id")));
    } else if (n == 4 && strcmp(parts[0], "item") == 0 && strcmp(parts[2], "api") == 0 &&
               item_of(c, parts[1])) {
        show(q, r, json_item(item_of(c, parts[1]), q->base));
    } else if (n == 3 && strcmp(parts[0], "item") == 0 &&
               strcmp(parts[2], "cancelQueue") == 0) {
        cancel(q, r, item_of(c, parts[1]));
    } else {
        not_found(r); /* an item without api/json, too */
    }
}

/* --- the way to it */

/* "job/a/job/b/rest..." gives the path "a/b" and how many parts it took. */
static size_t job_path(char **parts, size_t n, char *out, size_t size)
{
    size_t used = 0, at = 0;
    out[0] = '\0';
    while (used + 1 < n && strcmp(parts[used], "job") == 0 && at + 1 < size) {
        at += (size_t)snprintf(out + at, size - at, "%s%s", at > 0 ? "/" : "", parts[used + 1]);
        used += 2;
    }
    return used;
}

static void route_jobs(struct ctl *c, struct request *q, struct reply *r, char **parts,
                       size_t n)
{
    char path[NAME_MAX_];
    size_t used = job_path(parts, n, path, sizeof path);
    struct job *job = ctl_job(c, path);
    if (!job) {
        not_found(r);
    } else if (used == n && q->path[strlen(q->path) - 1] != '/') {
        r->status = 302;
        r->kind = KIND_EMPTY;
        (void)snprintf(r->location, sizeof r->location, "%s%s/", q->front, q->path);
    } else {
        route_job(c, q, r, job, parts + used, n - used);
    }
}

static void route_parts(struct ctl *c, struct request *q, struct reply *r, char **parts,
                        size_t n)
{
    bool api = n >= 2 && strcmp(parts[n - 2], "api") == 0 && strcmp(parts[n - 1], "json") == 0;
    if (n == 0) {
        reply_page(r, 200, KIND_PAGE, "Dashboard - Jenkins", "Welcome to Jenkins!");
    } else if (api && n == 2) {
        show(q, r, json_root(c, q->base));
    } else if (api && n == 3 && strcmp(parts[0], "whoAmI") == 0) {
        who_am_i(q, r);
    } else if (api && n == 3 && strcmp(parts[0], "me") == 0) {
        me(q, r);
    } else if (api && n == 3 && strcmp(parts[0], "crumbIssuer") == 0) {
        auth_issue_crumb(c, r);
    } else if (strcmp(parts[0], "queue") == 0) {
        route_queue(c, q, r, parts + 1, n - 1);
    } else if (strcmp(parts[0], "job") == 0) {
        route_jobs(c, q, r, parts, n);
    } else {
        not_found(r);
    }
}

/* False: answered already. */
static bool may_enter(struct ctl *c, struct request *q, struct reply *r)
{
    static const char no_crumb[] = "Error 403 No valid crumb was included in the request";
    if (q->who == WHO_WRONG) {
        reply_page(r, 401, KIND_JETTY, "Error 401 Unauthorized", "HTTP ERROR 401 Unauthorized");
        reply_header(r, "WWW-Authenticate", "Basic realm=\"Jenkins\"");
        return false;
    }
    if (is_post(q) && q->who != WHO_TOKEN && !auth_crumb_ok(c, q)) {
        reply_page(r, 403, KIND_JETTY, no_crumb, no_crumb + 6);
        return false;
    }
    if (q->who == WHO_NOBODY) {
        reply_page(r, 403, KIND_LOGIN, "Authentication required", "Authentication required");
        return false;
    }
    return true;
}

/* Decodes percents and nothing else: a '+' in a path is a '+'. */
void route(struct ctl *c, struct request *q, struct reply *r)
{
    char *parts[32], *rest = NULL;
    size_t n = 0;
    if (!may_enter(c, q, r)) {
        return;
    }
    if (q->path[0] == '\0') { /* "/ci" */
        r->status = 302;
        r->kind = KIND_EMPTY;
        (void)snprintf(r->location, sizeof r->location, "%s/", q->front);
        return;
    }
    char *copy = mem_strdup(q->path);
    for (char *p = strtok_r(copy, "/", &rest); p && n < 32; p = strtok_r(NULL, "/", &rest)) {
        (void)MHD_http_unescape(p);
        parts[n++] = p;
    }
    route_parts(c, q, r, parts, n);
    free(copy);
}
