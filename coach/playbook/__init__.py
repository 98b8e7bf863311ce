"""What to say to the agent, and when: the playbook language, its matcher and its pure step function."""
