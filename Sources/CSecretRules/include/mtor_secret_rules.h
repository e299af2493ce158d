#ifndef MTOR_SECRET_RULES_H
#define MTOR_SECRET_RULES_H

/// The text of rules/credsweeper.tsv, as it stands in the executable; without a terminating NUL.
const char *_Nonnull mtor_secret_rules(unsigned long *_Nonnull size);
#endif
