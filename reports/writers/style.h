/* SPDX-License-Identifier: GPL-3.0-or-later */
/* style.h - how the HTML page looks: light and dark, wide and 320 px, on screen and in print; one system font stack, no file
 * beside the page. */
#ifndef REPORTS_WRITERS_STYLE_H
#define REPORTS_WRITERS_STYLE_H

extern const char html_style[];

#endif
