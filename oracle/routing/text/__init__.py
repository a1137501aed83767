"""What stands in a request, found by rules: amounts, times, and names of chains and bridges."""
