"""Failed messages: dead letters that people review, edit, replay and discard."""
