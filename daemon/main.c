/* shixiand: options, configuration, then the daemon. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "daemon.h"

#define USAGE                                                                                      \
    "usage: shixiand [--config FILE] [--check] [--exercise [--time-scale N]] [--version] [--help]"

static bool read_options(struct daemon_options *ret, int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"check", no_argument, NULL, 'k'},
                                            {"exercise", no_argument, NULL, 'e'},
                                            {"version", no_argument, NULL, 'v'},
                                            {"time-scale", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int64_t scale = 1;
    int o;

    while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (o == 'v' || o == 'h') {
            puts(o == 'v' ? "shixiand " SHIXIAN_VERSION : USAGE);
            exit(0);
        }
        if (o == '?' || (o == 's' && text_to_int(optarg, 1, 100000, &scale) < 0))
            return false;
        ret->file = o == 'c' ? optarg : ret->file;
        ret->check = ret->check || o == 'k';
        ret->exercise = ret->exercise || o == 'e';
    }
    ret->scale = (double)scale;
    return optind == argc;
}

int main(int argc, char **argv)
{
    struct daemon_options options = {.file = "/etc/shixian/shixian.yaml"};
    struct err err = {"the event loop failed"};
    struct conf *conf;

    if (!read_options(&options, argc, argv)) {
        fputs(USAGE "\n", stderr);
        return 2;
    }
    conf = daemon_conf(options.file);
    if (!conf)
        return 1;
    if (options.check) {
        printf("%s: no errors\n", options.file);
        conf_free(conf);
        return 0;
    }
    if (daemon_run(&options, conf, &err) < 0) {
        fprintf(stderr, "shixiand: %s\n", err.text);
        return 1;
    }
    return 0;
}
