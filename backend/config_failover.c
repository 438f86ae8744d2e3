#include "backend/config_failover.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/failover/jenkins.h"
#include "backend/mem.h"

#define DESTROY "DESTROY_TERRAFORM"

void config_failover_derive(struct config *cfg)
{
    struct config_failover *f = &cfg->failover;
    f->present = f->jenkins.url != NULL;
    if (!f->present || f->target) {
        return;
    }
    f->target = mem_strdup(cfg->dr.name);
    for (char *c = f->target; *c; c++) {
        *c = *c == ' ' ? '-' : *c;
    }
}

/* Segments become parts of a URL, so none may be empty or climb. */
static bool check_path(const char *path, const struct config_node *job, struct error *err)
{
    const char *at = path;
    while (true) {
        size_t len = strcspn(at, "/");
        bool dots = (len == 1 && at[0] == '.') || (len == 2 && strncmp(at, "..", 2) == 0);
        if (len == 0 || dots) {
            return config_node_fail(config_node_at(job, "/path"), err,
                                    "no path of a job, expected names with one / between "
                                    "them, such as \"ops/fail over\"");
        }
        if (at[len] == '\0') {
            break;
        }
        at += len + 1;
    }
    if (strlen(path) >= JENKINS_NAME_MAX * 2) {
        return config_node_fail(config_node_at(job, "/path"), err,
                                "%zu bytes long, expected fewer than %d", strlen(path),
                                JENKINS_NAME_MAX * 2);
    }
    return true;
}

/* Jenkins takes any spelling of a boolean but "true" for false, other readers of the same parameter
 * do not: one value alone is safe. */
static bool check_destroy(const struct config_parameter *p, const struct config_node *node,
                          struct error *err)
{
    if (strcasecmp(p->name, DESTROY) != 0 || strcmp(p->value, "false") == 0) {
        return true;
    }
    char shown[CONFIG_QUOTE_SIZE];
    const struct config_node *value = config_node_at(node, "/value");
    return config_node_fail(value, err,
                            "%s: this run would be asked to destroy the infrastructure that a "
                            "failover relies on, expected \"false\" for " DESTROY,
                            config_node_quote(value, shown));
}

static bool check_lengths(const struct config_parameter *p, const struct config_node *node,
                          struct error *err)
{
    if (strlen(p->name) >= JENKINS_NAME_MAX) {
        return config_node_fail(config_node_at(node, "/name"), err,
                                "%zu bytes long, expected fewer than %d", strlen(p->name),
                                JENKINS_NAME_MAX);
    }
    if (strlen(p->value) >= JENKINS_VALUE_MAX) {
        return config_node_fail(config_node_at(node, "/value"), err,
                                "%zu bytes long, expected fewer than %d", strlen(p->value),
                                JENKINS_VALUE_MAX);
    }
    return true;
}

static bool check_parameter(const struct config_failover *f, const struct config_job *job,
                            size_t i, const struct config_node *node, struct error *err)
{
    const struct config_parameter *p = &job->parameters[i];
    const char *const own[] = {f->request_id_parameter, f->operator_parameter,
                               f->reason_parameter};
    for (size_t k = 0; k < sizeof own / sizeof *own; k++) {
        if (strcasecmp(p->name, own[k]) == 0) {
            return config_node_fail(config_node_at(node, "/name"), err,
                                    "drtop fills in \"%s\" itself, expected it only as a "
                                    "\"..._parameter\" of \"failover\"",
                                    p->name);
        }
    }
    for (size_t k = 0; k < i; k++) {
        if (strcasecmp(p->name, job->parameters[k].name) == 0) {
            return config_node_fail(config_node_at(node, "/name"), err,
                                    "the parameter \"%s\" is there already, expected each once",
                                    p->name);
        }
    }
    return check_destroy(p, node, err) && check_lengths(p, node, err);
}

static bool check_job(const struct config_failover *f, const struct config_job *job,
                      const struct config_node *node, struct error *err)
{
    if (!job->path) {
        return true; /* no drill */
    }
    if (!check_path(job->path, node, err)) {
        return false;
    }
    const struct config_node *list = config_node_get(node, "parameters");
    const struct config_node *element = job->n_parameters > 0 ? config_node_first(list) : NULL;
    for (size_t i = 0; i < job->n_parameters; i++, element = config_node_next(element)) {
        if (!check_parameter(f, job, i, element, err)) {
            return false;
        }
    }
    return true;
}

static bool sends(const struct config_job *job, const struct config_parameter *p)
{
    for (size_t i = 0; i < job->n_parameters; i++) {
        if (strcmp(job->parameters[i].name, p->name) == 0) {
            return strcmp(job->parameters[i].value, p->value) == 0;
        }
    }
    return false;
}

