"""Reading sources into articles and splitting articles into passages."""
