"""The outermost ring: the ``askdesk`` command, the HTTP API and the pages."""
