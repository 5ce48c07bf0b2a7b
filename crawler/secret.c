/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "crawler/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_MIN = 4, KEY_MAX = 1024, FILE_MAX = 4096 };

void secret_free(void *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        g_free(secret);
}

static char *default_folder(void)
{
        return g_build_filename(g_get_user_config_dir(), "overreach", "secrets", NULL);
}

static bool is_guarded(int fd, const char *path, GError **error)
{
        struct stat st;
        if (fstat(fd, &st) != 0)
                return fault_errno(error, FAULT_IO, errno, "%s", path);
        if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
                return fault(error, FAULT_USAGE, "%s: a key file is a plain file of at most %d bytes", path,
                             FILE_MAX);
        if (st.st_mode & (S_IRWXG | S_IRWXO))
                return fault(error, FAULT_USAGE,
                             "%s: others than its owner may open this key file (mode %03o): chmod 600 it",
                             path, (unsigned)(st.st_mode & 0777));
        return true;
}

/* One word of visible ASCII, in place. */
static bool trim(char *text, const char *path, GError **error)
{
        char *word = g_strstrip(text);
        size_t len = strlen(word);
        bool visible = true;
        for (size_t i = 0; i < len; i++)
                visible = visible && word[i] > ' ' && word[i] < 0x7f;
        if (visible && len >= KEY_MIN && len <= KEY_MAX)
                return true;
        return fault(error, FAULT_USAGE, "%s: a key file holds one word of %d to %d visible ASCII characters",
                     path, KEY_MIN, KEY_MAX);
}

static char *read_key(int fd, const char *path, GError **error)
{
        char text[FILE_MAX + 1];
        ssize_t n = read(fd, text, FILE_MAX);
        if (n < 0) {
                fault_errno(error, FAULT_IO, errno, "%s", path);
                return NULL;
        }
        text[n] = '\0';
        char *secret = trim(text, path, error) ? g_uri_escape_string(text, NULL, FALSE) : NULL;
        explicit_bzero(text, sizeof text);
        return secret;
}

char *secret_load(const char *folder, const Market *market, GError **error)
{
        g_autofree char *where = folder ? g_strdup(folder) : default_folder();
        const char *name = market->key_file;
        if (!name || !*name || *name == '.' || strchr(name, '/')) {
                fault(error, FAULT_USAGE, "%s: key_file is no plain file name", market->name);
                return NULL;
        }
        g_autofree char *path = g_build_filename(where, name, NULL);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0) {
                fault_errno(error, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, errno,
                            "%s asks for a key: write it into %s (chmod 600)",
                            market->title ? market->title : market->name, path);
                return NULL;
        }
        char *secret = is_guarded(fd, path, error) ? read_key(fd, path, error) : NULL;
        close(fd);
        return secret;
}
