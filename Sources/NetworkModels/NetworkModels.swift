// NetworkModels
