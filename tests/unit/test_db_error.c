#include "backend/mysql/db_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/mysql/db_lack.h"

static void expect(unsigned code, const char *text, const char *sentence)
{
    struct error err = {.text = ""};
    db_error_connect(code, text, &err);
    assert_string_equal(err.text, sentence);
}

/* Texts of MariaDB Connector/C 3.3 and libmysqlclient 9.7. */
static void errors_become_sentences(void **state)
{
    (void)state;
    expect(2002, "Can't connect to server on '127.0.0.1' (111)", "connection refused");
    expect(2003, "Can't connect to MySQL server on '127.0.0.1:1' (111)", "connection refused");
    expect(2003, "Can't connect to MySQL server on '10.0.0.1:3306' (113)",
           "no route to the host");
    expect(2005, "Unknown server host 'x' (-2)", "name not found");
    expect(2013,
           "Lost connection to server at 'handshake: reading initial communication packet', "
           "system error: 115",
           "no MySQL greeting came before the connection ended");
    expect(2013, "Lost connection to server during query", "the server closed the connection");
    expect(2013, "Lost connection to server at 'x', system error: 104",
           "the connection was reset");
    expect(2006, "Server has gone away", "the server closed the connection");
    expect(2007, "Protocol mismatch. Server Version = 9 Client Version = 10", DB_ERROR_GARBAGE);
    expect(2026, "SSL connection error: SSL is required but the server doesn't support it",
           DB_ERROR_NO_TLS);
    expect(2026, "TLS/SSL error: Validation of SSL server certificate failed", DB_ERROR_NAME);
    expect(2026, "TLS/SSL error: self-signed certificate in certificate chain",
           "TLS/SSL error: self-signed certificate in certificate chain (2026)");
    expect(1045, "Access denied for user 'mon'@'10.0.0.1' (using password: YES)",
           "access denied for user 'mon'@'10.0.0.1' (using password: YES) (1045)");
    expect(5014,
           "Received error packet before completion of TLS handshake. The authenticity of the "
           "following error cannot be verified: 1130 - Host 'a' is not allowed",
           "Host 'a' is not allowed (1130, before TLS)");
    expect(1040, "Too many connections", "Too many connections (1040)");
}

static void control_characters_do_not_pass(void **state)
{
    (void)state;
    struct error err = {.text = ""};
    db_error_connect(1130, "Host '\x1b]0;x\a' is not allowed", &err);
    assert_null(strchr(err.text, '\x1b'));
    assert_null(strchr(err.text, '\a'));
}

static void lacks_are_kept_once_and_forgotten(void **state)
{
    (void)state;
    struct db_facts f = {.n_lacks = 0};
    db_lack_note(&f, "a", "no \x1b", "GRANT a");
    db_lack_note(&f, "b", "no", "GRANT b");
    db_lack_note(&f, "a", "still no", "GRANT a");
    assert_int_equal(f.n_lacks, 2);
    assert_string_equal(f.lacks[0].error, "still no");
    db_lack_clear(&f, "a");
    db_lack_clear(&f, "c");
    assert_int_equal(f.n_lacks, 1);
    assert_string_equal(f.lacks[0].what, "b");
    for (int i = 0; i < 2 * DB_LACKS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "n%d", i);
        db_lack_note(&f, name, "no", "GRANT");
    }
    assert_int_equal(f.n_lacks, DB_LACKS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_become_sentences),
        cmocka_unit_test(control_characters_do_not_pass),
        cmocka_unit_test(lacks_are_kept_once_and_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
