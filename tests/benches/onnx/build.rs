//! Models made message by message.

use braid_frontend::onnx::proto::{
    Attribute, AttributeType, Dimension, DimensionValue, Graph, Model, Node, OperatorSetId, Shape, Tensor,
    TensorType, Type, TypeValue, ValueInfo,
};

pub const FLOAT: i32 = 1;
pub const INT64: i32 = 7;
pub const BOOL: i32 = 9;

pub fn node(op_type: &str, input: &[&str], output: &str) -> Node {
    Node {
        name: format!("the {output}"),
        op_type: op_type.into(),
        input: input.iter().map(|name| name.to_string()).collect(),
        output: vec![output.into()],
        ..Node::default()
    }
}

/// A node with an integer attribute.
pub fn with_int(mut node: Node, name: &str, i: i64) -> Node {
    let r#type = AttributeType::Int as i32;
    node.attribute.push(Attribute { name: name.into(), r#type, i, ..Attribute::default() });
    node
}

/// A node with a graph in an attribute.
pub fn with_graph(mut node: Node, name: &str, graph: Graph) -> Node {
    let r#type = AttributeType::Graph as i32;
    node.attribute.push(Attribute { name: name.into(), r#type, g: Some(graph), ..Attribute::default() });
    node
}

pub fn value(name: &str, elem_type: i32, dims: &[i64]) -> ValueInfo {
    let dim = dims.iter().map(|&dim| Dimension { value: Some(DimensionValue::Value(dim)) }).collect();
    let tensor = TypeValue::Tensor(TensorType { elem_type, shape: Some(Shape { dim }) });
    ValueInfo { name: name.into(), r#type: Some(Type { value: Some(tensor) }) }
}

pub fn graph(node: Vec<Node>, input: Vec<ValueInfo>, output: Vec<ValueInfo>) -> Graph {
    Graph { name: "g".into(), node, input, output, ..Graph::default() }
}

pub fn model(graph: Graph) -> Model {
    let opset_import = vec![OperatorSetId { domain: String::new(), version: 21 }];
    Model { ir_version: 10, opset_import, graph: Some(graph), ..Model::default() }
}

pub fn ints(name: &str, dims: &[i64], data: &[i64]) -> Tensor {
    let (name, dims, int64_data) = (name.into(), dims.to_vec(), data.to_vec());
    Tensor { name, dims, data_type: INT64, int64_data, ..Tensor::default() }
}

/// Small numbers around 0, the same for the same name.
pub fn weights(name: &str, dims: &[i64], scale: f32) -> Tensor {
    let mut state = name.bytes().fold(1u64, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 40) as f32 / (1u64 << 24) as f32 - 0.5) * scale
    };
    let float_data = (0..dims.iter().product()).map(|_| next()).collect();
    Tensor { name: name.into(), dims: dims.to_vec(), data_type: FLOAT, float_data, ..Tensor::default() }
}
