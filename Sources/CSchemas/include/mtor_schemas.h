#ifndef MTOR_SCHEMAS_H
#define MTOR_SCHEMAS_H

/// A JSON Schema of schemas/, as it stands in the executable.
struct mtor_schema {
    /// The word after `mtor schema`.
    const char *_Nonnull name;
    const char *_Nonnull text;
    /// In bytes; the text has no terminating NUL.
    unsigned long size;
};

/// The schema of an index from 0; NULL behind the last.
const struct mtor_schema *_Nullable mtor_schema_at(unsigned int index);
#endif
