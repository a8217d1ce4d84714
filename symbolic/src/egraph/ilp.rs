//! Extraction by integer linear programming: the cheapest choices, or the best found when the time is up.
//!
//! A binary variable for each candidate, a constraint for each of its children. Cycles are forbidden when a solution has
//! one, which few do. Before that the graph is made smaller by what is true of some cheapest solution.

use super::extract::{Extraction, Problem, greedy};
use good_lp::{
    Expression, ProblemVariables, Solution, SolverModel, Variable, WithInitialSolution, WithTimeLimit,
    variable,
};
use std::time::{Duration, Instant};

/// The outcome of [`optimal`].
#[derive(Clone, Debug, PartialEq)]
pub struct Optimal {
    /// The best choices that were found.
    pub extraction: Extraction,
    /// Whether they were proved to be the cheapest.
    pub proved: bool,
}

/// Rounds in which cycles are forbidden.
pub const CYCLE_ROUNDS_MAX: usize = 100;

/// The cheapest choices; those of [`greedy`] or better where `limit` does not suffice. `None` where the roots have no
/// finite term.
///
/// ```
/// use braid_symbolic::egraph::{extract::Problem, ilp::optimal};
/// let mut problem = Problem::new(1, vec![0]);
/// problem.add(0, 2.0, []);
/// problem.add(0, 1.0, []);
/// let best = optimal(&problem, std::time::Duration::from_secs(1)).unwrap();
/// assert_eq!(best.extraction.cost, 1.0);
/// ```
pub fn optimal(problem: &Problem, limit: Duration) -> Option<Optimal> {
    let start = Instant::now();
    let warm = greedy(problem)?;
    let reduced = Reduced::new(problem);
    let mut cuts: Vec<Vec<(u32, u32)>> = Vec::new();
    let unproved = |extraction: Extraction| Some(Optimal { extraction, proved: false });
    for _ in 0..CYCLE_ROUNDS_MAX {
        let Some(left) = limit.checked_sub(start.elapsed()) else {
            return unproved(warm);
        };
        let Some((choices, proved)) = reduced.solve(&warm, &cuts, left) else {
            return unproved(warm);
        };
        let found = cycles(problem, &choices);
        if found.is_empty() {
            let Some(cost) = problem.cost(&choices) else {
                return unproved(warm);
            };
            if cost > warm.cost + 1e-9 {
                return unproved(warm);
            }
            return Some(Optimal { extraction: Extraction { choices, cost }, proved });
        }
        if !proved {
            return unproved(warm);
        }
        cuts.extend(found);
    }
    unproved(warm)
}

/// The candidates that may be in a cheapest solution, and the classes that are in each.
struct Reduced<'a> {
    problem: &'a Problem,
    /// Of each class, the candidates that are left.
    candidates: Vec<Vec<u32>>,
    /// Whether each solution needs the class.
    forced: Vec<bool>,
}

