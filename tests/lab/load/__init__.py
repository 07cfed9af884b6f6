"""The load test of requirements 10.2: publishers at a steady rate through the whole stack."""
