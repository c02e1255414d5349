"""Askdesk's core: domain, storage, knowledge, language models, the conversation flow and the use cases."""
