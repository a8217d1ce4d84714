//! Operators that are not supported, with the reason.

use super::{Row, refused};

const RANDOM: &str = "it draws random numbers, whose generator the specification leaves open";
const STRINGS: &str = "it works on strings, which are no elements of Braid's tensors";

pub(super) static ROWS: &[Row] = &[
    refused("Bernoulli", 15, RANDOM),
    refused("ImageDecoder", 20, "it decodes files of images"),
    refused("Multinomial", 7, RANDOM),
    refused("RandomNormal", 1, RANDOM),
    refused("RandomNormalLike", 1, RANDOM),
    refused("RandomUniform", 1, RANDOM),
    refused("RandomUniformLike", 1, RANDOM),
    refused("RegexFullMatch", 20, STRINGS),
    refused("StringConcat", 20, STRINGS),
    refused("StringNormalizer", 10, STRINGS),
    refused("StringSplit", 20, STRINGS),
    refused("TfIdfVectorizer", 9, "counts of n-grams are not supported"),
];
