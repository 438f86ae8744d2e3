#include "backend/tunnel/vici.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vici_recording.h"

static const char *const recordings[] = {"up-idle",       "up",           "child-rekeying",
                                         "child-rekeyed", "ike-rekeying", "ike-rekeyed",
                                         "ike-deleting",  "connecting",   "none",
                                         "log-refused",   "log-mismatch"};

#define RECORDINGS_N (sizeof recordings / sizeof recordings[0])

/* Walks a message to its end; returns how many elements it had, or -1 when it is none. */
static int walk(struct vici_reader r)
{
    struct vici_element e;
    for (int n = 0;; n++) {
        enum vici_kind kind = vici_next(&r, &e);
        if (kind == VICI_END || kind == VICI_BAD) {
            assert_int_equal(vici_next(&r, &e), kind); /* and so it stays */
            return kind == VICI_END ? n : -1;
        }
    }
}

static void what_charon_sends_is_read_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECORDINGS_N; i++) {
        struct vici_recording rec = vici_recording_load(recordings[i]);
        const unsigned char *bytes;
        size_t len;
        int events = 0;
        while (vici_recording_next(&rec, &bytes, &len)) {
            struct vici_frame f;
            assert_true(vici_frame_read(bytes, len, &f));
            int n = walk(f.body);
            bool event = f.type == VICI_EVENT;
            assert_true(event ? n > 3 : n == 0);
            assert_true(event || f.type == VICI_RESPONSE || f.type == VICI_CONFIRMED);
            events += event;
        }
        assert_int_equal(rec.at, rec.len);
        assert_true(events > 0);
        vici_recording_free(&rec);
    }
}

static void the_elements_are_as_recorded(void **state)
{
    (void)state;
    struct vici_recording rec = vici_recording_load("connecting");
    const unsigned char *bytes;
    size_t len;
    struct vici_frame f = {0};
    struct vici_element e;
    while (!vici_is(f.name, "list-sa") && vici_recording_next(&rec, &bytes, &len)) {
        assert_true(vici_frame_read(bytes, len, &f));
    }
    assert_int_equal(vici_next(&f.body, &e), VICI_SECTION);
    assert_true(vici_is(e.name, "tunnel1"));
    assert_int_equal(f.body.depth, 1);
    assert_int_equal(vici_next(&f.body, &e), VICI_VALUE);
    assert_true(vici_is(e.name, "uniqueid"));
    while (vici_next(&f.body, &e) == VICI_VALUE && !vici_is(e.name, "state")) {
    }
    assert_true(vici_is(e.value, "CONNECTING"));
    while (vici_next(&f.body, &e) == VICI_VALUE) {
    }
    /* "tasks-queued" or "tasks-active": a list */
    assert_int_equal(e.name.len, strlen("tasks-active"));
    assert_int_equal(vici_next(&f.body, &e), VICI_ITEM);
    assert_true(e.value.len > 3 && e.name.len == 0);
    vici_recording_free(&rec);
}

/* Of a memory of its own, so that the sanitiser sees one byte too many. */
static int walk_copy(const unsigned char *bytes, size_t len)
{
    unsigned char *copy = malloc(len ? len : 1);
    struct vici_frame f;
    memcpy(copy, bytes, len);
    int n = vici_frame_read(copy, len, &f) ? walk(f.body) : -1;
    free(copy);
    return n;
}

static void half_a_frame_is_bad_wherever_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECORDINGS_N; i++) {
        struct vici_recording rec = vici_recording_load(recordings[i]);
        const unsigned char *bytes;
        size_t len;
        while (vici_recording_next(&rec, &bytes, &len)) {
            bool log = len > 4 && memcmp(bytes + 2, "log", 3) == 0; /* flat: any end is one */
            for (size_t cut = 6; cut < len && !log; cut++) {
                struct vici_frame f;
                bool named = vici_frame_read(bytes, cut, &f) && f.body.at < f.body.end;
                assert_true(!named || walk_copy(bytes, cut) == -1);
            }
        }
        vici_recording_free(&rec);
    }
}

#define FRAME(text) (const unsigned char *)(text), sizeof(text) - 1

static void what_is_no_message_is_bad(void **state)
{
    (void)state;
    assert_int_equal(walk_copy(FRAME("\x01")), 0);
    assert_int_equal(walk_copy(FRAME("\x01\x01\x01"
                                     "a\x02")),
                     2);
    assert_int_equal(walk_copy(FRAME("\x01\x04\x01"
                                     "a\x05\0\x01"
                                     "b\x06")),
                     3);
    assert_int_equal(walk_copy(FRAME("")), -1);
    assert_int_equal(walk_copy(FRAME("\x08")), -1); /* no such type */
    assert_int_equal(walk_copy(FRAME("\x07")), -1); /* an event without a name */
    assert_int_equal(walk_copy(FRAME("\x07\x02x")), -1);
    assert_int_equal(walk_copy(FRAME("\x01\x00")), -1); /* no such element */
    assert_int_equal(walk_copy(FRAME("\x01\x07")), -1);
    assert_int_equal(walk_copy(FRAME("\x01\x02")), -1); /* an end without a start */
    assert_int_equal(walk_copy(FRAME("\x01\x06")), -1);
    assert_int_equal(walk_copy(FRAME("\x01\x05\0\0")), -1);             /* an item outside */
    assert_int_equal(walk_copy(FRAME("\x01\x04\0\x03\0\0\0\x06")), -1); /* a value inside */
    assert_int_equal(walk_copy(FRAME("\x01\x01\0")), -1);               /* left open */
    assert_int_equal(walk_copy(FRAME("\x01\x03\x01"
                                     "a\xff\xff")),
                     -1);
    /* eight sections in each other, and nine */
    assert_int_equal(walk_copy(FRAME("\x01\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\2\2\2\2\2\2\2\2")),
                     16);
    assert_int_equal(
        walk_copy(FRAME("\x01\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\1\0\2\2\2\2\2\2\2\2\2")), -1);
}

static void lengths_have_an_end(void **state)
{
    (void)state;
    assert_int_equal(vici_length((const unsigned char *)"\0\0\0\x0a"), 10);
    assert_int_equal(vici_length((const unsigned char *)"\0\x08\0\0"), VICI_FRAME_MAX);
    assert_int_equal(vici_length((const unsigned char *)"\0\x08\0\x01"), 0);
    assert_int_equal(vici_length((const unsigned char *)"\xff\xff\xff\xff"), 0);
}

static void a_request_is_written(void **state)
{
    (void)state;
    unsigned char out[14];
    size_t len = vici_frame_write(out, sizeof out, VICI_REQUEST, "list-sas");
    assert_int_equal(len, 14);
    assert_memory_equal(out, "\0\0\0\x0a\0\x08list-sas", 14);
    assert_int_equal(vici_frame_write(out, 13, VICI_REQUEST, "list-sas"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_charon_sends_is_read_whole),
        cmocka_unit_test(the_elements_are_as_recorded),
        cmocka_unit_test(half_a_frame_is_bad_wherever_it_is_cut),
        cmocka_unit_test(what_is_no_message_is_bad),
        cmocka_unit_test(lengths_have_an_end),
        cmocka_unit_test(a_request_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
