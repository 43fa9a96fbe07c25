// @test once: Names that occur once are counted once.
assert.deepEqual(countVotes(["rye", "oat"]), { rye: 1, oat: 1 });

// @test twice weight=2: `countVotes(["rye", "oat", "rye"])` returns `{ rye: 2, oat: 1 }`.
assert.deepEqual(countVotes(["rye", "oat", "rye"]), { rye: 2, oat: 1 });

// @test nobody: Without votes the object is empty.
assert.deepEqual(countVotes([]), {});

// @test many hidden: Many votes are counted, wherever they stand.
const votes = [...Array(40).fill("rye"), ...Array(25).fill("spelt"), "rye", "oat"];
assert.deepEqual(countVotes(votes), { rye: 41, spelt: 25, oat: 1 });
