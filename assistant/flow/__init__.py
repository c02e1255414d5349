"""The only home of LangGraph: how a customer's message becomes an answer, one step a file."""
