"""What mail services tell us by themselves: one module a vendor, which proves who speaks and reads the words."""
