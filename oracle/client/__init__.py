"""The API's answers as types, and clients that ask for them."""
