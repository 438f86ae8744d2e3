#include "backend/mysql/db_error.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "backend/net/text.h"

/* Numbers of the client libraries, which agree on these, and of servers. */
enum {
    CLIENT_SOCKET = 2002, /* MariaDB's library says so for TCP as well */
    CLIENT_TCP = 2003,
    CLIENT_HOST = 2005,
    CLIENT_GONE = 2006,
    CLIENT_PROTOCOL = 2007,
    CLIENT_HANDSHAKE = 2012,
    CLIENT_LOST = 2013,
    CLIENT_TLS = 2026,
    CLIENT_MALFORMED = 2027,
    SERVER_DENIED = 1045,
};

/* The errno that a library prints at the end of its text: "... on '10.0.0.1' (111)",
 * "..., system error: 104". 0 when there is none. */
static long system_errno(const char *text)
{
    static const char mark[] = "system error: ";
    const char *p = strstr(text, mark);
    if (p) {
        return strtol(p + sizeof mark - 1, NULL, 10);
    }
    p = strrchr(text, '(');
    return p ? strtol(p + 1, NULL, 10) : 0;
}

static const char *system_sentence(long code)
{
    switch (code) {
    case ECONNREFUSED:
        return "connection refused";
    case EHOSTUNREACH:
        return "no route to the host";
    case ENETUNREACH:
        return "the network is unreachable";
    case ECONNRESET:
    case EPIPE:
        return "the connection was reset";
    case ETIMEDOUT:
        return "no answer in time";
    default:
        return NULL;
    }
}

/* A sentence of our own for what is plain from the number; NULL for the rest. */
static const char *sentence(unsigned code, const char *text)
{
    switch (code) {
    case CLIENT_SOCKET:
    case CLIENT_TCP:
        return system_sentence(system_errno(text));
    case CLIENT_HOST:
        return "name not found";
    case CLIENT_GONE:
    case CLIENT_LOST: {
        const char *s = system_sentence(system_errno(text));
        if (s) {
            return s;
        }
        return strstr(text, "reading initial communication")
                   ? "no MySQL greeting came before the connection ended"
                   : "the server closed the connection";
    }
    case CLIENT_PROTOCOL:
    case CLIENT_HANDSHAKE:
    case CLIENT_MALFORMED:
        return DB_ERROR_GARBAGE;
    case CLIENT_TLS:
        if (strstr(text, "SSL is required")) {
            return DB_ERROR_NO_TLS;
        }
        return strstr(text, "Validation of SSL server certificate failed") ? DB_ERROR_NAME
                                                                           : NULL;
    default:
        return NULL;
    }
}

/* MariaDB's library puts two sentences of its own before what a server says ahead of TLS:
 * "... of the following error cannot be verified: 1130 - Host ...". Points *text at the server's
 * words, and code at their number. */
static bool skip_preamble(unsigned *code, const char **text)
{
    static const char mark[] = "following error cannot be verified: ";
    const char *p = strstr(*text, mark);
    if (!p) {
        return false;
    }
    char *end;
    unsigned long number = strtoul(p + sizeof mark - 1, &end, 10);
    if (number == 0 || number > 65535 || strncmp(end, " - ", 3) != 0) {
        return false;
    }
    *code = (unsigned)number;
    *text = end + 3;
    return true;
}

void db_error_connect(unsigned code, const char *text, struct error *err)
{
    char clean[512];
    bool unverified = skip_preamble(&code, &text);
    const char *own = sentence(code, text);
    if (own) {
        error_set(err, "%s", own);
        return;
    }
    (void)text_clean_str(clean, sizeof clean, text);
    if (code == SERVER_DENIED && clean[0] != '\0') {
        clean[0] = (char)tolower((unsigned char)clean[0]);
    }
    error_set(err, "%s (%u%s)", clean, code, unverified ? ", before TLS" : "");
}

bool db_error_is_silence(unsigned code)
{
    return code == CLIENT_SOCKET || code == CLIENT_TCP || code == CLIENT_GONE ||
           code == CLIENT_LOST || code == CLIENT_HANDSHAKE;
}
