/* Programs of the operator: the message is JSON on their standard input. */
#include "backend/record/notify_channel.h"

#include <stdlib.h>
#include <string.h>

#include "backend/net/command.h"

bool send_exec(const struct config_exec *exec, const struct parcel *p, struct error *err)
{
    char *json = parcel_json(p);
    struct command c = {.argv = exec->command,
                        .input = json,
                        .input_len = strlen(json),
                        .timeout_ms = exec->timeout_ms,
                        .stop = p->stop};
    bool ok = command_run(&c, NULL, 0, NULL, err);
    free(json);
    return ok;
}
