//! Extraction: one node for each class that is needed, so that the whole costs least, with what is shared counted once.
//!
//! Works on a plain graph of classes and nodes, so that scalar terms, tensor terms and graphs from files are extracted by the
//! same code. Finding the cheapest shared graph is NP-hard: [`greedy`] is near it and fast, [`optimal`](super::ilp::optimal)
//! finds it where time allows.

use std::collections::BTreeMap;

/// A node that may be chosen for its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it costs by itself.
    pub cost: f64,
    /// The classes of its children; each once.
    pub children: Box<[u32]>,
}

/// A graph to extract from.
///
/// ```
/// use braid_symbolic::egraph::extract::{Problem, greedy, tree};
/// // A root that costs 9 by itself, or 1 over two classes that are made of one that costs 5.
/// let mut problem = Problem::new(4, vec![0]);
/// problem.add(0, 9.0, []);
/// problem.add(0, 1.0, [1, 2]);
/// problem.add(1, 0.0, [3]);
/// problem.add(2, 0.0, [3]);
/// problem.add(3, 5.0, []);
/// assert_eq!(tree(&problem).unwrap().cost, 9.0);
/// assert_eq!(greedy(&problem).unwrap().cost, 6.0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// The candidates of each class.
    pub classes: Vec<Vec<Candidate>>,
    /// The classes that are wanted.
    pub roots: Vec<u32>,
}

/// A candidate for each class that is needed, without cycles.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// Of each class the number of the chosen candidate; `None` where none can be chosen without a cycle.
    pub choices: Vec<Option<u32>>,
    /// The cost of all classes that the roots need, each counted once.
    pub cost: f64,
}

impl Problem {
    /// A graph with this many classes, without candidates.
    pub fn new(classes: usize, roots: Vec<u32>) -> Problem {
        Problem { classes: vec![Vec::new(); classes], roots }
    }

    /// Adds a candidate to a class.
    pub fn add(&mut self, class: u32, cost: f64, children: impl IntoIterator<Item = u32>) {
        let mut children: Vec<u32> = children.into_iter().collect();
        children.sort_unstable();
        children.dedup();
        self.classes[class as usize].push(Candidate { cost, children: children.into() });
    }

    fn chosen<'a>(&'a self, choices: &[Option<u32>], class: u32) -> Option<&'a Candidate> {
        self.classes[class as usize].get(choices[class as usize]? as usize)
    }

    /// The classes that the roots need, children before their users; `None` where the choices have a cycle or a hole.
    pub fn order(&self, choices: &[Option<u32>]) -> Option<Vec<u32>> {
        self.order_from(choices, &self.roots)
    }

    /// Like [`Problem::order`] from other roots.
    pub fn order_from(&self, choices: &[Option<u32>], roots: &[u32]) -> Option<Vec<u32>> {
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let mut state = vec![0u8; self.classes.len()];
        let mut order = Vec::new();
        let mut stack: Vec<(u32, usize)> = Vec::new();
        for &root in roots {
            if state[root as usize] == DONE {
                continue;
            }
            stack.push((root, 0));
            state[root as usize] = OPEN;
            while let Some((class, at)) = stack.last_mut() {
                let candidate = self.chosen(choices, *class)?;
                match candidate.children.get(*at) {
                    None => {
                        state[*class as usize] = DONE;
                        order.push(*class);
                        stack.pop();
                    }
                    Some(&child) => {
                        *at += 1;
                        match state[child as usize] {
                            0 => {
                                state[child as usize] = OPEN;
                                stack.push((child, 0));
                            }
                            OPEN => return None,
                            _ => {}
                        }
                    }
                }
            }
        }
        Some(order)
    }

    /// The cost of choices, each needed class counted once; `None` where they have a cycle or a hole.
    pub fn cost(&self, choices: &[Option<u32>]) -> Option<f64> {
        let order = self.order(choices)?;
        Some(order.iter().filter_map(|&class| self.chosen(choices, class)).map(|c| c.cost).sum())
    }

    fn extraction(&self, choices: Vec<Option<u32>>) -> Option<Extraction> {
        let cost = self.cost(&choices)?;
        Some(Extraction { choices, cost })
    }

    /// Of each class the candidates of other classes that use it.
    fn users(&self) -> Vec<Vec<u32>> {
        let mut users = vec![Vec::new(); self.classes.len()];
        for (class, candidates) in self.classes.iter().enumerate() {
            for &child in candidates.iter().flat_map(|c| &c.children) {
                users[child as usize].push(class as u32);
            }
        }
        users.iter_mut().for_each(|list| list.dedup());
        users
    }
}

