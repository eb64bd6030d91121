"""A backbone of several networks, each of which looks at several views of a picture."""
