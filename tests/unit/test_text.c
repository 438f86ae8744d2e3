#include "backend/net/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define DOT "\xc2\xb7"

static void check(const char *in, const char *expected)
{
    char out[128];
    size_t n = text_clean_str(out, sizeof out, in);
    assert_string_equal(out, expected);
    assert_int_equal(n, strlen(expected));
}

static void keeps_what_is_harmless(void **state)
{
    (void)state;
    check("plain ASCII ~", "plain ASCII ~");
    check("Gr\xc3\xb6\xc3\x9f"
          "e",
          "Gr\xc3\xb6\xc3\x9f"
          "e");
    check("\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\xa5",
          "\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x94\xa5");
    check("\xef\xbf\xbd", "\xef\xbf\xbd"); /* U+FFFD itself is a character */
    check(NULL, "");
    check("", "");
}

static void every_control_is_one_cell(void **state)
{
    (void)state;
    check("a\x1b[31mb\rc\nd\te\bf\x7fg",
          "a" DOT "[31mb" DOT "c" DOT "d" DOT "e" DOT "f" DOT "g");
    check("\xc2\x9b"
          "2J\xc2\x80\xc2\x9f",
          DOT "2J" DOT DOT); /* C1 */
    char out[16];
    assert_int_equal(text_clean(out, sizeof out, "a\0b", 3), 4);
    assert_string_equal(out, "a" DOT "b");
}

/* Code points that must never get through, the two ends of each class. */
static void every_invisible_is_one_cell(void **state)
{
    (void)state;
    static const uint32_t bad[] = {0x00AD,  0x061C,  0x180E,  0x200B,  0x200C, 0x200D, 0x200E,
                                   0x200F,  0x2028,  0x2029,  0x202A,  0x202E, 0x2060, 0x2064,
                                   0x2066,  0x2069,  0x206F,  0x3164,  0xFDD0, 0xFDEF, 0xFE00,
                                   0xFE0F,  0xFEFF,  0xFFF9,  0xFFFB,  0xFFFE, 0xFFFF, 0x1FFFE,
                                   0xE0001, 0xE007F, 0xE01EF, 0x10FFFF};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char in[8] = "x", out[16];
        size_t n = text_encode(bad[i], in + 1);
        (void)text_clean(out, sizeof out, in, n + 1);
        assert_string_equal(out, "x" DOT);
    }
}

static void invalid_bytes_are_shown_one_by_one(void **state)
{
    (void)state;
    check("\xff\xfe", DOT DOT);
    check("\x80", DOT);
    check("a\xc3", "a" DOT);                    /* cut short */
    check("\xe2\x82z", DOT DOT "z");            /* cut short inside */
    check("\xc0\xaf", DOT DOT);                 /* overlong */
    check("\xe0\x80\xaf", DOT DOT DOT);         /* overlong */
    check("\xf4\x90\x80\x80", DOT DOT DOT DOT); /* past U+10FFFF */
    check("\xed\xa0\x80x", DOT "x");            /* a surrogate is one cell */
}

static void at_most_two_marks_follow_a_base(void **state)
{
    (void)state;
    check("e\xcc\x81", "e\xcc\x81");
    check("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84x\xcc\x81", "e\xcc\x81\xcc\x82x\xcc\x81");
    check("\xcc\x81z", "z"); /* without a base it would join what stands left of the field */
}

static void cuts_between_characters(void **state)
{
    (void)state;
    const char *in = "a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x94\xa5";
    for (size_t size = 0; size < 12; size++) {
        char out[16];
        memset(out, 'Z', sizeof out);
        size_t n = text_clean(out, size, in, strlen(in));
        char copy[16] = "Z";
        size_t m = text_copy(copy, size, in);
        assert_int_equal(n, m);
        assert_true(size == 0 ? n == 0 && out[0] == 'Z' && copy[0] == 'Z' : n < size);
        if (size > 0) {
            assert_string_equal(out, copy);
            assert_true(n == 0 || n == 1 || n == 3 || n == 6 || n == 10);
        }
    }
}

static void decodes_what_it_encodes(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char bytes[4];
        uint32_t back;
        size_t n = text_encode(cp, bytes);
        assert_int_equal(text_decode(bytes, bytes + n, &back), n);
        bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
        assert_int_equal(back, surrogate ? 0xFFFD : cp);
    }
    uint32_t cp;
    static const char surrogate[] = "\xed\xa0\x80";
    assert_int_equal(text_decode(surrogate, surrogate + 3, &cp), 1);
    assert_int_equal(cp, 0xFFFD);
}

static void counts_cells(void **state)
{
    (void)state;
    assert_int_equal(text_width('a'), 1);
    assert_int_equal(text_width(0x2588), 1); /* full block */
    assert_int_equal(text_width(0x28FF), 1); /* braille */
    assert_int_equal(text_width(0x2714), 1); /* check mark, text presentation */
    assert_int_equal(text_width(0x0301), 0);
    assert_int_equal(text_width(0x65E5), 2);
    assert_int_equal(text_width(0xAC00), 2);
    assert_int_equal(text_width(0xFF21), 2);
    assert_int_equal(text_width(0x1F525), 2);
    assert_int_equal(text_width(0x20000), 2);
    assert_int_equal(text_width_str("e\xcc\x81\xe6\x97\xa5z"), 4);
    assert_int_equal(text_width_str(""), 0);
}

/* Random bytes: whatever comes in, what goes out is harmless. */
static void noise_comes_out_clean(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 200000; round++) {
        char in[24], out[40], again[40];
        for (size_t i = 0; i < sizeof in; i++) {
            random = random * 1664525U + 1013904223U;
            in[i] = (char)(random >> 24);
        }
        size_t n = text_clean(out, sizeof out, in, sizeof in);
        assert_true(n < sizeof out && strlen(out) == n);
        assert_int_equal(text_clean(again, sizeof again, out, n), n);
        assert_string_equal(out, again);
        for (size_t i = 0; i < n; i++) {
            assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_is_harmless),
        cmocka_unit_test(every_control_is_one_cell),
        cmocka_unit_test(every_invisible_is_one_cell),
        cmocka_unit_test(invalid_bytes_are_shown_one_by_one),
        cmocka_unit_test(at_most_two_marks_follow_a_base),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(decodes_what_it_encodes),
        cmocka_unit_test(counts_cells),
        cmocka_unit_test(noise_comes_out_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
