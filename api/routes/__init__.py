"""One module a topic. Its ``router`` is served under ``/api/v1``, its ``root`` (if any) at ``/``."""
