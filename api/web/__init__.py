"""The pages: templates, styles, scripts, and what they need to be rendered."""
