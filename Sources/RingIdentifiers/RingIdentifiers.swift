// RingIdentifiers
