//! The table of hash-consed nodes: one node per distinct term, for the life of the process.
//!
//! Nodes are never freed, so handles are plain references: `Copy`, compared by address, read without a lock.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::sync::Mutex;

const SHARDS: usize = 64;

/// A table of distinct nodes.
pub(super) struct Interner<N: 'static> {
    shards: [Mutex<HashTable<&'static N>>; SHARDS],
}

impl<N: 'static> Interner<N> {
    pub(super) const fn new() -> Interner<N> {
        Interner { shards: [const { Mutex::new(HashTable::new()) }; SHARDS] }
    }

    /// The shard of a hash. The table uses the low and the top bits; some between choose the shard.
    fn shard(&self, hash: u64) -> std::sync::MutexGuard<'_, HashTable<&'static N>> {
        self.shards[(hash >> 40) as usize % SHARDS].lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The node for `key` with this hash, made by `make` if there is none yet.
    pub(super) fn intern<K>(
        &self,
        hash: u64,
        key: K,
        hash_of: impl Fn(&N) -> u64,
        same: impl Fn(&N, &K) -> bool,
        make: impl FnOnce(K) -> N,
    ) -> &'static N {
        match self.shard(hash).entry(hash, |n| same(n, &key), |n| hash_of(n)) {
            Entry::Occupied(entry) => entry.get(),
            Entry::Vacant(entry) => {
                let node: &'static N = Box::leak(Box::new(make(key)));
                entry.insert(node);
                node
            }
        }
    }
}

/// Mixes a value into a hash, the same in every process.
pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let x = (hash ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 32)
}

/// The hash of a text, the same in every process.
pub(super) fn mix_str(hash: u64, text: &str) -> u64 {
    text.bytes().fold(mix(hash, text.len() as u64), |h, b| mix(h, b as u64))
}
