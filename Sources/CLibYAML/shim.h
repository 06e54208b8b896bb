#include <yaml.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* One heap that grows by megabytes and is not given back in between: a heap for each thread grows by pages, with two system
   calls a file, which were a tenth of the time of reading 10,000 manifests. */
static inline void bursar_grow_the_heap_in_large_steps(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
#endif
}
