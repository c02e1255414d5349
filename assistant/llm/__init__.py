"""The only home of chat models: providers, prompts as files, redaction, budgets and the writer."""
