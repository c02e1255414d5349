"""Measuring: collections, metrics, runs, reports and the training of what ships."""
