"""The page Rules and evidence."""
