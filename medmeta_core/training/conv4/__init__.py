"""Kernels of Conv-4 for second-order gradients."""
