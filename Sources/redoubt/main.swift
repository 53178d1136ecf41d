print("redoubt")
