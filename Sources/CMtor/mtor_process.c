#define _GNU_SOURCE
#include "mtor_process.h"

#include <unistd.h>

char **mtor_environment(void) { return environ; }
