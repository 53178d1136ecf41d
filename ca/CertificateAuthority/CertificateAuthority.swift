// CA
