//! Graphs of a model: which nodes are needed, in which order, and which names they take from outside.

use super::proto::{Attribute, Function, Graph, Node};
use std::collections::{HashMap, HashSet};

/// Nodes with the names that come in from outside and go out: a graph or a model's own function.
pub struct Body<'a> {
    /// The nodes.
    pub nodes: &'a [Node],
    /// Names of inputs and initialisers.
    pub given: Vec<&'a str>,
    /// Names of outputs.
    pub outputs: Vec<&'a str>,
}

impl<'a> Body<'a> {
    /// Of a graph.
    pub fn of_graph(graph: &'a Graph) -> Body<'a> {
        let sparse = graph.sparse_initializer.iter().filter_map(|sparse| sparse.values.as_ref());
        let inputs = graph.input.iter().map(|input| input.name.as_str());
        let constants = graph.initializer.iter().chain(sparse).map(|tensor| tensor.name.as_str());
        Body {
            nodes: &graph.node,
            given: inputs.chain(constants).collect(),
            outputs: graph.output.iter().map(|output| output.name.as_str()).collect(),
        }
    }

    /// Of a function.
    pub fn of_function(function: &'a Function) -> Body<'a> {
        Body {
            nodes: &function.node,
            given: function.input.iter().map(String::as_str).collect(),
            outputs: function.output.iter().map(String::as_str).collect(),
        }
    }

    /// The nodes that the outputs need, each after those whose results it takes.
    ///
    /// # Errors
    /// A name that two nodes make, or a cycle; with the node's number.
    pub fn order(&self) -> Result<Vec<&'a Node>, (&'a Node, String)> {
        let given: HashSet<&str> = self.given.iter().copied().collect();
        let mut maker: HashMap<&str, usize> = HashMap::new();
        for (number, node) in self.nodes.iter().enumerate() {
            for output in node.output.iter().filter(|output| !output.is_empty()) {
                if maker.insert(output, number).is_some() {
                    return Err((node, format!("its output `{output}` is the output of another node, too")));
                }
                if given.contains(output.as_str()) {
                    let what = "is an input or initialiser of the graph, too";
                    return Err((node, format!("its output `{output}` {what}")));
                }
            }
        }
        let takes: Vec<Vec<usize>> = self
            .nodes
            .iter()
            .map(|node| names_taken(node).into_iter().filter_map(|name| maker.get(name).copied()).collect())
            .collect();
        let needed = self.needed(&maker, &takes);
        let mut state = vec![Visit::Not; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        for start in (0..self.nodes.len()).filter(|&number| needed[number]) {
            // The path from the start, with how many of each node's operands have been looked at.
            let mut path = vec![(start, 0)];
            while let Some((number, looked)) = path.last_mut() {
                let number = *number;
                if *looked == 0 && state[number] != Visit::Not {
                    path.pop();
                    continue;
                }
                state[number] = Visit::Open;
                match takes[number].get(*looked) {
                    Some(&operand) => {
                        *looked += 1;
                        match state[operand] {
                            Visit::Not => path.push((operand, 0)),
                            Visit::Open => {
                                let node = &self.nodes[number];
                                return Err((
                                    node,
                                    "it takes its own result, by way of other nodes or itself".into(),
                                ));
                            }
                            Visit::Done => {}
                        }
                    }
                    None => {
                        state[number] = Visit::Done;
                        order.push(&self.nodes[number]);
                        path.pop();
                    }
                }
            }
        }
        Ok(order)
    }

    fn needed(&self, maker: &HashMap<&str, usize>, takes: &[Vec<usize>]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = self.outputs.iter().filter_map(|name| maker.get(name).copied()).collect();
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut needed[number], true) {
                open.extend(&takes[number]);
            }
        }
        needed
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Open,
    Done,
}

/// Names that a node takes: its inputs, and what the graphs in its attributes take from outside.
fn names_taken(node: &Node) -> Vec<&str> {
    let mut names: Vec<&str> =
        node.input.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    for graph in node.attribute.iter().flat_map(graphs) {
        names_from_outside(graph, &mut names);
    }
    names
}

/// The graphs of an attribute.
pub fn graphs(attribute: &Attribute) -> impl Iterator<Item = &Graph> {
    attribute.g.iter().chain(&attribute.graphs)
}

/// Adds the names that a graph takes from outside. The depth of graphs is bounded by the reader of the file.
fn names_from_outside<'a>(graph: &'a Graph, names: &mut Vec<&'a str>) {
    let body = Body::of_graph(graph);
    let mut own: HashSet<&str> = body.given.iter().copied().collect();
    own.extend(graph.node.iter().flat_map(|node| &node.output).map(String::as_str));
    let taken = graph.node.iter().flat_map(names_taken);
    names.extend(taken.chain(body.outputs).filter(|name| !own.contains(name)));
}
