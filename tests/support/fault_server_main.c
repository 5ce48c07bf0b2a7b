/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault_server [--port N] [--log FILE] FOLDER: prints its URL, then serves until a signal ends it or
 * its parent is gone. What it can do wrong: fault_server.h. */
#include "support/fault_server.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        int port = 0;
        char *log_path = NULL;
        GOptionEntry options[] = {
                {"port", 0, 0, G_OPTION_ARG_INT, &port, "Port on 127.0.0.1; 0: any free one", "N"},
                {"log", 0, 0, G_OPTION_ARG_FILENAME, &log_path, "Append one line a request", "FILE"},
                {NULL},
        };
        g_autoptr(GError) error = NULL;
        g_autoptr(GOptionContext) context = g_option_context_new("FOLDER");
        g_option_context_add_main_entries(context, options, NULL);
        if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
                fprintf(stderr, "fault_server: %s\n", error ? error->message : "one folder, please");
                return 2;
        }
        FaultServer *server = fault_server_start(argv[1], port, log_path, &error);
        if (!server) {
                fprintf(stderr, "fault_server: %s\n", error->message);
                return 1;
        }
        printf("%s\n", fault_server_url(server));
        fflush(stdout);
        for (;;)
                pause();
}
