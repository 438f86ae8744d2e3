/* drtop-manual FOLDER SCHEMA: writes manual pages and completions into the folder. */
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "manual/manual.h"

static struct json_object *schema;
static bool complete = true;

static void config_page(FILE *out)
{
    complete = manual_config(schema, out);
}

static bool write_file(const char *folder, const char *name, void (*write)(FILE *))
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *out = n > 0 && (size_t)n < sizeof path ? fopen(path, "w") : NULL;
    if (!out) {
        (void)fprintf(stderr, "drtop-manual: cannot write %s\n", path);
        return false;
    }
    write(out);
    bool failed = ferror(out) != 0;
    return fclose(out) == 0 && !failed;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: drtop-manual FOLDER SCHEMA\n", stderr);
        return 64;
    }
    schema = json_object_from_file(argv[2]);
    if (!schema) {
        (void)fprintf(stderr, "drtop-manual: %s\n", json_util_get_last_err());
        return 1;
    }
    bool ok = write_file(argv[1], "drtop.1", manual_program) &&
              write_file(argv[1], "drtop.json.5", config_page) &&
              write_file(argv[1], "drtop.bash", complete_bash) &&
              write_file(argv[1], "_drtop", complete_zsh) &&
              write_file(argv[1], "drtop.fish", complete_fish);
    (void)json_object_put(schema);
    if (!complete) {
        (void)fputs("drtop-manual: a key has no description in the schema\n", stderr);
    }
    return ok && complete ? 0 : 1;
}
