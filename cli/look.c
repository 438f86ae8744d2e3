#include "cli/cli.h"

#include <limits.h>
#include <unistd.h>

#define STOP_MS 500

const char cli_version[] = DRTOP_VERSION;

struct config *cli_load(const char *path, struct error *err)
{
    char found[PATH_MAX];
    return config_find(path, found, sizeof found, err) ? config_load(found, err) : NULL;
}

struct snapshot *cli_look(const struct config *cfg, struct observer **out_observer)
{
    struct error err;
    struct observer *o = observer_start(cfg, &clock_system, &err);
    if (!o) {
        cli_complain("drtop: %s", err.text);
        return NULL;
    }
    struct snapshot *s = observer_wait(o, observer_patience_ms(cfg));
    *out_observer = o;
    return s;
}

void cli_stop(struct observer *observer, int status)
{
    if (!observer_stop(observer, STOP_MS)) {
        (void)fflush(NULL);
        _exit(status);
    }
}
