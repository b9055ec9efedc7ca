"""Long trials: trainings that are killed, put in bad places, or that go on for an hour."""
