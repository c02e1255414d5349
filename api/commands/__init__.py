"""One module a verb of ``askdesk``, with a click command named ``command``; heavy imports belong inside functions."""
