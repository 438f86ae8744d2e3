/* XML as a stream: paths, what is wanted, bounds, and that what was dropped is nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/mem.h"
#include "backend/net/secret_memory.h"
#include "backend/net/xml.h"

struct seen {
    char log[4096]; /* "+path" "-path" "path=text", a line each */
    size_t len;
    const char *unwanted; /* leaf whose text is not wanted */
};

static void note(struct seen *s, const char *mark, const char *path, const char *text)
{
    int n = snprintf(s->log + s->len, sizeof s->log - s->len, "%s%s%s\n", mark, path, text);
    s->len += (size_t)n;
    assert_true(s->len < sizeof s->log);
}

static void on_begin(void *ctx, const char *path)
{
    note(ctx, "+", path, "");
}

static bool on_wants(void *ctx, const char *path)
{
    const struct seen *s = ctx;
    return !s->unwanted || strcmp(xml_leaf(path), s->unwanted) != 0;
}

static void on_text(void *ctx, const char *path, const char *text, size_t len)
{
    char value[600];
    assert_int_equal(strlen(text), len);
    (void)snprintf(value, sizeof value, "=%s", text);
    note(ctx, "", path, value);
}

static void on_end(void *ctx, const char *path)
{
    note(ctx, "-", path, "");
}

static const struct xml_handler all = {on_begin, on_wants, on_text, on_end};
static const struct xml_handler texts = {.wants = on_wants, .text = on_text};

/* In pieces of n bytes. */
static bool read_in(const struct xml_handler *h, struct seen *s, const char *xml, size_t len,
                    size_t n, struct error *err)
{
    struct xml_reader *r = xml_reader_create(h, s);
    bool ok = true;
    for (size_t at = 0; ok && at < len; at += n) {
        size_t piece = len - at < n ? len - at : n;
        ok = xml_reader_feed(r, xml + at, piece, at + piece == len, err);
    }
    xml_reader_destroy(r);
    return ok;
}

static void assert_read(const struct xml_handler *h, const char *unwanted, const char *xml,
                        const char *expected)
{
    for (size_t n = 1; n <= strlen(xml); n = n < 4 ? n + 1 : n * 7) {
        struct seen s = {.unwanted = unwanted};
        struct error err = {0};
        assert_true(read_in(h, &s, xml, strlen(xml), n, &err));
        assert_string_equal(s.log, expected);
    }
}

static void assert_refused(const char *xml, size_t len, const char *why)
{
    for (size_t n = 1; n <= len; n = n < 4 ? n + 1 : n * 97) {
        struct seen s = {0};
        struct error err = {0};
        assert_false(read_in(&texts, &s, xml, len, n, &err));
        if (!strstr(err.text, why)) {
            fail_msg("\"%s\" is not in: %s", why, err.text);
        }
    }
}

static void test_paths(void **state)
{
    (void)state;
    assert_read(&all, NULL, "<a><b>one</b><c><d/></c></a>",
                "+a\n+a/b\na/b=one\n-a/b\n+a/c\n+a/c/d\na/c/d=\n-a/c/d\n-a/c\n-a\n");
}

static void test_namespaces_are_ignored(void **state)
{
    (void)state;
    assert_read(&texts, NULL, "<x:a xmlns:x='urn:1' xmlns='urn:2'><x:b>1</x:b><b>2</b></x:a>",
                "a/b=1\na/b=2\n");
}

static void test_text_is_whole(void **state)
{
    (void)state;
    assert_read(&texts, NULL,
                "<a><b>x &amp; &#x79;<!-- no -->\xc3\xa9<![CDATA[<z>]]></b><c> </c></a>",
                "a/b=x & y\xc3\xa9<z>\na/c= \n");
}

static void test_text_beside_elements_is_none(void **state)
{
    (void)state;
    assert_read(&texts, NULL, "<a>one<b>two</b>three</a>", "a/b=two\n");
}

static void test_unwanted(void **state)
{
    (void)state;
    const char *xml = "<a><key>SECRET<b>SECRET</b></key><key/><c>1</c></a>";
    assert_read(&texts, "key", xml, "a/c=1\n");
    assert_read(
        &all, "key", xml,
        "+a\n+a/key\n+a/key/b\n-a/key/b\n-a/key\n+a/key\n-a/key\n+a/c\na/c=1\n-a/c\n-a\n");
}

static void test_no_xml(void **state)
{
    (void)state;
    static const char *const bad[] = {"<a>",      "<a></b>",       "{\"a\": 1}",
                                      "<a/><b/>", "<a>&nbsp;</a>", "<html><br></html>"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(bad[i], strlen(bad[i]), "no XML: ");
    }
    struct seen s = {0};
    struct error err = {0};
    struct xml_reader *r = xml_reader_create(&texts, &s);
    assert_false(xml_reader_feed(r, "", 0, true, &err));
    assert_non_null(strstr(err.text, "no XML: "));
    xml_reader_destroy(r);
}

