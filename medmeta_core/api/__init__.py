"""What Python users call: reading images, adapting, predicting, explaining, reporting, saving."""