/// The cheapest choices where what is shared is counted as often as it is used. For comparison, and to start from.
pub fn tree(problem: &Problem) -> Option<Extraction> {
    problem.extraction(tree_choices(problem).0)
}

fn tree_choices(problem: &Problem) -> (Vec<Option<u32>>, Vec<f64>) {
    let users = problem.users();
    let mut best: Vec<f64> = vec![f64::INFINITY; problem.classes.len()];
    let mut choices: Vec<Option<u32>> = vec![None; problem.classes.len()];
    let mut queue: std::collections::VecDeque<u32> = (0..problem.classes.len() as u32).collect();
    let mut queued = vec![true; problem.classes.len()];
    while let Some(class) = queue.pop_front() {
        queued[class as usize] = false;
        let mut improved = false;
        for (at, candidate) in problem.classes[class as usize].iter().enumerate() {
            // Costs are at least a little above zero, so that no cycle is ever the cheapest.
            let sum: f64 = candidate.children.iter().map(|&c| best[c as usize]).sum();
            let cost = candidate.cost.max(0.0) + sum + TREE_STEP;
            if cost < best[class as usize] {
                best[class as usize] = cost;
                choices[class as usize] = Some(at as u32);
                improved = true;
            }
        }
        if improved {
            for &user in &users[class as usize] {
                if !std::mem::replace(&mut queued[user as usize], true) {
                    queue.push_back(user);
                }
            }
        }
    }
    (choices, best)
}

/// What a level of a tree costs besides its nodes.
const TREE_STEP: f64 = 1e-9;

/// More work than this is not spent on the sets of what each class needs; the choices of [`tree`] are improved instead.
pub const SET_WORK_MAX: usize = 20_000_000;

/// The local search tries this many exchanges at most.
pub const EXCHANGES_MAX: usize = 200_000;

/// The local search visits this many classes at most.
pub const EXCHANGE_WORK_MAX: usize = 50_000_000;

/// Choices close to the cheapest, with what is shared counted once.
///
/// First every class takes, bottom up, the candidate whose own cost and that of all that it needs is least. Then single
/// choices are exchanged as long as the whole gets cheaper. `None` where the roots have no finite term.
pub fn greedy(problem: &Problem) -> Option<Extraction> {
    let (by_tree, costs) = tree_choices(problem);
    let mut starts = vec![by_tree];
    starts.extend(set_choices(problem, &costs));
    let mut best: Option<Extraction> = None;
    for start in starts {
        let Some(found) = problem.extraction(start).map(|e| improve(problem, e)) else {
            continue;
        };
        if best.as_ref().is_none_or(|best| found.cost < best.cost) {
            best = Some(found);
        }
    }
    best
}

/// The choices of least cost by sets of needed classes; `None` where that is too much work.
fn set_choices(problem: &Problem, tree_costs: &[f64]) -> Option<Vec<Option<u32>>> {
    struct Needs {
        cost: f64,
        /// Needed classes, sorted, with the cost of the candidate that was chosen for each.
        classes: Vec<(u32, f64)>,
    }
    let users = problem.users();
    let mut best: Vec<Option<Needs>> = (0..problem.classes.len()).map(|_| None).collect();
    let mut choices: Vec<Option<u32>> = vec![None; problem.classes.len()];
    // Cheap classes first: then most classes are looked at once.
    let mut queue: BTreeMap<(u64, u32), ()> = BTreeMap::new();
    let key = |class: u32| (tree_costs[class as usize].to_bits(), class);
    for class in 0..problem.classes.len() as u32 {
        if problem.classes[class as usize].iter().any(|c| c.children.is_empty()) {
            queue.insert(key(class), ());
        }
    }
    let mut work = 0usize;
    let mut merged: BTreeMap<u32, f64> = BTreeMap::new();
    while let Some(((_, class), ())) = queue.pop_first() {
        let mut improved = false;
        for (at, candidate) in problem.classes[class as usize].iter().enumerate() {
            let limit = best[class as usize].as_ref().map_or(f64::INFINITY, |b| b.cost);
            if candidate.children.iter().any(|&c| best[c as usize].is_none()) {
                continue;
            }
            merged.clear();
            merged.insert(class, candidate.cost);
            let mut cyclic = false;
            for needs in candidate.children.iter().filter_map(|&c| best[c as usize].as_ref()) {
                work += needs.classes.len();
                cyclic |= needs.classes.binary_search_by_key(&class, |n| n.0).is_ok();
                if cyclic {
                    break;
                }
                for &(needed, cost) in &needs.classes {
                    merged.entry(needed).and_modify(|c| *c = c.min(cost)).or_insert(cost);
                }
            }
            if work > SET_WORK_MAX {
                return None;
            }
            let cost: f64 = merged.values().sum();
            if !cyclic && cost < limit - 1e-12 {
                best[class as usize] =
                    Some(Needs { cost, classes: merged.iter().map(|(&c, &v)| (c, v)).collect() });
                choices[class as usize] = Some(at as u32);
                improved = true;
            }
        }
        if improved {
            for &user in &users[class as usize] {
                queue.insert(key(user), ());
            }
        }
    }
    Some(choices)
}

