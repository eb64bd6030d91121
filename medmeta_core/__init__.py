"""The engine: few-shot learning on medical images, without a screen."""
