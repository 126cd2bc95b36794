//! The `synthc` command.

fn main() {}
