"""The schema's history, in order. Written by ``make migration``, read by ``assistant.storage.migrate``."""
