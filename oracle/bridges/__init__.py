"""The rules of bridges: what their contracts do, as pure functions, and what is signed about them."""
