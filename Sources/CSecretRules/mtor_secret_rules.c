#include "mtor_secret_rules.h"

// The file itself, with its licence, so that there is no copy that could differ.
static const char rules[] = {
#embed "../../rules/credsweeper.tsv"
};

const char *mtor_secret_rules(unsigned long *size) {
    *size = sizeof rules;
    return rules;
}
