/* XML as a stream: expat underneath, and above it the path of where one is. For answers of AWS
 * that may hold secrets: an element's text reaches the handler only where the handler wants it,
 * and whatever expat keeps meanwhile is zeroed before it is freed. Namespaces are ignored.
 *
 * A path is "DescribeVpnConnectionsResponse/vpnConnectionSet/item": local names from the root,
 * without a slash at the ends. A reader belongs to one thread and reads one document. */
#ifndef DRTOP_NET_XML_H
#define DRTOP_NET_XML_H

#include "backend/error.h"

#include <stdbool.h>
#include <stddef.h>

#define XML_DEPTH_MAX 24
#define XML_PATH_MAX  512                       /* bytes of a path with its NUL */
#define XML_TEXT_MAX  8192                      /* bytes of one element's text with its NUL */
#define XML_BYTES_MAX ((size_t)4 * 1024 * 1024) /* of a document */

/* Any member may be NULL. Texts are borrowed until the callback returns, and are from outside:
 * text_clean() before they are kept for the screen. */
struct xml_handler {
    void (*begin)(void *ctx, const char *path);
    /* Whether the text of this element is to be kept. false: it is dropped unseen, and so is
     * the text of everything below. NULL: all is wanted. Asked after begin(). */
    bool (*wants)(void *ctx, const char *path);
    /* At the end of an element that has no elements in it and whose text is wanted, before its
     * end(): its whole text, "" when it has none. len excludes the NUL. */
    void (*text)(void *ctx, const char *path, const char *text, size_t len);
    void (*end)(void *ctx, const char *path);
};

struct xml_reader;

/* handler and ctx are borrowed until the reader is destroyed. NULL when expat gives no parser. */
struct xml_reader *xml_reader_create(const struct xml_handler *handler, void *ctx);
void xml_reader_destroy(struct xml_reader *reader);

/* Reads the next piece; last says that no other follows. Returns false with err set, and says the
 * same again from then on, when this is no XML, is larger or deeper than the bounds above, has a
 * document type, or a wanted text is longer than XML_TEXT_MAX. */
bool xml_reader_feed(struct xml_reader *reader, const char *data, size_t len, bool last,
                     struct error *err);

/* The last name of a path. */
const char *xml_leaf(const char *path);

#endif
