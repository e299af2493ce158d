#ifndef MTOR_SUPERVISOR_H
#define MTOR_SUPERVISOR_H
/// Shared between mtor's side (mtor_process.c) and the host's (mtor_supervisor.c).
#define MTOR_HOST_NAME "mtor: command host"
#define MTOR_HOST_SOCKET 3
/// The job's file, the lifeline, and the command's standard input, output and error.
#define MTOR_JOB_DESCRIPTORS 5
#endif
