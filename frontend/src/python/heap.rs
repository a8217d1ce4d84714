//! The heap: a persistent array of objects, so that the evaluator's state can be forked without copying it.
//!
//! Objects live in pages behind shared pointers. Cloning a heap copies one pointer per page; a write to a shared page
//! copies the page's pointers, and a write to a shared object copies the object. Two heaps that descend from one
//! therefore share every object that neither has written, which is how [`merge`](super::trace) finds what differs.
//!
//! There is no garbage collection: an evaluation is short, and object numbers stay valid.

use super::object::Object;
use super::value::ObjId;
use std::sync::Arc;

/// Objects per page: small enough that copying a page's pointers after a fork is cheap.
const PAGE: usize = 64;

/// A persistent array of objects.
#[derive(Clone, Default)]
pub struct Heap {
    pages: Vec<Arc<Vec<Arc<Object>>>>,
    len: u32,
}

impl Heap {
    /// Number of objects ever made.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether no object was ever made.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Stores a new object.
    ///
    /// # Panics
    /// After 2^32 objects; the instruction limit comes long before.
    pub fn alloc(&mut self, object: Object) -> ObjId {
        let id = self.len;
        self.len = id.checked_add(1).expect("the instruction limit keeps the heap far below 2^32 objects");
        if (id as usize).is_multiple_of(PAGE) {
            self.pages.push(Arc::new(Vec::with_capacity(PAGE)));
        }
        let page = self.pages.last_mut().expect("a page was just made for the first object");
        Arc::make_mut(page).push(Arc::new(object));
        ObjId(id)
    }

    /// The object.
    #[inline]
    pub fn get(&self, id: ObjId) -> &Object {
        &self.pages[id.0 as usize / PAGE][id.0 as usize % PAGE]
    }

    /// The object, if there is one of this number.
    pub fn find(&self, id: ObjId) -> Option<&Object> {
        (id.0 < self.len).then(|| self.get(id))
    }

    /// The object, to change it; copies it if another state shares it.
    #[inline]
    pub fn get_mut(&mut self, id: ObjId) -> &mut Object {
        let page = Arc::make_mut(&mut self.pages[id.0 as usize / PAGE]);
        Arc::make_mut(&mut page[id.0 as usize % PAGE])
    }

    /// The shared pointer to an object: equal pointers in two heaps mean that neither wrote it since they parted.
    pub fn shared(&self, id: ObjId) -> &Arc<Object> {
        &self.pages[id.0 as usize / PAGE][id.0 as usize % PAGE]
    }

    /// Objects below `limit` that two heaps of one ancestor do not share, in order.
    pub fn differing(&self, other: &Heap, limit: u32) -> Vec<ObjId> {
        let mut found = Vec::new();
        for (index, (mine, theirs)) in self.pages.iter().zip(&other.pages).enumerate() {
            if Arc::ptr_eq(mine, theirs) {
                continue;
            }
            for (at, (a, b)) in mine.iter().zip(theirs.iter()).enumerate() {
                let id = (index * PAGE + at) as u32;
                if id < limit && !Arc::ptr_eq(a, b) {
                    found.push(ObjId(id));
                }
            }
        }
        found
    }
}
