#include "backend/record/notify_channel.h"

#include <json.h>
#include <stdio.h>
#include <string.h>

#include "backend/mem.h"

size_t channel_list(const struct config *cfg, struct channel out[CHANNELS_MAX])
{
    const struct config_notify *notify = &cfg->notify;
    size_t n = 0;
    if (notify->mail.present && notify->mail.n_recipients) {
        out[n++] = (struct channel){.key = "mail", .config = cfg, .mail = &notify->mail};
    }
    for (size_t i = 0; i < notify->n_webhooks; i++) {
        struct channel *c = &out[n++];
        *c = (struct channel){.config = cfg, .webhook = &notify->webhooks[i]};
        (void)snprintf(c->key, sizeof c->key, "webhook %s", c->webhook->name);
    }
    for (size_t i = 0; i < notify->n_execs; i++) {
        struct channel *c = &out[n++];
        *c = (struct channel){.config = cfg, .exec = &notify->execs[i]};
        (void)snprintf(c->key, sizeof c->key, "exec %s", c->exec->name);
    }
    return n;
}

const char *parcel_text(const struct parcel *p, const char *key)
{
    json_object *v = NULL;
    if (!json_object_object_get_ex(p->body, key, &v) || !v) {
        return "";
    }
    return json_object_get_string(v);
}

char *parcel_json(const struct parcel *p)
{
    json_object *o = json_object_new_object();
    (void)json_object_object_add(o, "id", json_object_new_string(p->message->id));
    json_object_object_foreach(p->body, key, value)
    {
        if (strcmp(key, "html") != 0 && strcmp(key, "chat") != 0) {
            (void)json_object_object_add(o, key, json_object_get(value));
        }
    }
    char *text = mem_strdup(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(o);
    return text;
}

bool channel_send(const struct channel *c, const struct message *m, const atomic_bool *stop,
                  struct error *err)
{
    struct parcel p = {.message = m, .body = json_tokener_parse(m->body), .stop = stop};
    bool ok = false;
    if (!p.body || !json_object_is_type(p.body, json_type_object)) {
        error_set(err, "the message is damaged");
    } else if (c->mail) {
        ok = send_mail(c->mail, &p, err);
    } else if (c->webhook) {
        ok = send_webhook(c->webhook, &p, err);
    } else {
        ok = send_exec(c->exec, &p, err);
    }
    (void)json_object_put(p.body);
    return ok;
}
