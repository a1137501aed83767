"""What things cost, measured: `catalyst bench`."""
