// one
fn two() {}
// ANCHOR: body
fn four() {}
// ANCHOR_END: body
