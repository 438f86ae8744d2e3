/* What the units of the configuration share. cmocka's assertions inside. */
#ifndef DRTOP_TESTS_UNIT_CONFIG_TOOL_H
#define DRTOP_TESTS_UNIT_CONFIG_TOOL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* Loads a text as a file of these permissions, or fails the test. */
static inline struct config *parse_mode(const char *text, unsigned mode)
{
    struct error err = {0};
    struct config *cfg = config_parse("/etc/drtop/t.json", text, strlen(text), mode, &err);
    if (!cfg) {
        fail_msg("%s\n%s", text, err.text);
    }
    return cfg;
}

static inline struct config *parse(const char *text)
{
    return parse_mode(text, 0600);
}

/* A wrong text, and how the message about it begins. */
struct bad_config {
    const char *text, *message;
};

static inline void assert_refused(const struct bad_config *bad, size_t n)
{
    size_t n_wrong = 0;
    for (size_t i = 0; i < n; i++) {
        struct error err = {"accepted"};
        struct config *cfg = config_parse("t", bad[i].text, strlen(bad[i].text), 0600, &err);
        config_destroy(cfg);
        if (cfg || strncmp(err.text, bad[i].message, strlen(bad[i].message)) != 0) {
            print_error("%s\ngot      %s\nexpected %s\n\n", bad[i].text, err.text,
                        bad[i].message);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* The caller's to free. */
static inline char *dump(const struct config *cfg)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    config_dump(cfg, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static inline void assert_dump_loads_again(const char *text)
{
    struct config *first = parse(text);
    char *once = dump(first);
    struct config *second = parse(once);
    char *twice = dump(second);
    assert_string_equal(once, twice);
    free(once);
    free(twice);
    config_destroy(first);
    config_destroy(second);
}

#define REMARKS_MAX 8192

static inline void note_remark(void *ctx, const char *text)
{
    char *notes = ctx;
    size_t len = strlen(notes);
    (void)snprintf(notes + len, REMARKS_MAX - len, "%s\n", text);
}

/* Does config check say this of a configuration? */
static inline void assert_remark(const char *text, const char *remark, bool said)
{
    char notes[REMARKS_MAX] = "";
    struct config *cfg = parse(text);
    config_remarks(cfg, note_remark, notes);
    config_destroy(cfg);
    if ((strstr(notes, remark) != NULL) != said) {
        fail_msg("%s\ngot      %s\nexpected %s%s", text, notes, said ? "" : "not ", remark);
    }
}

#endif
