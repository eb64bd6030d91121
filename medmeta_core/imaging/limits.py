"""`Limits`: what bytes from outside may ask of this machine."""

from dataclasses import dataclass

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds that are checked by arithmetic before a decoder sees the bytes.

    Attributes:
        pixels: of one frame, rows × columns, as it is handed on.
        decoded_pixels: of a picture that is decoded whole and then made smaller.
        decoded_bytes: of the samples of such a picture.
        frames: of one file, where all frames are asked for.
        file_bytes: of one file as it came.
        zip_bytes: of one zip as it came.
        entries: files and folders of one zip.
        inflated_bytes: of all files of one zip, and of one deflated DICOM file.
        inflation: how many times larger than it came either may become, beyond `free_bytes`.
        free_bytes: that either may unpack to, however small it came.
        memory_bytes: address space of the decoding child; what is resident is always less.
        seconds: processor time for a file, and again for each further frame of it.
        storing_seconds: the same for our own work on a decoded frame: encoding it, or bringing
            it to another size.
    """

    pixels: int = 40_000_000
    decoded_pixels: int = 64 * MEBIBYTE
    decoded_bytes: int = 320 * MEBIBYTE
    frames: int = 1000
    file_bytes: int = 512 * MEBIBYTE
    zip_bytes: int = 1024 * MEBIBYTE
    entries: int = 10_000
    inflated_bytes: int = 4096 * MEBIBYTE
    inflation: int = 200
    free_bytes: int = 64 * MEBIBYTE
    memory_bytes: int = 1024 * MEBIBYTE
    seconds: float = 5.0
    storing_seconds: float = 30.0

    def inflated(self, n_bytes: int) -> int:
        """The bytes that `n_bytes` may unpack to.

        >>> LIMITS.inflated(0) // MEBIBYTE, LIMITS.inflated(MEBIBYTE) // MEBIBYTE
        (64, 264)
        """
        return min(self.free_bytes + self.inflation * n_bytes, self.inflated_bytes)


LIMITS = Limits()
