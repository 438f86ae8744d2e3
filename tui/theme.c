/* Where themes are found; theme_parse.c reads them. */
#include "tui/theme.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/config_json.h"
#include "backend/net/text.h"
#include "tui/theme_builtin.h"

#define SUFFIX     ".json"
#define SUFFIX_LEN (sizeof SUFFIX - 1)

enum { NAME_SIZE = 48, PATH_SIZE = 512, LIST_MAX = 32 };

/* Directories in the order of search: the user's, the installed one. */
enum { DIR_USER, DIR_DATA, DIR_COUNT };

/* Returns false when there is no such directory to look into. */
static bool theme_dir(int which, char out[PATH_SIZE])
{
    const char *base = DRTOP_DATADIR;
    const char *below = "/themes";
    if (which == DIR_USER) {
        base = getenv("XDG_CONFIG_HOME");
        below = "/drtop/themes";
        /* The XDG base directory specification ignores relative paths. */
        if (!base || base[0] != '/') {
            base = getenv("HOME");
            below = "/.config/drtop/themes";
        }
    }
    if (!base || base[0] == '\0') {
        return false;
    }
    int n = snprintf(out, PATH_SIZE, "%s%s", base, below);
    return n > 0 && n < PATH_SIZE;
}

static bool ends_in_suffix(const char *s, size_t len)
{
    return len > SUFFIX_LEN && memcmp(s + len - SUFFIX_LEN, SUFFIX, SUFFIX_LEN) == 0;
}

/* Names are shown on the screen and typed on the command line, so they are plain. */
static bool is_plain_name(const char *s, size_t len)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._-";
    return len > 0 && len < NAME_SIZE && s[0] != '.' && strspn(s, PLAIN) >= len;
}

static bool mtime_of(const char *path, int64_t *out_ns)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return false;
    }
    *out_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return true;
}

static bool load_file(const char *path, struct theme *out, struct error *err)
{
    struct theme theme;
    int64_t mtime_ns = 0;
    size_t len = 0;
    unsigned mode = 0;
    if (strlen(path) >= sizeof theme.path) {
        error_set(err, "theme path is too long, expected at most %zu bytes",
                  sizeof theme.path - 1);
        return false;
    }
    /* Taken before the text: a change in between is then seen as one. */
    (void)mtime_of(path, &mtime_ns);
    char *text = config_json_read(path, &len, &mode, err);
    if (!text) {
        return false;
    }
    bool is_good = theme_parse(path, text, len, &theme, err);
    config_json_release(text, len);
    if (!is_good) {
        return false;
    }
    (void)text_copy(theme.path, sizeof theme.path, path);
    theme.mtime_ns = mtime_ns;
    *out = theme;
    return true;
}

static bool load_builtin(const struct theme_builtin *builtin, struct theme *out,
                         struct error *err)
{
    char label[NAME_SIZE + 16];
    (void)snprintf(label, sizeof label, "(built in)/%s" SUFFIX, builtin->name);
    return theme_parse(label, (const char *)builtin->json, builtin->len, out, err);
}

static const struct theme_builtin *find_builtin(const char *name)
{
    const struct theme_builtin *builtin = theme_builtins;
    while (builtin->name && strcmp(builtin->name, name) != 0) {
        builtin++;
    }
    return builtin->name ? builtin : NULL;
}

/* The file of that name that comes first in the search; false when only the built-in is left.
 */
static bool find_file(const char *name, char out[PATH_SIZE])
{
    for (int i = 0; i < DIR_COUNT; i++) {
        char dir[PATH_SIZE];
        struct stat st;
        if (!theme_dir(i, dir)) {
            continue;
        }
        int n = snprintf(out, PATH_SIZE, "%s/%s" SUFFIX, dir, name);
        if (n > 0 && n < PATH_SIZE && (stat(out, &st) == 0 || errno == EACCES)) {
            return true;
        }
    }
    return false;
}

