/* Arbitrary bytes as the answer of a program: refused with a reason, or legs that are in order. */
#include "backend/tunnel/exec_answer.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct exec_answer *a)
{
    assert(a->n <= TUNNEL_LEGS_MAX && a->observed_ms >= 0);
    for (size_t i = 0; i < a->n; i++) {
        const struct tunnel_leg *leg = &a->legs[i];
        assert(leg->id[0] && memchr(leg->id, '\0', sizeof leg->id));
        assert(memchr(leg->detail, '\0', sizeof leg->detail));
        assert(leg->state < TUNNEL_BLACK_HOLED);
        assert(!leg->bytes_in.known || leg->bytes_in.v >= 0);
        for (size_t k = 0; k < i; k++) {
            assert(strcmp(leg->id, a->legs[k].id) != 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "tunnel1";
    static char *wanted[] = {name, NULL};
    struct exec_answer all, some;
    struct error err = {0};
    if (!exec_answer_parse((const char *)data, size, NULL, &all, &err)) {
        assert(err.text[0]);
        return 0;
    }
    check(&all);
    bool ok = exec_answer_parse((const char *)data, size, wanted, &some, &err);
    assert(ok && some.n <= 1 && some.n <= all.n);
    (void)exec_answer_is_new(&all, 1795388921500, 5000, &err);
    return 0;
}
