#include "backend/net/xml.h"

#include <stdio.h>
#include <string.h>

#include <expat.h>

#include "backend/net/secret.h"
#include "backend/net/secret_memory.h"

/* expat counts in int, and keeps a copy of what it is given. */
#define PIECE_MAX ((size_t)16 * 1024)

struct xml_reader {
    const struct xml_handler *handler;
    void *ctx;
    XML_Parser parser;
    size_t taken;
    int depth;
    int unwanted; /* depth of the element whose text is dropped; 0: none */
    bool leaf;    /* no element has begun since the innermost began */
    bool failed;
    struct error why;
    size_t path_len, text_len;
    char path[XML_PATH_MAX];
    char text[XML_TEXT_MAX];
};

static const XML_Memory_Handling_Suite wiping = {secret_memory_alloc, secret_memory_realloc,
                                                 secret_memory_free};

static void refuse(struct xml_reader *r, const char *what)
{
    if (!r->failed) {
        r->failed = true;
        error_set(&r->why, "%s", what);
        (void)XML_StopParser(r->parser, XML_FALSE);
    }
}

static void forget_text(struct xml_reader *r)
{
    secret_wipe(r->text, r->text_len);
    r->text_len = 0;
}

static bool push(struct xml_reader *r, const char *name)
{
    const char *colon = strrchr(name, ':');
    const char *local = colon ? colon + 1 : name;
    size_t len = strlen(local);
    size_t slash = r->path_len > 0;
    if (r->depth >= XML_DEPTH_MAX) {
        refuse(r, "XML nested too deeply");
        return false;
    }
    if (r->path_len + slash + len >= sizeof r->path) {
        refuse(r, "XML with names that are too long");
        return false;
    }
    if (slash) {
        r->path[r->path_len++] = '/';
    }
    memcpy(r->path + r->path_len, local, len + 1);
    r->path_len += len;
    r->depth++;
    return true;
}

static void pop(struct xml_reader *r)
{
    char *slash = strrchr(r->path, '/');
    r->path_len = slash ? (size_t)(slash - r->path) : 0;
    r->path[r->path_len] = '\0';
    r->depth--;
}

static void XMLCALL on_begin(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct xml_reader *r = arg;
    const struct xml_handler *h = r->handler;
    (void)attributes;
    forget_text(r);
    r->leaf = true;
    if (r->failed || !push(r, name)) {
        return;
    }
    if (h->begin) {
        h->begin(r->ctx, r->path);
    }
    if (!r->unwanted && h->wants && !h->wants(r->ctx, r->path)) {
        r->unwanted = r->depth;
    }
}

static void XMLCALL on_text(void *arg, const XML_Char *text, int len)
{
    struct xml_reader *r = arg;
    size_t n = len > 0 ? (size_t)len : 0;
    if (r->failed || r->unwanted || !r->leaf) {
        return;
    }
    if (n >= sizeof r->text - r->text_len) {
        refuse(r, "XML with a text that is too long");
        return;
    }
    memcpy(r->text + r->text_len, text, n);
    r->text_len += n;
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
    struct xml_reader *r = arg;
    const struct xml_handler *h = r->handler;
    (void)name;
    if (r->failed) {
        return;
    }
    if (r->leaf && !r->unwanted && h->text) {
        r->text[r->text_len] = '\0';
        h->text(r->ctx, r->path, r->text, r->text_len);
    }
    forget_text(r);
    if (h->end) {
        h->end(r->ctx, r->path);
    }
    if (r->unwanted == r->depth) {
        r->unwanted = 0;
    }
    r->leaf = false;
    pop(r);
}

/* No answer has one, and entities are declared in it. */
static void XMLCALL on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id,
                               const XML_Char *public_id, int internal)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)internal;
    refuse(arg, "XML with a document type");
}

struct xml_reader *xml_reader_create(const struct xml_handler *handler, void *ctx)
{
    struct xml_reader *r = secret_memory_calloc(1, sizeof *r);
    XML_Parser parser = r ? XML_ParserCreate_MM(NULL, &wiping, NULL) : NULL;
    if (!parser) {
        secret_memory_free(r);
        return NULL;
    }
    r->handler = handler;
    r->ctx = ctx;
    r->parser = parser;
    XML_SetUserData(parser, r);
    XML_SetElementHandler(parser, on_begin, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    return r;
}

void xml_reader_destroy(struct xml_reader *reader)
{
    if (reader) {
        XML_ParserFree(reader->parser);
        secret_memory_free(reader);
    }
}

/* expat's own words never quote the document. */
static void explain(struct xml_reader *r)
{
    r->failed = true;
    error_set(&r->why, "no XML: %s in line %lu", XML_ErrorString(XML_GetErrorCode(r->parser)),
              (unsigned long)XML_GetCurrentLineNumber(r->parser));
}

static void feed(struct xml_reader *r, const char *data, size_t len, bool last)
{
    do {
        size_t n = len < PIECE_MAX ? len : PIECE_MAX;
        bool end = last && n == len;
        if (XML_Parse(r->parser, data, (int)n, end) != XML_STATUS_OK && !r->failed) {
            explain(r);
        }
        data += n;
        len -= n;
    } while (len > 0 && !r->failed);
}

bool xml_reader_feed(struct xml_reader *reader, const char *data, size_t len, bool last,
                     struct error *err)
{
    if (!reader->failed && len > XML_BYTES_MAX - reader->taken) {
        reader->failed = true;
        error_set(&reader->why, "XML of more than %zu MiB", XML_BYTES_MAX / (1024 * 1024));
    }
    if (!reader->failed) {
        reader->taken += len;
        feed(reader, data, len, last);
    }
    if (reader->failed) {
        error_set(err, "%s", reader->why.text);
    }
    return !reader->failed;
}

const char *xml_leaf(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
