/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over the files of its seed folder, so that every seed and every past crash is an ordinary test. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
        int n = 0;
        for (int i = 1; i < argc; i++) {
                g_autoptr(GError) error = NULL;
                g_autoptr(GDir) folder = g_dir_open(argv[i], 0, &error);
                if (!folder) {
                        fprintf(stderr, "%s\n", error->message);
                        return 1;
                }
                for (const char *name; (name = g_dir_read_name(folder)); n++) {
                        g_autofree char *path = g_build_filename(argv[i], name, NULL);
                        g_autofree char *bytes = NULL;
                        gsize len = 0;
                        if (!g_file_get_contents(path, &bytes, &len, &error)) {
                                fprintf(stderr, "%s\n", error->message);
                                return 1;
                        }
                        LLVMFuzzerTestOneInput((const uint8_t *)bytes, len);
                }
        }
        printf("%d seeds replayed\n", n);
        return n > 0 ? 0 : 1;
}
