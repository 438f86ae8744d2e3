/* Picks operating system commands (OSC: window title, clipboard, pop-ups) out of a terminal's byte
 * stream, whatever pieces it arrives in. libvterm 0.1 hands over neither reliably. Caller's
 * memory; zeroed is ready to use. */
#ifndef DRTOP_EYE_OSC_H
#define DRTOP_EYE_OSC_H

#include <stddef.h>

#define OSC_TEXT_MAX 8192

struct osc {
    int state; /* private to osc.c */
    size_t len;
    char text[OSC_TEXT_MAX];      /* the command being received */
    char title[OSC_TEXT_MAX];     /* last OSC 0 or 2 */
    char clipboard[OSC_TEXT_MAX]; /* last OSC 52 after its selection letter, decoded */
    char popup[OSC_TEXT_MAX];     /* last OSC 9 or 777, from its number on */
    unsigned popups;
    unsigned bells; /* BEL outside of a command */
};

void osc_feed(struct osc *o, const char *bytes, size_t len);

#endif
