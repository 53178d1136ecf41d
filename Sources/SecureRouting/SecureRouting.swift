// SecureRouting
