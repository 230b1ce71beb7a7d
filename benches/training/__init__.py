"""Load that tells the compiler which code requests run through."""
