"""What is trained: distillation, gradient-based and metric-based meta-learning."""