/* A drill that sends what a failover sends is a failover. */
static bool check_drill(const struct config_failover *f, const struct config_node *node,
                        struct error *err)
{
    const struct config_job *job = &f->job, *drill = &f->drill;
    bool same = drill->path && strcmp(drill->path, job->path) == 0 &&
                drill->n_parameters == job->n_parameters;
    for (size_t i = 0; same && i < drill->n_parameters; i++) {
        same = sends(job, &drill->parameters[i]);
    }
    if (same) {
        return config_node_fail(config_node_get(node, "drill"), err,
                                "the same job and parameters as \"job\", so a drill would fail "
                                "over, expected another \"path\" or another parameter");
    }
    return true;
}

static bool check_own_parameters(const struct config_failover *f,
                                 const struct config_node *node, struct error *err)
{
    static const char *const keys[] = {"/request_id_parameter", "/operator_parameter",
                                       "/reason_parameter"};
    const char *const names[] = {f->request_id_parameter, f->operator_parameter,
                                 f->reason_parameter};
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(names[i], DESTROY) == 0 || strlen(names[i]) >= JENKINS_NAME_MAX) {
            return config_node_fail(config_node_at(node, keys[i]), err,
                                    "no name for a parameter of drtop's, expected one such as "
                                    "\"DRTOP_%s\"",
                                    i == 0   ? "REQUEST_ID"
                                    : i == 1 ? "OPERATOR"
                                             : "REASON");
        }
        for (size_t k = 0; k < i; k++) {
            if (strcasecmp(names[i], names[k]) == 0) {
                return config_node_fail(config_node_at(node, keys[i]), err,
                                        "the same name as \"%s\", expected a parameter of its "
                                        "own",
                                        keys[k] + 1);
            }
        }
    }
    return true;
}

/* True when a phase before i, or i itself before its k-th stage, has the same stage. */
static bool stage_is_taken(const struct config_failover *f, size_t i, size_t k)
{
    const char *stage = f->phases[i].stages[k];
    for (size_t p = 0; p <= i; p++) {
        char **stages = f->phases[p].stages;
        for (size_t s = 0; stages[s] && !(p == i && s == k); s++) {
            if (strcmp(stages[s], stage) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool check_stages(const struct config_failover *f, size_t i,
                         const struct config_node *phase, struct error *err)
{
    const struct config_node *stage = config_node_first(config_node_get(phase, "stages"));
    for (size_t k = 0; f->phases[i].stages[k]; k++, stage = config_node_next(stage)) {
        if (stage_is_taken(f, i, k)) {
            return config_node_fail(stage, err,
                                    "the stage \"%s\" belongs to a phase already, expected it "
                                    "once",
                                    f->phases[i].stages[k]);
        }
    }
    return true;
}

static bool check_phases(const struct config_failover *f, const struct config_node *node,
                         struct error *err)
{
    const struct config_node *phase = config_node_get(node, "phases");
    phase = f->n_phases > 0 ? config_node_first(phase) : NULL;
    bool marked = false;
    for (size_t i = 0; i < f->n_phases; i++, phase = config_node_next(phase)) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(f->phases[i].name, f->phases[k].name) == 0) {
                return config_node_fail(config_node_at(phase, "/name"), err,
                                        "the name \"%s\" is taken, expected another \"name\" "
                                        "for each of \"phases\"",
                                        f->phases[i].name);
            }
        }
        if (f->phases[i].no_return && marked) {
            return config_node_fail(config_node_at(phase, "/no_return"), err,
                                    "a second point of no return, expected one at most: the "
                                    "first phase that cannot be undone");
        }
        marked = marked || f->phases[i].no_return;
        if (!check_stages(f, i, phase, err)) {
            return false;
        }
    }
    return true;
}

static bool check_verify(const struct config_failover *f, const struct config_node *node,
                         struct error *err)
{
    struct in6_addr address;
    if (!f->verify_name != !f->verify_address) {
        return config_node_fail(
            config_node_at(node, f->verify_name ? "/verify_name" : "/verify_address"), err,
            "half of a check, expected both \"verify_name\" and "
            "\"verify_address\"");
    }
    if (f->verify_address && inet_pton(AF_INET, f->verify_address, &address) != 1 &&
        inet_pton(AF_INET6, f->verify_address, &address) != 1) {
        return config_node_fail(config_node_at(node, "/verify_address"), err,
                                "no address, expected one in digits, such as \"203.0.113.7\"");
    }
    return true;
}

static bool check_target(const struct config_failover *f, const struct config_node *node,
                         struct error *err)
{
    if (strchr(f->target, ' ')) {
        return config_node_fail(config_node_at(node, "/target"), err,
                                "holds a blank, expected one word, such as \"azure-eastus\"");
    }
    return true;
}

bool config_failover_check(const struct config_failover *f, const struct config_node *node,
                           struct error *err)
{
    if (!f->present) {
        return true;
    }
    return check_job(f, &f->job, config_node_get(node, "job"), err) &&
           check_job(f, &f->drill, config_node_get(node, "drill"), err) &&
           check_drill(f, node, err) && check_own_parameters(f, node, err) &&
           check_target(f, node, err) && check_phases(f, node, err) &&
           check_verify(f, node, err);
}
