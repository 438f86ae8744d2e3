/* lab-app PORT SITE DBSOCKET MODEFILE [ADDRESS] < password
 *     Stands for a site's web application: every request writes to the database and reads back
 *     what it wrote. The mode file is read at each request: "ok", "slow MS" or "503". */
#include "lab/db.h"
#include "lab/util.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 1000, BODY = 512 };

struct app {
    const char *site, *socket_path, *mode_path;
    char password[128];
    unsigned first_id; /* sites use rows of their own, so that a replica can follow again */
    atomic_uint requests;
};

struct mode {
    bool refuse;
    int slow_ms;
};

static struct mode read_mode(const char *path)
{
    struct mode mode = {0};
    char word[16] = "";
    FILE *f = fopen(path, "re");
    if (f) {
        if (fscanf(f, "%15s %7d", word, &mode.slow_ms) < 2) {
            mode.slow_ms = 0;
        }
        (void)fclose(f);
    }
    mode.refuse = strcmp(word, "503") == 0;
    return mode;
}

/* In short naps: a signal reaches only one of the threads. */
static void dawdle(int ms)
{
    int64_t until_ms = util_now_ms() + ms;
    while (!util_stopping() && util_now_ms() < until_ms) {
        util_wait_until(util_now_ms() + 50);
    }
}

/* Writes a row and reads it back. Returns false with the reason in db->error. */
static bool use_database(struct app *app, struct db *db)
{
    unsigned token = atomic_fetch_add(&app->requests, 1);
    unsigned id = token % ROWS + app->first_id;
    long long seen = -1;
    char sql[160];
    (void)snprintf(sql, sizeof sql, "REPLACE INTO app.request (id, token) VALUES (%u, %u)", id,
                   token);
    if (!db_run(db, sql)) {
        return false;
    }
    (void)snprintf(sql, sizeof sql, "SELECT token FROM app.request WHERE id = %u", id);
    if (!db_ask(db, sql, &seen)) {
        return false;
    }
    if (seen != token) {
        (void)snprintf(db->error, sizeof db->error, "read back another row");
    }
    return seen == token;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", "application/json");
    const char *id =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Correlation-ID");
    if (id) {
        (void)MHD_add_response_header(response, "X-Correlation-ID", id);
    }
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result serve(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request)
{
    (void)url, (void)method, (void)version, (void)upload, (void)upload_size, (void)request;
    struct app *app = ctx;
    struct db db = {
        .socket_path = app->socket_path, .user = "writer", .password = app->password};
    struct mode mode = read_mode(app->mode_path);
    dawdle(mode.slow_ms);
    int64_t began_ms = util_now_ms();
    bool ok = !mode.refuse && use_database(app, &db);
    char body[BODY];
    (void)snprintf(body, sizeof body, "{\"site\": \"%s\", \"ok\": %s, \"database_ms\": %lld}\n",
                   app->site, ok ? "true" : "false", (long long)(util_now_ms() - began_ms));
    if (!ok) {
        (void)fprintf(stderr, "503: %s\n", mode.refuse ? "as told" : db.error);
    }
    db_close(&db);
    db_thread_end();
    return answer(connection, ok ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, body);
}

/* A thread a request: one that waits for the database delays no other. */
static struct MHD_Daemon *open_door(const struct sockaddr_in *at, struct app *app)
{
    return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD,
                            ntohs(at->sin_port), NULL, NULL, serve, app, MHD_OPTION_SOCK_ADDR,
                            at, MHD_OPTION_CONNECTION_LIMIT, 64U, MHD_OPTION_CONNECTION_TIMEOUT,
                            30U, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
}

int main(int argc, char **argv)
{
    int64_t port;
    struct sockaddr_in at;
    if (argc < 5 || argc > 6 || !util_parse(argv[1], 1, UINT16_MAX, &port) ||
        !util_address(argv[5], (uint16_t)port, &at)) {
        (void)fprintf(stderr,
                      "usage: lab-app PORT SITE DBSOCKET MODEFILE [ADDRESS] < password\n");
        return 64;
    }
    static struct app app;
    app.site = argv[2];
    app.first_id = strcmp(app.site, "primary") == 0 ? 0 : ROWS;
    app.socket_path = argv[3];
    app.mode_path = argv[4];
    if (!db_read_password(app.password, sizeof app.password) || !db_library_begin()) {
        (void)fprintf(stderr, "lab-app: no password on standard input\n");
        return 1;
    }
    util_catch_signals();
    struct MHD_Daemon *daemon = open_door(&at, &app);
    if (!daemon) {
        (void)fprintf(stderr, "lab-app: cannot listen on port %d\n", (int)port);
        return 1;
    }
    while (!util_stopping()) {
        util_wait_until(util_now_ms() + 1000);
    }
    MHD_stop_daemon(daemon);
    db_library_end();
    return 0;
}
