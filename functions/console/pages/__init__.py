"""The console's pages: plain HTML that works without a script; htmx loads the slow parts."""
