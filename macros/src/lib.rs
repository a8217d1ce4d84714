//! `rule!`: rewrite rules checked when they are compiled.
//!
//! The tokens are put back into text, and the text is read by the reader of `braid-symbolic` that reads rules at run time,
//! so both accept the same language and say the same about mistakes. This crate depends on that one, which therefore cannot
//! re-export it; the facade `braid` re-exports both.

use braid_symbolic::rewrite::Rule;
use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use std::ops::Range;

/// A rule, as a `&'static Rule<Head>` that is made when it is first used.
///
/// ```
/// use braid_macros::rule;
/// let pythagoras = rule!("pythagoras": sin(?a)^2 + cos(?a)^2 => 1);
/// assert_eq!(pythagoras.name(), "pythagoras");
/// let log_exp = rule!("log-exp": exp(log(?a)) => ?a if ?a > 0 and not ?a == 2);
/// let both = rule!("double": sin(2*?a) == 2*sin(?a)*cos(?a));
/// let guarded = rule!("even": abs(?a)^?n::even => ?a^?n);
/// let segment = rule!("exp": exp(??r + log(?a)) => ?a*exp(??r) if ?a > 0);
/// # let _ = (log_exp, both, guarded, segment);
/// ```
///
/// A slot that the left side does not bind:
///
/// ```compile_fail
/// braid_macros::rule!("wrong": sin(?a) => cos(?b));
/// ```
///
/// A function that does not exist, the wrong number of arguments, a predicate that does not exist:
///
/// ```compile_fail
/// braid_macros::rule!("wrong": sinus(?a) => ?a);
/// ```
/// ```compile_fail
/// braid_macros::rule!("wrong": sin(?a, ?b) => ?a*?b);
/// ```
/// ```compile_fail
/// braid_macros::rule!("wrong": sin(?a::nice) => ?a);
/// ```
///
/// A single slot on the left, a condition that is none, a missing side, a missing name:
///
/// ```compile_fail
/// braid_macros::rule!("wrong": ?a => 1);
/// ```
/// ```compile_fail
/// braid_macros::rule!("wrong": exp(log(?a)) => ?a if ?a + 1);
/// ```
/// ```compile_fail
/// braid_macros::rule!("wrong": exp(log(?a)));
/// ```
/// ```compile_fail
/// braid_macros::rule!(exp(log(?a)) => ?a);
/// ```
///
/// A predicate or function that the program registers when it runs is not known when it is compiled: rules with those are
/// read by `Rule::parse`.
#[proc_macro]
pub fn rule(input: TokenStream) -> TokenStream {
    let path: TokenStream = [
        TokenTree::Punct(Punct::new(':', Spacing::Joint)),
        TokenTree::Punct(Punct::new(':', Spacing::Alone)),
        TokenTree::Ident(Ident::new("braid_symbolic", Span::call_site())),
    ]
    .into_iter()
    .collect();
    expand(path, input)
}

/// [`rule!`] for a crate that re-exports `braid-symbolic`: the path to that comes first, in brackets.
///
/// ```
/// let rule = braid_macros::rule_in!((::braid_symbolic) "pythagoras": sin(?a)^2 + cos(?a)^2 => 1);
/// assert_eq!(rule.name(), "pythagoras");
/// ```
#[proc_macro]
pub fn rule_in(input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(path)) => expand(path.stream(), tokens.collect()),
        other => {
            let span = other.map_or_else(Span::call_site, |t| t.span());
            error("expected the path of braid-symbolic in brackets", span, span)
        }
    }
}

/// The text of a rule, and which token each part of it is from.
#[derive(Default)]
struct Text {
    text: String,
    tokens: Vec<(Range<usize>, Span)>,
}

impl Text {
    fn push(&mut self, word: &str, span: Span) {
        let start = self.text.len();
        self.text.push_str(word);
        self.tokens.push((start..self.text.len(), span));
    }

