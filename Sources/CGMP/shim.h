#ifndef REDOUBT_CGMP_H
#define REDOUBT_CGMP_H

#include <gmp.h>

#endif
