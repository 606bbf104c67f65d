"""What a shared deployment adds, in the profile `team`: who signed in, what they may do, what is kept of it."""
