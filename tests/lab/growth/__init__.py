"""What a message costs as stored orders become more, and as orders become longer."""
