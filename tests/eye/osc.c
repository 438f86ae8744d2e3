#include "tests/eye/osc.h"

#include <stdio.h>
#include <string.h>

enum { OSC_GROUND, OSC_ESCAPE, OSC_BODY, OSC_BODY_ESCAPE };

static int base64_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

/* Decodes up to the first character that is not base64; out is as big as in. */
static void decode_base64(const char *in, char *out)
{
    unsigned bits = 0;
    int count = 0;
    for (int value; (value = base64_value(*in)) >= 0; in++) {
        bits = (bits << 6 | (unsigned)value) & 0xFFFF;
        count += 6;
        if (count >= 8) {
            count -= 8;
            *out++ = (char)(bits >> count & 0xFF);
        }
    }
    *out = '\0';
}

static void finish_command(struct osc *o)
{
    o->text[o->len] = '\0';
    o->len = 0;
    if (strncmp(o->text, "0;", 2) == 0 || strncmp(o->text, "2;", 2) == 0) {
        (void)snprintf(o->title, sizeof o->title, "%s", o->text + 2);
        return;
    }
    if (strncmp(o->text, "9;", 2) == 0 || strncmp(o->text, "777;notify;", 11) == 0) {
        (void)snprintf(o->popup, sizeof o->popup, "%s", o->text);
        o->popups++;
        return;
    }
    const char *data = strncmp(o->text, "52;", 3) == 0 ? strchr(o->text + 3, ';') : NULL;
    if (data) {
        decode_base64(data + 1, o->clipboard);
    }
}

static void append(struct osc *o, char c)
{
    if (o->len + 1 < sizeof o->text) {
        o->text[o->len++] = c;
    }
}

static int feed_ground(struct osc *o, char c)
{
    if (c == '\a') {
        o->bells++;
    }
    return c == '\033' ? OSC_ESCAPE : OSC_GROUND;
}

static int feed_body(struct osc *o, char c)
{
    if (c == '\a') {
        finish_command(o);
        return OSC_GROUND;
    }
    if (c == '\033') {
        return OSC_BODY_ESCAPE;
    }
    append(o, c);
    return OSC_BODY;
}

/* ESC \ ends a command; ESC and anything else aborts it (xterm's ctlseqs). */
static int feed_body_escape(struct osc *o, char c)
{
    if (c == '\\') {
        finish_command(o);
        return OSC_GROUND;
    }
    o->len = 0;
    return c == ']' ? OSC_BODY : OSC_GROUND;
}

void osc_feed(struct osc *o, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (o->state) {
        case OSC_ESCAPE:
            o->state = bytes[i] == ']' ? OSC_BODY : feed_ground(o, bytes[i]);
            break;
        case OSC_BODY:
            o->state = feed_body(o, bytes[i]);
            break;
        case OSC_BODY_ESCAPE:
            o->state = feed_body_escape(o, bytes[i]);
            break;
        default:
            o->state = feed_ground(o, bytes[i]);
        }
    }
}