static bool fail_unknown(const char *name, struct error *err)
{
    char names[LIST_MAX][NAME_SIZE];
    const char *pointers[LIST_MAX];
    char all[400] = "";
    size_t n = theme_list(names, LIST_MAX);
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        pointers[i] = names[i];
        int more = snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", names[i]);
        len = more > 0 && (size_t)more < sizeof all - len ? len + (size_t)more : len;
    }
    all[len] = '\0';
    const char *nearest = config_json_nearest(name, pointers, n);
    char shown[NAME_SIZE];
    (void)text_clean_str(shown, sizeof shown, name);
    if (nearest) {
        error_set(err,
                  "unknown theme \"%s\", did you mean \"%s\"? Expected a path or one of: %s",
                  shown, nearest, all);
    } else {
        error_set(err, "unknown theme \"%s\", expected a path or one of: %s", shown, all);
    }
    return false;
}

/* A file in the search path goes by the name that theme_list() gives it, even when it was asked
 * for by its path. */
static void name_by_search(const char *path, struct theme *theme)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t len = strlen(base);
    len -= ends_in_suffix(base, len) ? SUFFIX_LEN : 0;
    if (!is_plain_name(base, len)) {
        return;
    }
    char name[NAME_SIZE];
    char found[PATH_SIZE];
    memcpy(name, base, len);
    name[len] = '\0';
    if (find_file(name, found) && strcmp(found, path) == 0) {
        memcpy(theme->name, name, len + 1);
    }
}

static bool load_path(const char *path, struct theme *out, struct error *err)
{
    if (!load_file(path, out, err)) {
        return false;
    }
    name_by_search(path, out);
    return true;
}

bool theme_load(const char *name, struct theme *out, struct error *err)
{
    size_t len = strlen(name);
    if (strchr(name, '/') || ends_in_suffix(name, len)) {
        return load_path(name, out, err);
    }
    char path[PATH_SIZE];
    if (is_plain_name(name, len) && find_file(name, path)) {
        return load_path(path, out, err);
    }
    const struct theme_builtin *builtin = find_builtin(name);
    if (!builtin) {
        return fail_unknown(name, err);
    }
    struct theme theme;
    if (!load_builtin(builtin, &theme, err)) {
        return false;
    }
    (void)text_copy(theme.name, sizeof theme.name, name);
    *out = theme;
    return true;
}

struct name_list {
    char (*names)[NAME_SIZE];
    size_t n, max;
};

static void add_name(struct name_list *list, const char *name, size_t len)
{
    if (!is_plain_name(name, len) || list->n >= list->max) {
        return;
    }
    char copy[NAME_SIZE];
    memcpy(copy, name, len);
    copy[len] = '\0';
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(list->names[i], copy) == 0) {
            return;
        }
    }
    memcpy(list->names[list->n++], copy, len + 1);
}

static void add_dir(struct name_list *list, const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        return;
    }
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        if (ends_in_suffix(entry->d_name, len)) {
            add_name(list, entry->d_name, len - SUFFIX_LEN);
        }
    }
    (void)closedir(dir);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t theme_list(char names[][NAME_SIZE], size_t max)
{
    struct name_list list = {names, 0, max};
    add_name(&list, "default", strlen("default"));
    for (const struct theme_builtin *builtin = theme_builtins; builtin->name; builtin++) {
        add_name(&list, builtin->name, strlen(builtin->name));
    }
    for (int i = 0; i < DIR_COUNT; i++) {
        char dir[PATH_SIZE];
        if (theme_dir(i, dir)) {
            add_dir(&list, dir);
        }
    }
    if (list.n > 1) {
        qsort(names[1], list.n - 1, sizeof names[1], compare_names);
    }
    return list.n;
}

bool theme_changed(const struct theme *t)
{
    int64_t mtime_ns = 0;
    /* A file that is gone for a moment is being written: not a change yet. */
    return t->path[0] != '\0' && mtime_of(t->path, &mtime_ns) && mtime_ns != t->mtime_ns;
}
