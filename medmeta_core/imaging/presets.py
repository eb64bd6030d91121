"""Windows that radiologists look through, for values in HU."""

from medmeta_core.imaging.image import Window

WINDOW_PRESETS = {
    "lung": Window(-600, 1500),
    "mediastinum": Window(40, 400),
    "soft-tissue": Window(50, 350),
    "bone": Window(400, 1800),
    "brain": Window(40, 80),
    "stroke": Window(35, 40),
    "subdural": Window(75, 215),
    "temporal-bone": Window(600, 2800),
    "abdomen": Window(60, 400),
    "liver": Window(60, 160),
    "angiography": Window(300, 600),
}
