"""Long trials: a training that is killed again and again, and one that goes on for an hour."""
