/* Arbitrary bytes as a configuration: parse; what is accepted must dump, and the dump must load
 * again and dump the same. Dictionary: tests/fuzz/config.dict. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dump(const struct config *cfg, size_t *out_len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, out_len);
    if (!out) {
        abort();
    }
    config_dump(cfg, out);
    (void)fclose(out);
    return text;
}

static void ignore(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void check_round_trip(const struct config *cfg)
{
    size_t len, again_len;
    char *text = dump(cfg, &len);
    struct error err = {0};
    struct config *again = config_parse("/fuzz.json", text, len, 0600, &err);
    if (!again) {
        (void)fprintf(stderr, "%s\n%s\n", text, err.text);
        abort();
    }
    char *again_text = dump(again, &again_len);
    if (again_len != len || memcmp(text, again_text, len) != 0) {
        abort();
    }
    free(text);
    free(again_text);
    config_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct config *cfg = config_parse("/fuzz.json", (const char *)data, size, 0600, &err);
    if (cfg) {
        check_round_trip(cfg);
        config_remarks(cfg, ignore, NULL);
    } else if (strncmp(err.text, "/fuzz.json:", 11) != 0) {
        abort(); /* every refusal has its place */
    }
    config_destroy(cfg);
    return 0;
}
