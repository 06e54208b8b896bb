#include <yaml.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Heaps that grow by megabytes and are not given back in between: by pages, with two system calls a file, they took a tenth of the
   time of reading 10,000 manifests. One heap for each thread: with a single one its lock took a quarter. */
static inline void bursar_grow_the_heap_in_large_steps(void) {
#ifdef __GLIBC__
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
#endif
}

/* M_TOP_PAD is the main heap's alone, so the calling thread's is made as large as this by hand. It stays so: of what is free
   at its end less than M_TRIM_THRESHOLD is kept. */
static inline void bursar_reserve_heap(size_t bytes) {
#ifdef __GLIBC__
    void *volatile room = malloc(bytes);
    free(room);
#endif
}
