"""What is kept of a call, and what must not be: numbers redacted, events stored, old calls deleted."""
