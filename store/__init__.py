"""What is true: records, the journal, the fold, queries. Knows no terminal and no screen."""
