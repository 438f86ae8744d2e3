#include "backend/tunnel/vici.h"

#include <string.h>

size_t vici_length(const unsigned char header[VICI_HEADER])
{
    size_t len =
        (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3];
    return len <= VICI_FRAME_MAX ? len : 0;
}

static size_t left(const struct vici_reader *r)
{
    return (size_t)(r->end - r->at);
}

static bool take(struct vici_reader *r, size_t len, struct vici_text *out)
{
    if (left(r) < len) {
        return false;
    }
    *out = (struct vici_text){(const char *)r->at, len};
    r->at += len;
    return true;
}

/* A text behind its length of one byte. */
static bool take_name(struct vici_reader *r, struct vici_text *out)
{
    if (left(r) < 1) {
        return false;
    }
    size_t len = *r->at++;
    return take(r, len, out);
}

/* A text behind its length of two bytes. */
static bool take_value(struct vici_reader *r, struct vici_text *out)
{
    if (left(r) < 2) {
        return false;
    }
    size_t len = (size_t)r->at[0] << 8 | r->at[1];
    r->at += 2;
    return take(r, len, out);
}

static bool is_named(unsigned type)
{
    return type == VICI_REQUEST || type == VICI_REGISTER || type == VICI_UNREGISTER ||
           type == VICI_EVENT;
}

bool vici_frame_read(const unsigned char *bytes, size_t len, struct vici_frame *out)
{
    if (len == 0 || bytes[0] > VICI_EVENT) {
        return false;
    }
    struct vici_frame f = {.type = (enum vici_type)bytes[0],
                           .body = {.at = bytes + 1, .end = bytes + len}};
    if (is_named(bytes[0]) && !take_name(&f.body, &f.name)) {
        return false;
    }
    *out = f;
    return true;
}

/* What the byte of an element may mean where the reader stands; BAD for nothing. */
static enum vici_kind kind_of(const struct vici_reader *r, unsigned char byte)
{
    static const enum vici_kind kinds[] = {VICI_BAD,     VICI_SECTION, VICI_SECTION_END,
                                           VICI_VALUE,   VICI_LIST,    VICI_ITEM,
                                           VICI_LIST_END};
    enum vici_kind kind = byte < sizeof kinds / sizeof kinds[0] ? kinds[byte] : VICI_BAD;
    bool of_list = kind == VICI_ITEM || kind == VICI_LIST_END;
    if (of_list != r->in_list || (kind == VICI_SECTION && r->depth == VICI_DEPTH_MAX) ||
        (kind == VICI_SECTION_END && r->depth == 0)) {
        return VICI_BAD;
    }
    return kind;
}

static bool take_element(struct vici_reader *r, enum vici_kind kind, struct vici_element *out)
{
    switch (kind) {
    case VICI_SECTION:
        r->depth++;
        return take_name(r, &out->name);
    case VICI_SECTION_END:
        r->depth--;
        return true;
    case VICI_VALUE:
        return take_name(r, &out->name) && take_value(r, &out->value);
    case VICI_LIST:
        r->in_list = true;
        return take_name(r, &out->name);
    case VICI_ITEM:
        return take_value(r, &out->value);
    case VICI_LIST_END:
        r->in_list = false;
        return true;
    default:
        return false;
    }
}

enum vici_kind vici_next(struct vici_reader *r, struct vici_element *out)
{
    *out = (struct vici_element){.name = {"", 0}, .value = {"", 0}};
    if (r->at == r->end && r->depth == 0 && !r->in_list) {
        return VICI_END;
    }
    const unsigned char *start = r->at;
    enum vici_kind kind = r->at < r->end ? kind_of(r, *r->at) : VICI_BAD;
    if (kind != VICI_BAD) {
        r->at++;
        if (take_element(r, kind, out)) {
            return kind;
        }
    }
    /* Stays so: an open list with no byte left is BAD at the next call as well. */
    *out = (struct vici_element){.name = {"", 0}, .value = {"", 0}};
    r->at = r->end = start;
    r->in_list = true;
    return VICI_BAD;
}

size_t vici_frame_write(unsigned char *out, size_t size, enum vici_type type, const char *name)
{
    size_t n = strlen(name), len = 2 + n;
    if (n > 255 || size < VICI_HEADER + len) {
        return 0;
    }
    out[0] = out[1] = 0;
    out[2] = (unsigned char)(len >> 8);
    out[3] = (unsigned char)len;
    out[4] = (unsigned char)type;
    out[5] = (unsigned char)n;
    memcpy(out + 6, name, n);
    return VICI_HEADER + len;
}

bool vici_is(struct vici_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.p, word, text.len) == 0;
}