    /// Words are set apart by spaces, unless they belong together.
    fn extend(&mut self, tokens: TokenStream) {
        // Brackets are gone into with a stack: a macro may make them as deep as it likes.
        let mut stack = vec![(tokens.into_iter(), None::<(&str, Span)>)];
        while let Some((tokens, close)) = stack.last_mut() {
            let Some(token) = tokens.next() else {
                if let Some((close, span)) = close.take() {
                    self.push(close, span);
                }
                stack.pop();
                continue;
            };
            match token {
                TokenTree::Group(group) => {
                    // What a macro variable stood for keeps its place as one operand.
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis | Delimiter::None => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                    };
                    self.push(open, group.span_open());
                    stack.push((group.stream().into_iter(), Some((close, group.span_close()))));
                }
                TokenTree::Punct(punct) => {
                    self.push(&punct.as_char().to_string(), punct.span());
                    if punct.spacing() == Spacing::Alone && !matches!(punct.as_char(), '?' | ':') {
                        self.text.push(' ');
                    }
                }
                TokenTree::Ident(ident) => {
                    if !self.text.ends_with(['?', ':', '(', ' ']) {
                        self.text.push(' ');
                    }
                    self.push(&ident.to_string(), ident.span());
                }
                TokenTree::Literal(literal) => {
                    if !self.text.ends_with(['(', ' ', '-', '^']) {
                        self.text.push(' ');
                    }
                    self.push(&literal.to_string().replace('_', ""), literal.span());
                }
            }
        }
    }

    /// The first and last token of a part of the text.
    fn spans(&self, part: &Range<usize>) -> (Span, Span) {
        let within = |(range, _): &&(Range<usize>, Span)| {
            range.end > part.start && range.start < part.end.max(part.start + 1)
        };
        let mut found = self.tokens.iter().filter(within).map(|(_, span)| *span);
        let last = self.tokens.last().map_or_else(Span::call_site, |(_, span)| *span);
        let start = found.next().unwrap_or(last);
        (start, found.next_back().unwrap_or(start))
    }
}

fn expand(path: TokenStream, input: TokenStream) -> TokenStream {
    let mut tokens = input.into_iter();
    let name = match tokens.next() {
        Some(TokenTree::Literal(literal)) => (literal.to_string(), literal.span()),
        other => {
            let span = other.map_or_else(Span::call_site, |t| t.span());
            return error("a rule begins with its name: \"name\": left => right", span, span);
        }
    };
    let plain =
        name.0.strip_prefix('"').and_then(|n| n.strip_suffix('"')).filter(|n| !n.contains([':', '\\']));
    let Some(plain) = plain else {
        return error("the name of a rule is a string without colons and backslashes", name.1, name.1);
    };
    match tokens.next() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {}
        other => {
            let span = other.map_or(name.1, |t| t.span());
            return error("expected a colon after the name", span, span);
        }
    }
    let mut text = Text::default();
    text.push(plain, name.1);
    text.push(": ", name.1);
    text.extend(tokens.collect());
    if let Err(wrong) = Rule::parse(&text.text) {
        let (start, end) = text.spans(&wrong.span);
        return error(&wrong.to_string(), start, end);
    }
    template(path, &text.text)
}

/// A static that holds the rule, and a reference to it.
fn template(path: TokenStream, text: &str) -> TokenStream {
    const CODE: &str = "{
        static RULE: ::std::sync::LazyLock<PATH::rewrite::Rule<PATH::Head>> = ::std::sync::LazyLock::new(|| {
            PATH::rewrite::Rule::parse(TEXT).expect(\"it was read when it was compiled\")
        });
        &*RULE
    }";
    // The code is fixed, and does parse.
    let code: TokenStream = CODE.parse().unwrap_or_default();
    filled(code, &path, text)
}

/// The code with the path and the text put in. It is nested three deep.
fn filled(code: TokenStream, path: &TokenStream, text: &str) -> TokenStream {
    code.into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => {
                let inner = filled(group.stream(), path, text);
                TokenStream::from(TokenTree::Group(Group::new(group.delimiter(), inner)))
            }
            TokenTree::Ident(ident) if ident.to_string() == "PATH" => path.clone(),
            TokenTree::Ident(ident) if ident.to_string() == "TEXT" => {
                TokenStream::from(TokenTree::Literal(Literal::string(text)))
            }
            other => TokenStream::from(other),
        })
        .collect()
}

/// A compile error that underlines from one token to another.
fn error(message: &str, start: Span, end: Span) -> TokenStream {
    let at = |mut token: TokenTree, span: Span| {
        token.set_span(span);
        token
    };
    let message = at(TokenTree::Literal(Literal::string(message)), end);
    [
        at(TokenTree::Ident(Ident::new("compile_error", start)), start),
        at(TokenTree::Punct(Punct::new('!', Spacing::Alone)), start),
        at(TokenTree::Group(Group::new(Delimiter::Brace, message.into())), end),
    ]
    .into_iter()
    .collect()
}
