"""What a tool is and how it runs. A plugin author imports this room and `app.core`, nothing else."""
