#ifndef ESCAPE_H
#define ESCAPE_H
/// Tries all ways out; 0 if none worked.
int escape(void);
#endif
