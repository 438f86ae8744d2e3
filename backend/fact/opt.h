/* Values that may be unknown. Unknown is a state of its own: it never takes part in arithmetic as
 * 0 or -1. A zeroed struct is unknown. */
#ifndef DRTOP_FACT_OPT_H
#define DRTOP_FACT_OPT_H

#include <stdbool.h>
#include <stdint.h>

enum tri { TRI_UNKNOWN, TRI_NO, TRI_YES };

struct opt_i64 {
    bool known;
    int64_t v;
};

struct opt_f64 {
    bool known;
    double v;
};

static inline struct opt_i64 opt_i64(int64_t v)
{
    return (struct opt_i64){.known = true, .v = v};
}

static inline struct opt_f64 opt_f64(double v)
{
    return (struct opt_f64){.known = true, .v = v};
}

static inline enum tri tri_of(bool b)
{
    return b ? TRI_YES : TRI_NO;
}

#endif
