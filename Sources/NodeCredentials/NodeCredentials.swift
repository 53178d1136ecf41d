// NodeCredentials
