/* The channels of a configuration, and how each delivers a message. Any thread; each call blocks
 * until the message is accepted or not, at most the channel's timeout for each step. */
#ifndef DRTOP_RECORD_NOTIFY_CHANNEL_H
#define DRTOP_RECORD_NOTIFY_CHANNEL_H

#include "backend/config.h"
#include "backend/record/notify_queue.h"

#include <stdatomic.h>

#define CHANNELS_MAX (1 + CONFIG_WEBHOOKS_MAX + CONFIG_EXECS_MAX)

struct channel {
    char key[MESSAGE_CHANNEL_MAX]; /* "mail", "webhook ops", "exec pager" */
    const struct config *config;
    const struct config_mail *mail; /* one of the three is not NULL */
    const struct config_webhook *webhook;
    const struct config_exec *exec;
};
size_t channel_list(const struct config *cfg, struct channel out[CHANNELS_MAX]);

/* What is sent: a message, parsed. */
struct parcel {
    const struct message *message;
    struct json_object *body;
    const atomic_bool *stop; /* another thread sets it to give up at once; may be NULL */
};

/* False with err set, which holds no secret, when it was not accepted. */
bool channel_send(const struct channel *c, const struct message *m, const atomic_bool *stop,
                  struct error *err);

/* Of the three files: */
bool send_mail(const struct config_mail *mail, const struct parcel *p, struct error *err);
bool send_webhook(const struct config_webhook *hook, const struct parcel *p, struct error *err);
bool send_exec(const struct config_exec *exec, const struct parcel *p, struct error *err);

/* A text of the body, "" if it has none. */
const char *parcel_text(const struct parcel *p, const char *key);
/* The body as JSON for programs: with the id, without the forms for people that they cannot use.
 * On the heap. */
char *parcel_json(const struct parcel *p);

#endif
