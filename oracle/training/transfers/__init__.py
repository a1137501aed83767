"""Training the reader of requests on invented ones: two linear layers on the frozen encoder of agreements."""
