//! Control flow written out: branches and loops of the same Python function, so that inner graphs see outer names.

use super::attribute::{self, list};
use super::proto::{Attribute, AttributeType, Graph, Node, Type, TypeValue, ValueInfo};
use super::source::{Refusal, Writer};
use super::table::Control;

impl<'a> Writer<'a> {
    /// A node of control flow.
    pub(super) fn control(&mut self, node: &'a Node, control: Control) -> Result<(), Refusal> {
        match control {
            Control::Constant => self.constant_node(node),
            Control::If => self.branches(node),
            Control::Loop => self.iterate(node),
            Control::Scan => self.scan(node),
            Control::BatchScan => self.batch_scan(node),
            Control::SequenceMap => self.sequence_map(node),
        }
    }

    fn constant_node(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let ([output], [attribute]) = (&node.output[..], &node.attribute[..]) else {
            return Err(self.refusal("a constant has one output and one attribute"));
        };
        let given = self.resolved(attribute).ok_or_else(|| self.refusal("its attribute has no value"))?;
        let shown = output.as_str();
        let name = match (given.name.as_str(), attribute::type_of(&given)) {
            ("value", AttributeType::Tensor) => {
                let tensor = given.t.as_ref().ok_or_else(|| self.refusal("its tensor is missing"))?;
                self.constant(tensor, shown)?
            }
            ("sparse_value", AttributeType::SparseTensor) => {
                let sparse =
                    given.sparse_tensor.as_ref().ok_or_else(|| self.refusal("its tensor is missing"))?;
                let dense = super::tensor::read_sparse(sparse, self.folder);
                let number = sparse.values.as_ref().map_or(0, |values| values.data_type);
                let dense = dense.map_err(|why| self.refusal(why))?;
                self.bound(dense, number, shown)
            }
            ("value_float", AttributeType::Float) => {
                self.bound(braid_ir::Tensor::f32(&[], &[given.f]), 1, shown)
            }
            ("value_floats", AttributeType::Floats) => {
                self.bound(braid_ir::Tensor::f32(&[given.floats.len()], &given.floats), 1, shown)
            }
            ("value_int", AttributeType::Int) => self.bound(braid_ir::Tensor::i64(&[], &[given.i]), 7, shown),
            ("value_ints", AttributeType::Ints) => {
                self.bound(braid_ir::Tensor::i64(&[given.ints.len()], &given.ints), 7, shown)
            }
            (name, _) => {
                return Err(self.refusal(format!("a constant given as {name} is not supported")));
            }
        };
        self.bind_to(output, name);
        Ok(())
    }

