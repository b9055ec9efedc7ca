"""Sweeps: a grid of trainings, a process and a folder for each, and a table of results."""

__all__ = ["grid", "processes", "results"]