impl<'a> Reduced<'a> {
    fn new(problem: &'a Problem) -> Reduced<'a> {
        let subset = |a: &[u32], b: &[u32]| a.iter().all(|x| b.binary_search(x).is_ok());
        let mut candidates: Vec<Vec<u32>> = Vec::with_capacity(problem.classes.len());
        for (class, all) in problem.classes.iter().enumerate() {
            let mut kept: Vec<u32> = Vec::new();
            for (at, candidate) in all.iter().enumerate() {
                if candidate.children.contains(&(class as u32)) {
                    continue;
                }
                // One that needs no more and costs no more replaces this one.
                let beaten = all.iter().enumerate().any(|(other_at, other)| {
                    let as_good =
                        other.cost <= candidate.cost && subset(&other.children, &candidate.children);
                    let same = other.cost == candidate.cost && other.children == candidate.children;
                    other_at != at && as_good && (!same || other_at < at)
                });
                if !beaten {
                    kept.push(at as u32);
                }
            }
            candidates.push(kept);
        }
        let mut forced = vec![false; problem.classes.len()];
        let mut stack = problem.roots.clone();
        while let Some(class) = stack.pop() {
            if std::mem::replace(&mut forced[class as usize], true) {
                continue;
            }
            let mut lists = candidates[class as usize]
                .iter()
                .map(|&at| &problem.classes[class as usize][at as usize].children);
            if let Some(first) = lists.next() {
                let rest: Vec<_> = lists.collect();
                stack.extend(first.iter().filter(|c| rest.iter().all(|list| list.contains(c))));
            }
        }
        Reduced { problem, candidates, forced }
    }

    /// Classes that some solution may need.
    fn reachable(&self) -> Vec<bool> {
        let mut seen = vec![false; self.problem.classes.len()];
        let mut stack = self.problem.roots.clone();
        while let Some(class) = stack.pop() {
            if !std::mem::replace(&mut seen[class as usize], true) {
                for &at in &self.candidates[class as usize] {
                    stack.extend_from_slice(&self.problem.classes[class as usize][at as usize].children);
                }
            }
        }
        seen
    }

    /// Choices of least cost that may have cycles, except those that the cuts forbid, and whether that was proved.
    fn solve(
        &self,
        warm: &Extraction,
        cuts: &[Vec<(u32, u32)>],
        limit: Duration,
    ) -> Option<(Vec<Option<u32>>, bool)> {
        let reachable = self.reachable();
        let in_warm: Vec<u32> = self.problem.order(&warm.choices)?;
        let mut needed = vec![false; self.problem.classes.len()];
        in_warm.iter().for_each(|&c| needed[c as usize] = true);
        let mut variables = ProblemVariables::new();
        let mut of_class: Vec<Vec<(u32, Variable)>> = vec![Vec::new(); self.problem.classes.len()];
        let mut objective = Expression::from(0.0);
        let mut initial: Vec<(Variable, f64)> = Vec::new();
        for (class, list) in self.candidates.iter().enumerate().filter(|(class, _)| reachable[*class]) {
            for &at in list {
                let var = variables.add(variable().binary());
                let candidate = &self.problem.classes[class][at as usize];
                objective.add_mul(candidate.cost, var);
                let taken = needed[class] && warm.choices[class] == Some(at);
                initial.push((var, taken as u8 as f64));
                of_class[class].push((at, var));
            }
        }
        let complete = in_warm
            .iter()
            .all(|&c| of_class[c as usize].iter().any(|(at, _)| warm.choices[c as usize] == Some(*at)));
        let sum = |class: u32| of_class[class as usize].iter().map(|(_, v)| *v).sum::<Expression>();
        let mut model = variables.minimise(objective).using(good_lp::microlp);
        for (class, list) in of_class.iter().enumerate() {
            if self.forced[class] {
                model.add_constraint(sum(class as u32).geq(1.0));
            }
            // A child that several candidates of a class share is demanded once, by all of them together: a tighter
            // relaxation with fewer rows.
            let mut users: std::collections::BTreeMap<u32, Expression> = std::collections::BTreeMap::new();
            for (at, var) in list {
                for &child in &self.problem.classes[class][*at as usize].children {
                    if !self.forced[child as usize] {
                        users.entry(child).or_default().add_mul(1.0, *var);
                    }
                }
            }
            for (child, demand) in users {
                model.add_constraint((sum(child) - demand).geq(0.0));
            }
            if list.len() > 1 {
                model.add_constraint(sum(class as u32).leq(1.0));
            }
        }
        for cut in cuts {
            let mut total = Expression::from(0.0);
            for (class, child) in cut {
                for (at, var) in &of_class[*class as usize] {
                    if self.problem.classes[*class as usize][*at as usize].children.contains(child) {
                        total.add_mul(1.0, *var);
                    }
                }
            }
            model.add_constraint(total.leq(cut.len() as f64 - 1.0));
        }
        let mut model = model.with_time_limit(limit.as_secs_f64());
        if complete {
            model = model.with_initial_solution(initial);
        }
        let solution = model.solve().ok()?;
        let mut choices = vec![None; self.problem.classes.len()];
        for (class, list) in of_class.iter().enumerate() {
            choices[class] = list.iter().find(|(_, v)| solution.value(*v) > 0.5).map(|(at, _)| *at);
        }
        let proved = matches!(solution.status(), good_lp::solvers::SolutionStatus::Optimal);
        Some((choices, proved))
    }
}

/// The cycles of choices that the roots need, each as pairs of a class and its child.
fn cycles(problem: &Problem, choices: &[Option<u32>]) -> Vec<Vec<(u32, u32)>> {
    let mut found = Vec::new();
    let mut state = vec![0u8; problem.classes.len()];
    for &root in &problem.roots {
        let mut path: Vec<(u32, usize)> = vec![(root, 0)];
        if state[root as usize] != 0 {
            continue;
        }
        state[root as usize] = 1;
        while let Some((class, at)) = path.last_mut() {
            let class = *class;
            let candidate =
                choices[class as usize].and_then(|c| problem.classes[class as usize].get(c as usize));
            let Some(&child) = candidate.and_then(|c| c.children.get(*at)) else {
                state[class as usize] = 2;
                path.pop();
                continue;
            };
            *at += 1;
            match state[child as usize] {
                0 => {
                    state[child as usize] = 1;
                    path.push((child, 0));
                }
                1 => {
                    let start = path.iter().position(|(c, _)| *c == child).unwrap_or(0);
                    let mut cycle: Vec<(u32, u32)> =
                        path[start..].windows(2).map(|pair| (pair[0].0, pair[1].0)).collect();
                    cycle.push((class, child));
                    found.push(cycle);
                }
                _ => {}
            }
        }
    }
    found
}
