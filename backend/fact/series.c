#include "backend/fact/series.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "backend/mem.h"

/* The values of a cell that mean a hole. */
#define BYTE_HOLE  UINT8_MAX
#define SHORT_HOLE UINT16_MAX
#define COUNT_HOLE UINT32_MAX

/* A short is a binary floating-point number without a sign: six bits of exponent, ten of
 * mantissa after the leading one. 0 stays 0, and nothing else becomes 0. */
#define SHORT_BITS 10
#define SHORT_BIAS 17

/* A ring with one cell a second; the cell of second s is s modulo span. Only the seconds
 * first_s..last_s mean anything, and of those only the newest `span`. */
struct series {
    int64_t span;
    enum series_cell kind;
    bool any;
    int64_t first_s, last_s;
    union {
        uint8_t *byte;
        uint32_t *count;
        uint16_t *narrow;
    } cells;
};

static uint16_t pack(double v)
{
    int exponent;
    if (!(v > 0) || !isfinite(v)) {
        return v == 0 ? 0 : SHORT_HOLE;
    }
    double mantissa = frexp(fmax(v, ldexp(1, -SHORT_BIAS)), &exponent); /* 0.5 to 1 */
    double packed = (exponent + SHORT_BIAS) * (1 << SHORT_BITS) +
                    round((mantissa * 2 - 1) * (1 << SHORT_BITS));
    return packed < SHORT_HOLE ? (uint16_t)packed : SHORT_HOLE;
}

static double unpack(uint16_t cell)
{
    if (cell == 0 || cell == SHORT_HOLE) {
        return cell == 0 ? 0 : (double)NAN;
    }
    int exponent = (cell >> SHORT_BITS) - SHORT_BIAS - 1;
    double fraction = (double)(cell & ((1 << SHORT_BITS) - 1)) / (1 << SHORT_BITS);
    return ldexp(1 + fraction, exponent);
}

static double load(const struct series *s, size_t i)
{
    switch (s->kind) {
    case SERIES_BYTE:
        return s->cells.byte[i] == BYTE_HOLE ? (double)NAN : s->cells.byte[i];
    case SERIES_COUNT:
        return s->cells.count[i] == COUNT_HOLE ? (double)NAN : s->cells.count[i];
    case SERIES_SHORT:
        break;
    }
    return unpack(s->cells.narrow[i]);
}

/* What the cell cannot hold becomes a hole. */
static void store(struct series *s, size_t i, double v)
{
    switch (s->kind) {
    case SERIES_BYTE:
        s->cells.byte[i] = v >= 0 && v < BYTE_HOLE ? (uint8_t)v : BYTE_HOLE;
        break;
    case SERIES_COUNT:
        s->cells.count[i] = v >= 0 && v < COUNT_HOLE ? (uint32_t)v : COUNT_HOLE;
        break;
    case SERIES_SHORT:
        s->cells.narrow[i] = pack(v);
        break;
    }
}

static int64_t second_of(int64_t at_ms)
{
    return at_ms >= 0 ? at_ms / 1000 : -((999 - at_ms) / 1000);
}

static size_t cell_of(const struct series *s, int64_t second)
{
    int64_t rest = second % s->span;
    return (size_t)(rest < 0 ? rest + s->span : rest);
}

static int64_t oldest_s(const struct series *s)
{
    int64_t floor_s = s->last_s - s->span + 1;
    return s->first_s > floor_s ? s->first_s : floor_s;
}

/* NAN for a hole and for everything outside what is remembered. */
static double value_at(const struct series *s, int64_t second)
{
    if (!s->any || second < oldest_s(s) || second > s->last_s) {
        return NAN;
    }
    return load(s, cell_of(s, second));
}

struct series *series_create(size_t span_s, enum series_cell kind)
{
    assert(span_s > 0);
    struct series *s = mem_alloc(1, sizeof *s);
    s->span = (int64_t)span_s;
    s->kind = kind;
    switch (kind) {
    case SERIES_BYTE:
        s->cells.byte = mem_alloc(span_s, sizeof *s->cells.byte);
        break;
    case SERIES_COUNT:
        s->cells.count = mem_alloc(span_s, sizeof *s->cells.count);
        break;
    case SERIES_SHORT:
        s->cells.narrow = mem_alloc(span_s, sizeof *s->cells.narrow);
        break;
    }
    return s;
}

void series_destroy(struct series *s)
{
    if (s) {
        free(s->cells.byte); /* whichever it is: they share their place */
    }
    free(s);
}

static void dig_holes(struct series *s, int64_t from_s, int64_t to_s)
{
    if (to_s - from_s > s->span) {
        from_s = to_s - s->span;
    }
    for (int64_t second = from_s; second < to_s; second++) {
        store(s, cell_of(s, second), NAN);
    }
}

