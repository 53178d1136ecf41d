#ifndef REDOUBT_CPREFETCH_H
#define REDOUBT_CPREFETCH_H

/// Asks the processor to load the cache line at `address`; never faults, may do nothing.
/// Swift has no spelling for this, and it is worth a factor of two on tables beyond the L2 cache.
static inline void redoubt_prefetch(const void *_Nonnull address) {
  __builtin_prefetch(address, 0, 3);
}

#endif
