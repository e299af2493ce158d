#ifndef MTOR_PROCESS_H
#define MTOR_PROCESS_H
/// The process environment of this process, NULL-terminated.
char *_Nullable *_Nullable mtor_environment(void);
#endif
