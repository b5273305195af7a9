"""The emitted module, checked against differences and the interpreter."""
