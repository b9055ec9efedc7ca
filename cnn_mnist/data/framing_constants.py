"""What framing in the graph and framing in NumPy have in common: limits of pictures, and sizes."""

from __future__ import annotations

SIZE = 28
MOST_SIDE = 16_384
"""Largest width or height of a picture, in pixels."""
MOST_PIXELS = 50_000_000
"""Largest number of pixels of a picture."""
MOST_BYTES = 64 * 2**20
"""Largest size of a file."""
MOST_SCANS = 100
"""Most scans of a progressive JPEG file: each takes as long as a picture; ten are usual."""
BYTES_PER_SCAN = 8192
"""A file may have one more scan for so many bytes, since a preview in it contains some too."""
PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
SCAN = b"\xff\xda"
"""The bytes that a scan of a JPEG file begins with."""

BOX = 20
"""Side of the box that a digit is scaled into, in pixels."""
NOISE = 0.1
"""What is weaker than this part of the strongest ink is background."""
LARGEST_SIDE = 1024
"""A picture with a longer side is shrunk to this before anything else."""
ROUNDING = 0.4999
"""Less than a half, so that a centre exactly between two pixels takes the lower one."""
GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in ITU-R BT.601."""
