"""Tests of what is erased in time."""
