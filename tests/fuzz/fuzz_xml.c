/* What comes from AWS, from raw bytes: XML in pieces, the JSON with keys, and a profile. Whatever
 * comes in, paths and texts keep to their bounds, begins and ends match, what is not wanted is not
 * seen, and keys that are taken are fit for a header. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cloud/aws_keys.h"
#include "backend/cloud/aws_profile.h"
#include "backend/net/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    size_t depth;
    char paths[XML_DEPTH_MAX][XML_PATH_MAX];
};

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_dropped(const char *path)
{
    return strstr(path, "preSharedKey") != NULL;
}

static void on_begin(void *ctx, const char *path)
{
    struct seen *s = ctx;
    check(s->depth < XML_DEPTH_MAX && strlen(path) < XML_PATH_MAX);
    check(s->depth == 0 ||
          strncmp(path, s->paths[s->depth - 1], strlen(s->paths[s->depth - 1])) == 0);
    memcpy(s->paths[s->depth++], path, strlen(path) + 1);
}

static bool wants(void *ctx, const char *path)
{
    const struct seen *s = ctx;
    check(s->depth > 0);
    return !is_dropped(path);
}

static void on_text(void *ctx, const char *path, const char *text, size_t len)
{
    const struct seen *s = ctx;
    check(len < XML_TEXT_MAX && strlen(text) <= len && text[len] == '\0');
    check(strcmp(path, s->paths[s->depth - 1]) == 0);
    check(!is_dropped(path));
}

static void on_end(void *ctx, const char *path)
{
    struct seen *s = ctx;
    check(s->depth > 0 && strcmp(path, s->paths[s->depth - 1]) == 0);
    s->depth--;
}

static const struct xml_handler handler = {on_begin, wants, on_text, on_end};

static bool read_xml(const char *data, size_t size, size_t piece)
{
    static struct seen seen;
    struct error err;
    struct xml_reader *r = xml_reader_create(&handler, &seen);
    bool ok = true;
    seen.depth = 0;
    for (size_t at = 0; ok && at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        ok = xml_reader_feed(r, data + at, n, false, &err);
    }
    ok = ok && xml_reader_feed(r, "", 0, true, &err);
    check(!ok || seen.depth == 0);
    xml_reader_destroy(r);
    return ok;
}

static void read_keys(const char *data, size_t size)
{
    static struct aws_keys keys;
    struct error err;
    if (aws_keys_parse(&keys, data, size, &err)) {
        check(aws_is_value(keys.id, sizeof keys.id));
        check(aws_is_value(keys.secret, sizeof keys.secret));
        check(keys.token[0] == '\0' || aws_is_value(keys.token, sizeof keys.token));
    } else {
        check(memchr(err.text, '\0', sizeof err.text) != NULL);
        check(keys.secret[0] == '\0');
    }
}

static void read_profile(const char *data, size_t size)
{
    struct aws_profile profile = {0};
    struct error err;
    (void)aws_profile_parse("default", true, "file", data, size, &profile, &err);
    const char *command = profile.values[AWS_PROFILE_PROCESS];
    char **argv = command ? aws_profile_argv(command, &err) : NULL;
    check(!argv || argv[0][0] != '\0');
    free(argv);
    aws_profile_finish(&profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    bool whole = read_xml(text, size, size ? size : 1);
    size_t piece = size ? 1 + data[size - 1] % 17 : 1;
    check(read_xml(text, size, piece) == whole);
    read_keys(text, size);
    read_profile(text, size);
    return 0;
}
