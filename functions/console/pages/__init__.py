"""The console's pages: plain HTML that works without a script; htmx fills in what takes time."""
