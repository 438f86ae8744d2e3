/* Whatever goes into the sanitiser, valid UTF-8 without controls comes out, in no more cells
 * than there were bytes (two for a wide character, which takes at least three). */
#include "backend/net/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check(const char *out, size_t n)
{
    int marks = 0;
    for (const char *p = out, *end = out + n; p < end;) {
        uint32_t cp;
        size_t used = text_decode(p, end, &cp);
        require(used > 1 || cp != 0xFFFD);
        require(cp >= 0x20 && (cp < 0x7F || cp > 0x9F));
        require(cp != 0x061C && cp != 0x2028 && cp != 0x2029 && cp != 0xFEFF);
        require((cp < 0x200B || cp > 0x200F) && (cp < 0x202A || cp > 0x202E));
        require(cp < 0x2060 || cp > 0x206F);
        marks = text_width(cp) == 0 ? marks + 1 : 0;
        require(marks <= 2);
        p += used;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const char *in = (const char *)data + 1;
    size_t in_len = size - 1;
    size_t out_size = data[0];
    char *out = malloc(out_size + 1);
    require(out != NULL);
    size_t n = text_clean(out, out_size, in, in_len);
    if (out_size > 0) {
        require(n < out_size && out[n] == '\0' && strlen(out) == n);
        check(out, n);
        int cells = text_width_str(out);
        require(cells >= 0 && (size_t)cells <= in_len && (size_t)cells <= n);
    }
    free(out);
    return 0;
}