    /// The graph that an attribute holds.
    fn subgraph(&self, node: &'a Node, name: &str) -> Result<&'a Graph, Refusal> {
        let graph = attribute::find(node, name).and_then(|attribute| attribute.g.as_ref());
        graph.ok_or_else(|| self.refusal(format!("it has no graph {name}")))
    }

    /// A graph in a new scope in which its inputs have these Python names.
    fn inner(&mut self, graph: &'a Graph, inputs: &[String]) -> Result<Vec<String>, Refusal> {
        if graph.input.len() != inputs.len() {
            let (has, needs) = (graph.input.len(), inputs.len());
            return Err(self.refusal(format!("its graph `{}` has {has} inputs, not {needs}", graph.name)));
        }
        let names = graph.input.iter().map(|input| input.name.as_str());
        self.scopes.push(names.zip(inputs.iter().cloned()).collect());
        let names: Vec<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
        let outputs = self.graph(graph, &names)?;
        self.scopes.pop();
        Ok(outputs)
    }

    /// As many outputs of a graph as its node needs of it.
    fn expect(&self, graph: &Graph, needed: usize) -> Result<(), Refusal> {
        if graph.output.len() == needed {
            return Ok(());
        }
        let has = graph.output.len();
        Err(self.refusal(format!("its graph `{}` has {has} outputs, not {needed}", graph.name)))
    }

    fn branches(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let inputs = self.inputs(node)?;
        let [condition] = &inputs[..] else {
            return Err(self.refusal("it must have one input, the condition"));
        };
        let sides = [self.subgraph(node, "then_branch")?, self.subgraph(node, "else_branch")?];
        let results: Vec<String> = node.output.iter().map(|_| self.fresh()).collect();
        for (head, side) in [format!("if truth({condition}):"), "else:".to_string()].into_iter().zip(sides) {
            self.expect(side, node.output.len())?;
            self.block(head, |writer| {
                let outputs = writer.inner(side, &[])?;
                writer.assign_all(&results, outputs.iter().map(|output| format!("snapshot({output})")));
                Ok::<_, Refusal>(())
            })?;
        }
        self.bind_outputs(node, results);
        Ok(())
    }

    /// `targets = sources`, all at once.
    fn assign_all(&mut self, targets: &[String], sources: impl IntoIterator<Item = String>) {
        match targets {
            [] => self.line("pass"),
            _ => {
                let sources: Vec<String> = sources.into_iter().collect();
                self.line(format!("{} = {}", targets.join(", "), sources.join(", ")));
            }
        }
    }

    fn bind_outputs(&mut self, node: &'a Node, names: Vec<String>) {
        for (output, name) in node.output.iter().zip(names).filter(|(output, _)| !output.is_empty()) {
            self.bind_to(output, name);
        }
    }

    /// Names for values that a loop carries, assigned what they are first.
    fn carried(&mut self, initial: &[String]) -> Vec<String> {
        let names: Vec<String> = initial.iter().map(|_| self.fresh()).collect();
        if !names.is_empty() {
            self.assign_all(&names, initial.iter().map(|value| format!("snapshot({value})")));
        }
        names
    }

    /// Assigns the values that a loop carries to the next iteration. Each may be made of any of the old ones.
    fn carry(&mut self, carried: &[String], next: &[String]) {
        if carried.is_empty() {
            return;
        }
        let taken: Vec<String> = next.iter().map(|_| self.fresh()).collect();
        self.assign_all(&taken, next.iter().map(|value| format!("snapshot({value})")));
        let pairs = carried.iter().zip(&taken);
        self.assign_all(carried, pairs.map(|(old, new)| format!("carry({old}, {new})")).collect::<Vec<_>>());
    }

    /// Names for lists of what each iteration gives.
    fn lists(&mut self, n: usize) -> Vec<String> {
        let names: Vec<String> = (0..n).map(|_| self.fresh()).collect();
        names.iter().for_each(|name| self.line(format!("{name} = []")));
        names
    }

    fn iterate(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let inputs = self.inputs(node)?;
        let body = self.subgraph(node, "body")?;
        let absent = "None".to_string();
        let (trips, condition) = (inputs.first().unwrap_or(&absent), inputs.get(1).unwrap_or(&absent));
        let initial = inputs.get(2..).unwrap_or_default();
        let scans = (body.output.len()).checked_sub(1 + initial.len());
        let scans = scans.ok_or_else(|| self.refusal("its body has fewer outputs than it carries values"))?;
        if node.output.len() > initial.len() + scans {
            return Err(self.refusal(format!("it has more than {} outputs", initial.len() + scans)));
        }
        let (iteration, condition_now) = (self.fresh(), self.fresh());
        let carried = self.carried(initial);
        let lists = self.lists(scans);
        let start = if condition == "None" { "True".to_string() } else { format!("truth({condition})") };
        self.line(format!("{condition_now} = {start}"));
        let counted = trips != "None";
        let head = if counted {
            format!("for {iteration} in range(int_of({trips})):")
        } else {
            self.line(format!("{iteration} = 0"));
            format!("while {condition_now}:")
        };
        self.block(head, |writer| {
            if counted {
                writer.block(format!("if not {condition_now}:"), |writer| writer.line("break"));
            }
            let (number, flag) = (writer.fresh(), writer.fresh());
            writer.line(format!("{number}, {flag} = index({iteration}), flag({condition_now})"));
            let mut given = vec![number, flag];
            given.extend(carried.iter().cloned());
            let outputs = writer.inner(body, &given)?;
            for (list, output) in lists.iter().zip(&outputs[1 + carried.len()..]) {
                writer.line(format!("{list}.append(tensor({output}))"));
            }
            writer.line(format!("{condition_now} = truth({})", outputs[0]));
            writer.carry(&carried, &outputs[1..=carried.len()]);
            if !counted {
                writer.line(format!("{iteration} = {iteration} + 1"));
            }
            Ok::<_, Refusal>(())
        })?;
        let stacked = lists
            .iter()
            .zip(&body.output[1 + carried.len()..])
            .map(|(list, output)| (list.clone(), format!("stacked({list}, 0, 0, {})", element(output))));
        let stacked: Vec<(String, String)> = stacked.collect();
        for (list, expression) in &stacked {
            self.line(format!("{list} = {expression}"));
        }
        self.bind_outputs(node, [carried, lists].concat());
        Ok(())
    }

    /// An attribute of integers, one for each of `n`; as many zeros if it is not given.
    fn numbers(&self, node: &'a Node, name: &str, n: usize) -> Result<Vec<i64>, Refusal> {
        let given = attribute::find(node, name).and_then(|attribute| self.resolved(attribute));
        match given {
            None => Ok(vec![0; n]),
            Some(given) if given.ints.len() == n => Ok(given.ints),
            Some(given) => Err(self.refusal(format!("{name} has {} elements, not {n}", given.ints.len()))),
        }
    }

    /// How many inputs are scanned, and how many outputs the states are.
    fn scanned(&self, node: &'a Node, body: &Graph, given: usize) -> Result<(usize, usize), Refusal> {
        let attribute =
            attribute::find(node, "num_scan_inputs").and_then(|attribute| self.resolved(attribute));
        let scanned = attribute.and_then(|attribute: Attribute| usize::try_from(attribute.i).ok());
        let scanned = scanned.filter(|&n| n >= 1 && n <= given && n <= body.input.len());
        let scanned = scanned
            .ok_or_else(|| self.refusal("num_scan_inputs must be at least 1 and at most the inputs"))?;
        let states = given - scanned;
        if body.output.len() < states {
            return Err(self.refusal("its body has fewer outputs than it carries states"));
        }
        if node.output.len() > body.output.len() {
            return Err(self.refusal(format!("it has more than {} outputs", body.output.len())));
        }
        Ok((scanned, states))
    }

    fn scan(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let inputs = self.inputs(node)?;
        let body = self.subgraph(node, "body")?;
        let (scanned, states) = self.scanned(node, body, inputs.len())?;
        let outputs = body.output.len() - states;
        let axes = self.numbers(node, "scan_input_axes", scanned)?;
        let directions = self.numbers(node, "scan_input_directions", scanned)?;
        let output_axes = self.numbers(node, "scan_output_axes", outputs)?;
        let output_directions = self.numbers(node, "scan_output_directions", outputs)?;
        let carried = self.carried(&inputs[..states]);
        let pairs = inputs[states..].iter().zip(&axes).zip(&directions);
        let sources: Vec<String> =
            pairs.map(|((name, axis), back)| format!("({name}, {axis}, {back})")).collect();
        let lists = self.scan_loop(body, &carried, &sources)?;
        for (i, list) in lists.iter().enumerate() {
            let (axis, back) = (output_axes[i], output_directions[i]);
            let element = element(&body.output[states + i]);
            self.line(format!("{list} = stacked({list}, {axis}, {back}, {element})"));
        }
        self.bind_outputs(node, [carried, lists].concat());
        Ok(())
    }

    /// The loop over slices: the lists that it fills. A source is a tuple of tensor, axis and direction.
    fn scan_loop(
        &mut self,
        body: &'a Graph,
        carried: &[String],
        sources: &[String],
    ) -> Result<Vec<String>, Refusal> {
        let lists = self.lists(body.output.len() - carried.len());
        let (iteration, length) = (self.fresh(), self.fresh());
        self.line(format!("{length} = scan_length({})", list(sources.iter().cloned())));
        self.block(format!("for {iteration} in range({length}):"), |writer| {
            let mut given = carried.to_vec();
            for source in sources {
                let slice = writer.fresh();
                writer.line(format!("{slice} = scan_slice({source}, {iteration}, {length})"));
                given.push(slice);
            }
            let outputs = writer.inner(body, &given)?;
            for (list, output) in lists.iter().zip(&outputs[carried.len()..]) {
                writer.line(format!("{list}.append(tensor({output}))"));
            }
            writer.carry(carried, &outputs[..carried.len()]);
            Ok::<_, Refusal>(())
        })?;
        Ok(lists)
    }

    fn batch_scan(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let inputs = self.inputs(node)?;
        let body = self.subgraph(node, "body")?;
        let Some((lengths, inputs)) = inputs.split_first() else {
            return Err(self.refusal("it has no inputs"));
        };
        if lengths != "None" {
            return Err(
                self.refusal("sequence_lens is not supported: what lies beyond a row's length is undefined")
            );
        }
        let (scanned, states) = self.scanned(node, body, inputs.len())?;
        let directions = self.numbers(node, "directions", scanned)?;
        let results = self.lists(body.output.len());
        let row = self.fresh();
        let all = list(inputs.iter().cloned());
        self.block(format!("for {row} in range(batch_size({all})):"), |writer| {
            let rows: Vec<String> =
                inputs.iter().map(|name| format!("scan_slice(({name}, 0, 0), {row}, 0)")).collect();
            let carried = writer.carried(&rows[..states]);
            let mut sources = Vec::new();
            for (name, back) in rows[states..].iter().zip(&directions) {
                let source = writer.fresh();
                writer.line(format!("{source} = ({name}, 0, {back})"));
                sources.push(source);
            }
            let lists = writer.scan_loop(body, &carried, &sources)?;
            for (i, result) in results.iter().enumerate() {
                match carried.get(i) {
                    Some(state) => writer.line(format!("{result}.append(tensor({state}))")),
                    None => {
                        let (list, element) = (&lists[i - states], element(&body.output[i]));
                        writer.line(format!("{result}.append(stacked({list}, 0, 0, {element}))"));
                    }
                }
            }
            Ok::<_, Refusal>(())
        })?;
        for result in &results {
            self.line(format!("{result} = stacked({result}, 0, 0, None)"));
        }
        self.bind_outputs(node, results);
        Ok(())
    }

    fn sequence_map(&mut self, node: &'a Node) -> Result<(), Refusal> {
        let inputs = self.inputs(node)?;
        let body = self.subgraph(node, "body")?;
        let Some(sequence) = inputs.first() else { return Err(self.refusal("it has no input sequence")) };
        self.expect(body, node.output.len())?;
        let lists = self.lists(body.output.len());
        let position = self.fresh();
        self.block(format!("for {position} in range(len({sequence})):"), |writer| {
            let mut given = Vec::new();
            for input in &inputs {
                let item = writer.fresh();
                writer.line(format!("{item} = item({input}, {position})"));
                given.push(item);
            }
            let outputs = writer.inner(body, &given)?;
            for (list, output) in lists.iter().zip(&outputs) {
                writer.line(format!("{list}.append(tensor({output}))"));
            }
            Ok::<_, Refusal>(())
        })?;
        self.bind_outputs(node, lists);
        Ok(())
    }
}

/// What a body's output says of its elements, for a loop that may not run once: `(type number, dimensions)`, where a
/// dimension that is not known is None; or None.
fn element(output: &ValueInfo) -> String {
    let Some(Type { value: Some(TypeValue::Tensor(tensor)) }) = &output.r#type else {
        return "None".to_string();
    };
    let Some(shape) = &tensor.shape else { return "None".to_string() };
    let dims = shape.dim.iter().map(|dim| match &dim.value {
        Some(super::proto::DimensionValue::Value(value)) => value.to_string(),
        _ => "None".to_string(),
    });
    format!("({}, {})", tensor.elem_type, list(dims))
}
