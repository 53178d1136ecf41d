// The entry of libFuzzer for programs that have a main function of their own.
#ifndef REDOUBT_FUZZER_H
#define REDOUBT_FUZZER_H
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *count, char ***arguments,
                        int (*feed)(const uint8_t *octets, size_t size));
#endif
