"""Training images: sets, splits, augmentation, batches."""
