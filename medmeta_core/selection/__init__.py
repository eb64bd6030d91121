"""The choice of a method by cross-validation on the user's examples."""