void series_push(struct series *s, int64_t at_ms, double v)
{
    int64_t second = second_of(at_ms);
    if (s->any && second < s->last_s) {
        return;
    }
    size_t i = cell_of(s, second);
    if (s->any && second == s->last_s) {
        store(s, i, fmax(load(s, i), v)); /* of a number and NAN, fmax() is the number */
        return;
    }
    if (s->any) {
        dig_holes(s, s->last_s + 1, second);
    } else {
        s->first_s = second;
    }
    s->any = true;
    s->last_s = second;
    store(s, i, v);
}

bool series_at(const struct series *s, int64_t at_ms, double *out_v)
{
    double v = value_at(s, second_of(at_ms));
    if (isnan(v)) {
        return false;
    }
    *out_v = v;
    return true;
}

static void add_second(const struct series *s, int64_t second, struct series_column *c)
{
    double v = value_at(s, second);
    if (isnan(v)) {
        c->holes += s->any && second >= oldest_s(s) ? 1 : 0;
        return;
    }
    c->min = c->n == 0 ? v : fmin(c->min, v);
    c->max = c->n == 0 ? v : fmax(c->max, v);
    c->avg += (v - c->avg) / ++c->n;
}

/* The seconds that begin in [from_ms, to_ms), so that neighbours never share one; a column
 * narrower than a second shows the second it lies in. */
static struct series_column column(const struct series *s, int64_t from_ms, int64_t to_ms)
{
    struct series_column c = {0};
    int64_t from_s = second_of(from_ms + 999);
    int64_t to_s = second_of(to_ms + 999);
    if (from_s >= to_s) {
        add_second(s, second_of(from_ms), &c);
        return c;
    }
    for (int64_t second = from_s; second < to_s; second++) {
        add_second(s, second, &c);
    }
    return c;
}

void series_columns(const struct series *s, int64_t from_ms, int64_t to_ms,
                    struct series_column *out, size_t n)
{
    int64_t width_ms = to_ms - from_ms;
    int64_t columns = (int64_t)n;
    for (int64_t i = 0; i < columns; i++) {
        out[i] = (struct series_column){0};
        if (width_ms > 0) {
            out[i] = column(s, from_ms + width_ms * i / columns,
                            from_ms + width_ms * (i + 1) / columns);
        }
    }
}

/* The numbers of [from_ms, to_ms) on the heap; returns how many. */
static size_t collect(const struct series *s, int64_t from_ms, int64_t to_ms, double **out_v)
{
    int64_t from_s = second_of(from_ms + 999);
    int64_t to_s = second_of(to_ms + 999);
    from_s = from_s > oldest_s(s) ? from_s : oldest_s(s);
    to_s = to_s <= s->last_s ? to_s : s->last_s + 1;
    if (!s->any || from_s >= to_s) {
        return 0;
    }
    double *v = mem_alloc((size_t)(to_s - from_s), sizeof *v);
    size_t n = 0;
    for (int64_t second = from_s; second < to_s; second++) {
        v[n] = value_at(s, second);
        n += isnan(v[n]) ? 0 : 1;
    }
    *out_v = v;
    return n;
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Quickselect (Hoare): the value that sorting would put at index k; reorders v. Linear, where
 * sorting a day would cost the painter milliseconds. */
static double select_nth(double *v, int64_t n, int64_t k)
{
    int64_t lo = 0, hi = n - 1;
    while (lo < hi) {
        double pivot = v[lo + (hi - lo) / 2];
        int64_t i = lo, j = hi;
        while (i <= j) {
            if (v[i] < pivot) {
                i++;
            } else if (v[j] > pivot) {
                j--;
            } else {
                swap(&v[i++], &v[j--]);
            }
        }
        if (k > j && k < i) {
            break;
        }
        lo = k >= i ? i : lo;
        hi = k <= j ? j : hi;
    }
    return v[k];
}

bool series_quantile(const struct series *s, int64_t from_ms, int64_t to_ms, double q,
                     double *out_v)
{
    double *v = NULL;
    size_t n = collect(s, from_ms, to_ms, &v);
    if (n > 0) {
        /* Nearest rank: a number that really occurred. */
        double rank = ceil(fmin(fmax(q, 0.0), 1.0) * (double)n);
        *out_v = select_nth(v, (int64_t)n, rank < 1.0 ? 0 : (int64_t)rank - 1);
    }
    free(v);
    return n > 0;
}

bool series_span(const struct series *s, int64_t *out_first_ms, int64_t *out_last_ms)
{
    if (!s->any) {
        return false;
    }
    *out_first_ms = oldest_s(s) * 1000;
    *out_last_ms = s->last_s * 1000;
    return true;
}
