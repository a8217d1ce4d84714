//! Text into tokens with positions.

use super::ParseError;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, a keyword or a dtype.
    Word(String),
    /// Digits, with a fraction or exponent if it is a float.
    Number(String),
    /// A quoted string, unescaped.
    Str(String),
    /// `%name`.
    Value(String),
    /// `@name`.
    Global(String),
    /// `^name`.
    Label(String),
    /// Punctuation, one or two characters.
    Punct(&'static str),
    /// A comment `// file:line:col`.
    Place(String, u32, u32),
    /// The end of the text.
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(s) | Token::Number(s) => write!(f, "`{s}`"),
            Token::Str(s) => write!(f, "{s:?}"),
            Token::Value(s) => write!(f, "`%{s}`"),
            Token::Global(s) => write!(f, "`@{s}`"),
            Token::Label(s) => write!(f, "`^{s}`"),
            Token::Punct(s) => write!(f, "`{s}`"),
            Token::Place(file, line, col) => write!(f, "`// {file}:{line}:{col}`"),
            Token::End => f.write_str("the end of the text"),
        }
    }
}

/// Tokens with line and column, the last one [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<(Token, usize, usize)>, ParseError> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, col: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank(&mut tokens);
        let (line, col) = (lexer.line, lexer.col);
        let token = lexer.token().map_err(|message| ParseError { line, col, message })?;
        let end = token == Token::End;
        tokens.push((token, line, col));
        if end {
            return Ok(tokens);
        }
    }
}

/// Two-character punctuation first, so that the longest wins.
const PUNCTUATION: [&str; 24] = [
    "==", "!=", "<=", ">=", "//", "(", ")", "{", "}", "[", "]", "<", ">", ",", ":", "=", "+", "-", "*", "%",
    "&", "|", "?", "#",
];

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Whether a name is written without quotes.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_name)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    col: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
            self.col = 1;
        } else {
            self.col += 1;
        }
        Some(c)
    }

    fn take_while(&mut self, f: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek(0).filter(|&c| f(c)) {
            taken.push(c);
            self.bump();
        }
        taken
    }

    /// Skips whitespace and comments; a place in a comment becomes a token.
    fn skip_blank(&mut self, tokens: &mut Vec<(Token, usize, usize)>) {
        let mut blank = self.at == 0;
        loop {
            let (line, col) = (self.line, self.col);
            if self.peek(0).is_some_and(char::is_whitespace) {
                self.bump();
                blank = true;
            } else if blank && self.peek(0) == Some('/') && self.peek(1) == Some('/') {
                let comment = self.take_while(|c| c != '\n');
                if let Some(place) = place(comment.trim_start_matches('/').trim()) {
                    tokens.push((place, line, col));
                }
            } else {
                return;
            }
        }
    }

    fn token(&mut self) -> Result<Token, String> {
        let Some(c) = self.peek(0) else { return Ok(Token::End) };
        match c {
            '"' => Ok(Token::Str(self.string()?)),
            // `%` is also the remainder in terms: a value if a name follows at once and no operand came before it is
            // decided by the absence of a space, as the printer writes `a%b` only inside terms, which hold no values.
            '@' | '^' => {
                self.bump();
                let name = self.name()?;
                Ok(if c == '@' { Token::Global(name) } else { Token::Label(name) })
            }
            '%' if !self.follows_operand() => {
                self.bump();
                Ok(Token::Value(self.name()?))
            }
            c if c.is_ascii_digit() => Ok(Token::Number(self.number())),
            c if c.is_alphabetic() || c == '_' => Ok(Token::Word(self.take_while(is_name))),
            c => {
                for punct in PUNCTUATION {
                    if punct.chars().enumerate().all(|(i, p)| self.peek(i) == Some(p)) {
                        punct.chars().for_each(|_| _ = self.bump());
                        return Ok(Token::Punct(punct));
                    }
                }
                Err(format!("`{c}` has no meaning here"))
            }
        }
    }

    /// Whether the character before is the end of an operand, with no space between.
    fn follows_operand(&self) -> bool {
        self.at > 0 && (is_name(self.chars[self.at - 1]) || self.chars[self.at - 1] == ')')
    }

    fn name(&mut self) -> Result<String, String> {
        if self.peek(0) == Some('"') {
            return self.string();
        }
        let name = self.take_while(is_name);
        if name.is_empty() { Err("a name is expected here".to_string()) } else { Ok(name) }
    }

    fn string(&mut self) -> Result<String, String> {
        self.bump();
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err("this string does not end".to_string()),
                Some('"') => return Ok(text),
                Some('\\') => match self.bump() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some('0') => text.push('\0'),
                    Some('u') => text.push(self.unicode()?),
                    Some(c) => text.push(c),
                    None => return Err("this string does not end".to_string()),
                },
                Some(c) => text.push(c),
            }
        }
    }

    /// `{hex}` behind `\u`.
    fn unicode(&mut self) -> Result<char, String> {
        self.bump();
        let digits = self.take_while(|c| c.is_ascii_hexdigit());
        self.bump();
        let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        code.ok_or_else(|| format!("`\\u{{{digits}}}` is not a character"))
    }

    fn number(&mut self) -> String {
        let mut text = self.take_while(|c| c.is_ascii_digit() || c == '.');
        let exponent = match (self.peek(0), self.peek(1)) {
            (Some('e'), Some('+' | '-')) => self.peek(2).is_some_and(|c| c.is_ascii_digit()),
            (Some('e'), Some(c)) => c.is_ascii_digit(),
            _ => false,
        };
        if exponent {
            text.extend(self.bump());
            text.extend(self.bump());
            text.push_str(&self.take_while(|c| c.is_ascii_digit()));
        }
        text
    }
}

/// A comment that is a place: `file:line:col`.
fn place(comment: &str) -> Option<Token> {
    let (rest, col) = comment.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Token::Place(file.to_string(), line.parse().ok()?, col.parse().ok()?))
}
