// RouteSampling