static void test_a_refusal_stands(void **state)
{
    (void)state;
    struct seen s = {0};
    struct error err = {0};
    struct xml_reader *r = xml_reader_create(&texts, &s);
    assert_false(xml_reader_feed(r, "<a></b>", 7, false, &err));
    err.text[0] = '\0';
    assert_false(xml_reader_feed(r, "<c>1</c>", 8, true, &err));
    assert_non_null(strstr(err.text, "no XML: "));
    assert_string_equal(s.log, "");
    xml_reader_destroy(r);
}

static void test_entities_are_refused(void **state)
{
    (void)state;
    const char *xml = "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>";
    assert_refused(xml, strlen(xml), "document type");
    xml = "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>";
    assert_refused(xml, strlen(xml), "document type");
}

static char *repeat(const char *head, const char *unit, size_t n, const char *tail, size_t *out)
{
    size_t len = strlen(head) + n * strlen(unit) + strlen(tail);
    char *text = mem_alloc(len + 1, 1);
    char *p = stpcpy(text, head);
    for (size_t i = 0; i < n; i++) {
        p = stpcpy(p, unit);
    }
    (void)stpcpy(p, tail);
    *out = len;
    return text;
}

static void test_bounds(void **state)
{
    (void)state;
    size_t len;
    char *xml = repeat("", "<a>", XML_DEPTH_MAX + 1, "", &len);
    assert_refused(xml, len, "nested too deeply");
    free(xml);
    xml = repeat("<", "n", XML_PATH_MAX, "/>", &len);
    assert_refused(xml, len, "names that are too long");
    free(xml);
    xml = repeat("<a>", "t", XML_TEXT_MAX, "</a>", &len);
    assert_refused(xml, len, "text that is too long");
    free(xml);
    xml = repeat("<a>", "<b/>    ", XML_BYTES_MAX / 8, "</a>", &len);
    struct seen s = {0};
    struct error err = {0};
    const struct xml_handler nothing = {0};
    assert_false(read_in(&nothing, &s, xml, len, 65536, &err));
    assert_non_null(strstr(err.text, "more than 4 MiB"));
    free(xml);
}

static void test_just_within_bounds(void **state)
{
    (void)state;
    size_t len, half;
    char *begin = repeat("", "<a>", XML_DEPTH_MAX, "", &half);
    char *xml = repeat(begin, "</a>", XML_DEPTH_MAX, "", &len);
    struct seen s = {0};
    struct error err = {0};
    assert_true(read_in(&texts, &s, xml, len, len, &err));
    free(begin);
    free(xml);
    xml = repeat("<a><key>", "t", 2 * XML_TEXT_MAX, "</key></a>", &len);
    s = (struct seen){.unwanted = "key"};
    assert_true(read_in(&texts, &s, xml, len, 1000, &err)); /* unwanted: any length */
    free(xml);
}

/* What was freed is read on purpose: under ASan it lies in quarantine as it was left, and with the
 * plain heap only its beginning is written over. */
__attribute__((no_sanitize("address"))) static bool lies_at(uintptr_t at, size_t size,
                                                            const char *what)
{
    size_t n = strlen(what);
    const volatile char *p = (const volatile char *)at;
    for (size_t i = 0; i + n <= size; i++) {
        size_t same = 0;
        while (same < n && p[i + same] == what[same]) {
            same++;
        }
        if (same == n) {
            return true;
        }
    }
    return false;
}

static void test_memory_is_wiped(void **state)
{
    (void)state;
    const char *text = "0123456789abcdef0123456789abcdefNotARealKeyTunnel1";
    char *p = secret_memory_strdup(text);
    volatile uintptr_t first = (uintptr_t)p;
    assert_true(lies_at(first, 50, "NotAReal"));
    p = secret_memory_realloc(p, 100000); /* moves */
    assert_string_equal(p, text);
    assert_false(lies_at(first, 50, "NotAReal"));
    volatile uintptr_t second = (uintptr_t)p;
    secret_memory_free(p);
    assert_false(lies_at(second, 50, "NotAReal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_namespaces_are_ignored),
        cmocka_unit_test(test_text_is_whole),
        cmocka_unit_test(test_text_beside_elements_is_none),
        cmocka_unit_test(test_unwanted),
        cmocka_unit_test(test_no_xml),
        cmocka_unit_test(test_a_refusal_stands),
        cmocka_unit_test(test_entities_are_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_just_within_bounds),
        cmocka_unit_test(test_memory_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
