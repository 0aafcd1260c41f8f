"""advisor: how to set up VM live migration, how long it takes, how sure that is, and why."""
