"""Any `nn.Module` as the body of a backbone: its output as a vector, its layer for Grad-CAM."""