/// How often each class is used by what is chosen, and what that costs.
struct Uses<'a> {
    problem: &'a Problem,
    choices: Vec<Option<u32>>,
    count: Vec<u32>,
    cost: f64,
    work: usize,
    stack: Vec<u32>,
}

impl Uses<'_> {
    fn take(&mut self, children: &[u32]) {
        self.stack.extend_from_slice(children);
        while let Some(class) = self.stack.pop() {
            self.work += 1;
            self.count[class as usize] += 1;
            if self.count[class as usize] == 1
                && let Some(candidate) = self.problem.chosen(&self.choices, class)
            {
                self.cost += candidate.cost;
                self.stack.extend_from_slice(&candidate.children);
            }
        }
    }

    fn release(&mut self, children: &[u32]) {
        self.stack.extend_from_slice(children);
        while let Some(class) = self.stack.pop() {
            self.work += 1;
            self.count[class as usize] -= 1;
            if self.count[class as usize] == 0
                && let Some(candidate) = self.problem.chosen(&self.choices, class)
            {
                self.cost -= candidate.cost;
                self.stack.extend_from_slice(&candidate.children);
            }
        }
    }

    /// Whether the chosen candidates lead from one of these classes to `goal`, or to a class without a choice.
    fn leads(&mut self, from: &[u32], goal: u32, seen: &mut [u32], stamp: u32) -> bool {
        self.stack.clear();
        self.stack.extend_from_slice(from);
        while let Some(class) = self.stack.pop() {
            self.work += 1;
            if class == goal {
                self.stack.clear();
                return true;
            }
            if std::mem::replace(&mut seen[class as usize], stamp) == stamp {
                continue;
            }
            match self.problem.chosen(&self.choices, class) {
                Some(candidate) => self.stack.extend_from_slice(&candidate.children),
                None => {
                    self.stack.clear();
                    return true;
                }
            }
        }
        false
    }
}

/// Exchanges single choices as long as the whole gets cheaper.
fn improve(problem: &Problem, start: Extraction) -> Extraction {
    let mut uses = Uses {
        problem,
        choices: start.choices.clone(),
        count: vec![0; problem.classes.len()],
        cost: 0.0,
        work: 0,
        stack: Vec::new(),
    };
    uses.take(&problem.roots);
    let mut seen = vec![u32::MAX; problem.classes.len()];
    let mut tried = 0;
    loop {
        let before = uses.cost;
        let Some(order) = problem.order(&uses.choices) else {
            return start;
        };
        for class in order.into_iter().rev() {
            let candidates = &problem.classes[class as usize];
            for at in 0..candidates.len() as u32 {
                let Some(current) = uses.choices[class as usize] else { break };
                if at == current || uses.count[class as usize] == 0 {
                    continue;
                }
                tried += 1;
                if tried > EXCHANGES_MAX || uses.work > EXCHANGE_WORK_MAX {
                    return problem.extraction(uses.choices).unwrap_or(start);
                }
                let (old, new) = (&candidates[current as usize], &candidates[at as usize]);
                if uses.leads(&new.children, class, &mut seen, tried as u32) {
                    continue;
                }
                let cost = uses.cost;
                uses.take(&new.children);
                uses.release(&old.children);
                uses.cost += new.cost - old.cost;
                if uses.cost < cost - 1e-9 {
                    uses.choices[class as usize] = Some(at);
                } else {
                    uses.take(&old.children);
                    uses.release(&new.children);
                    uses.cost = cost;
                }
            }
        }
        if uses.cost >= before - 1e-9 {
            return problem.extraction(uses.choices).unwrap_or(start);
        }
    }
}
