/* VICI, the protocol by which strongSwan's charon is asked: frames of a length, a type, for some a
 * name, and elements. Pure; reads bytes that nobody vouches for. The socket is in vici_link.h.
 *
 *   frame:    u32 length of what follows | u8 type | named types: u8 length, name | elements
 *   elements: section start (name), section end, value (name, u16 length, bytes),
 *             list start (name), list item (u16 length, bytes), list end
 *
 * All numbers are big-endian. Texts are borrowed from the frame, are not terminated and hold
 * whatever a peer calls itself: through text_clean() with them. */
#ifndef DRTOP_TUNNEL_VICI_H
#define DRTOP_TUNNEL_VICI_H

#include <stdbool.h>
#include <stddef.h>

#define VICI_HEADER    4            /* bytes of the length before each frame */
#define VICI_FRAME_MAX (512 * 1024) /* charon's own limit */
#define VICI_DEPTH_MAX 8            /* sections in sections; charon's answers have 4 */

enum vici_type {
    VICI_REQUEST,
    VICI_RESPONSE,
    VICI_UNKNOWN_COMMAND,
    VICI_REGISTER,
    VICI_UNREGISTER,
    VICI_CONFIRMED,
    VICI_UNKNOWN_EVENT,
    VICI_EVENT,
};

struct vici_text {
    const char *p;
    size_t len;
};

struct vici_reader {
    const unsigned char *at, *end;
    int depth; /* open sections */
    bool in_list;
};

struct vici_frame {
    enum vici_type type;
    struct vici_text name; /* of an event or a request; else empty */
    struct vici_reader body;
};

enum vici_kind {
    VICI_BAD, /* not VICI; so it stays */
    VICI_END, /* of a message that is whole */
    VICI_SECTION,
    VICI_SECTION_END,
    VICI_VALUE,
    VICI_LIST,
    VICI_ITEM,
    VICI_LIST_END,
};

struct vici_element {
    struct vici_text name;  /* of SECTION, VALUE and LIST */
    struct vici_text value; /* of VALUE and ITEM */
};

/* How many bytes follow the header; 0 for a length that no frame may have. */
size_t vici_length(const unsigned char header[VICI_HEADER]);

/* Takes a frame without its header apart. Returns false when it is none. */
bool vici_frame_read(const unsigned char *bytes, size_t len, struct vici_frame *out);

/* The next element. Ends every walk: END or BAD comes at last, however the bytes are. */
enum vici_kind vici_next(struct vici_reader *r, struct vici_element *out);

/* Writes a frame with its header that holds a name and no elements. Returns its length, or 0 when
 * it does not fit. */
size_t vici_frame_write(unsigned char *out, size_t size, enum vici_type type, const char *name);

bool vici_is(struct vici_text text, const char *word);

#endif
