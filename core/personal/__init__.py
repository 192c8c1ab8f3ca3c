"""What is held on a person: shown to them, or forgotten. Modules say what they hold by a hook."""
