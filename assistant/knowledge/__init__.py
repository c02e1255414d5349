"""The one home of encoders, vectors and keywords: what finds a passage for a question."""
