"""Invented agreements: wordings of clauses, what fills them, and whole texts with the reading that is right."""
