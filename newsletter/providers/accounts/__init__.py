"""What mail services tell when they are asked: one module a vendor. Asking sends nothing."""
