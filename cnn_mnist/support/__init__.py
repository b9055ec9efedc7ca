"""What every other room may use: whole files, and progress as a bar or as lines."""
