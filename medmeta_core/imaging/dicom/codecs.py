"""A plugin for pydicom's decoders: every JPEG of ISO 10918-1, with 8, 12 or 16 bits.

Pillow reads 8-bit baseline only; libjpeg-turbo, through imagecodecs, reads extended,
progressive and lossless frames as well.
"""

import imagecodecs
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1

LABEL = "imagecodecs"
JPEG_SYNTAXES = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
DECODER_DEPENDENCIES = dict.fromkeys(JPEG_SYNTAXES, ("imagecodecs",))


def is_available(syntax: str) -> bool:
    """Whether this plugin decodes the transfer syntax (pydicom asks)."""
    return UID(syntax) in JPEG_SYNTAXES


def decode_jpeg(code: bytes, runner: DecodeRunner) -> bytes:
    """The samples of one frame, colour by pixel, in the colour space of the codestream."""
    space = "RGB" if runner.samples_per_pixel == 3 else None
    samples = imagecodecs.jpeg8_decode(code, colorspace=space, outcolorspace=space)  # as it is
    runner.set_option("bits_allocated", 8 * samples.dtype.itemsize)
    runner.set_option("planar_configuration", 0)
    return bytes(samples.tobytes())


def add_plugins() -> None:
    """Make the plugin known to pydicom, once."""
    for syntax in JPEG_SYNTAXES:
        decoder = get_decoder(syntax)
        if LABEL not in decoder.available_plugins:
            decoder.add_plugin(LABEL, (__name__, decode_jpeg.__name__))
