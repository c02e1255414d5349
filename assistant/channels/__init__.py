"""How messages reach people: open pages, and mail."""
