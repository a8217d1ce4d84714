//! The interference graph: which storages are in use at the same time. Merged storages share one node.

use super::live::Set;

/// A graph whose nodes can be merged.
pub(super) struct Graph {
    adjacent: Vec<Set>,
    parent: Vec<usize>,
}

impl Graph {
    pub(super) fn new(count: usize) -> Graph {
        Graph { adjacent: vec![Set::new(count); count], parent: (0..count).collect() }
    }

    /// The node that stands for a storage.
    pub(super) fn find(&self, mut storage: usize) -> usize {
        while self.parent[storage] != storage {
            storage = self.parent[storage];
        }
        storage
    }

    /// Records that two storages are in use at the same time.
    pub(super) fn add(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if a != b {
            self.adjacent[a].insert(b);
            self.adjacent[b].insert(a);
        }
    }

    /// Whether two nodes are in use at the same time.
    pub(super) fn interferes(&self, a: usize, b: usize) -> bool {
        self.adjacent[self.find(a)].contains(self.find(b))
    }

    /// Makes one node of two that do not interfere.
    pub(super) fn merge(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        debug_assert!(a != b && !self.interferes(a, b), "only what is not in use at the same time is merged");
        self.parent[b] = a;
        let neighbours = self.adjacent[b].clone();
        for n in neighbours.iter() {
            self.adjacent[n].remove(b);
            self.adjacent[n].insert(a);
        }
        self.adjacent[a].extend(&neighbours);
    }

    /// The nodes that a node interferes with.
    pub(super) fn neighbours(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.adjacent[node].iter()
    }
}
