/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/blind.h"

static bool hides(const Blind *blind, const char *what)
{
        for (size_t i = 0; i < blind->n_hides; i++) {
                if (g_str_equal(blind->hides[i], what))
                        return true;
        }
        return false;
}

bool blind_hides_code(const Blind *blind)
{
        return hides(blind, "code") || hides(blind, "native") || hides(blind, "web");
}

bool blind_hides(const Facts *facts, const char *what)
{
        for (size_t i = 0; i < facts->n_blind; i++) {
                if (hides(facts->blind[i], what))
                        return true;
        }
        return false;
}
