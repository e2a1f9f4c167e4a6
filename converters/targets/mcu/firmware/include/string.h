/* What model.c needs of <string.h>, for compilers that come without a libc. */
#ifndef KEDGE_STRING_H
#define KEDGE_STRING_H
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
#endif
