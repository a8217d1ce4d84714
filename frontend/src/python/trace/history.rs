//! Where paths parted: tells how many objects of two heaps are the same.

/// A state's forks, and the tracer's other notes on it.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Forks since the entry, outermost first: number of the fork, side taken, number of objects then.
    forks: Vec<(u32, u8, u32)>,
    /// Objects that the state shares with any state of the same forks.
    shared: u32,
    /// Meetings that failed: how many forks were common, and how many frames there were. Inside further calls another
    /// attempt is in vain, since what differed is further out.
    apart: Vec<(usize, usize)>,
}

impl History {
    /// Whether the path depends on a run-time value.
    pub fn is_straight(&self) -> bool {
        self.forks.is_empty() && self.shared == 0
    }

    /// Whether not every run takes the path.
    pub fn is_conditional(&self) -> bool {
        !self.forks.is_empty()
    }

    /// The state took a side of fork number `fork` when there were `objects` objects.
    pub fn fork(&mut self, fork: u32, side: u8, objects: u32) {
        self.forks.push((fork, side, objects));
    }

    /// Whether states at this many frames may be alike.
    pub fn may_meet(&self, other: &History, frames: usize) -> bool {
        let common = self.common(other);
        let fits = |history: &History| {
            history.apart.iter().all(|&(forks, depth)| forks != common || frames <= depth)
        };
        fits(self) && fits(other)
    }

    /// A meeting with the other failed at this many frames.
    pub fn stay_apart(&mut self, other: &History, frames: usize) {
        let common = self.common(other);
        self.apart.retain(|&(forks, _)| forks != common);
        self.apart.push((common, frames));
    }

    fn common(&self, other: &History) -> usize {
        self.forks.iter().zip(&other.forks).take_while(|((f, s, _), (g, t, _))| (f, s) == (g, t)).count()
    }

    /// How many objects two states share: those made before they parted.
    pub fn shared_with(&self, other: &History) -> u32 {
        let common = self.common(other);
        let after =
            |history: &History| history.forks.get(common).map_or(history.shared, |(_, _, objects)| *objects);
        match (self.forks.len() == common, other.forks.len() == common) {
            // A state that has met since knows less than one that has just forked off, never more.
            (true, true) => after(self).min(after(other)),
            (true, false) if self.shared > 0 => after(self).min(after(other)),
            (false, true) if other.shared > 0 => after(self).min(after(other)),
            (true, false) => after(other),
            (false, true) => after(self),
            (false, false) => after(self).min(after(other)),
        }
    }

    /// The history of a state that stands for two that shared this many objects.
    pub fn joined(&self, other: &History, shared: u32) -> History {
        let common = self.common(other);
        let apart = self.apart.iter().filter(|(forks, _)| *forks < common).copied().collect();
        History { forks: self.forks[..common].to_vec(), shared: shared.max(1), apart }
    }
}
