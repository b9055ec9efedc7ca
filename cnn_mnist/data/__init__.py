"""Data sets and pictures: read, checked, split, varied and framed.

The folders `mnist` and `digits` beside the modules are the data that the package brings.
"""
