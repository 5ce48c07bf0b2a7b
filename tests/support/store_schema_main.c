/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_schema FOLDER TEXT: writes TEXT as the schema number of a database, as a program of another time would have. */
#include "store/inside.h"

#include <stdio.h>

int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        if (argc != 3) {
                fputs("usage: store_schema FOLDER TEXT\n", stderr);
                return 2;
        }
        g_autoptr(Store) store = store_open(argv[1], STORE_WRITE, &error);
        KeyBytes key;
        key_spell_schema(&key);
        if (store)
                db_batch_put(store->gathered, store->db, DB_META, key_span(&key), span_str(argv[2]));
        if (!store || !store_flush(store, &error)) {
                fprintf(stderr, "store_schema: %s\n", error->message);
                return 1;
        }
        return 0;
}
