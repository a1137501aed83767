"""The encoder, the policy f(v, theta0) and the bundle that holds them. Knows no network."""
