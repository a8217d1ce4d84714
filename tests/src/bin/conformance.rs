//! `./x conformance onnx [--device fiber|vulkan] [FILTER ...]`: every backend test of ONNX through import, compilation and a run of the
//! artifact, on the CPU or a device.
//!
//! Tests run in child processes, so that a crash or a hang is one test's. A table by tier goes to stdout, what does not
//! pass to `onnx-failures.txt`, and a page of every operator to `onnx.html`, both in the folder `conformance` of Cargo's for files of tests;
//! of a device, to `onnx-fiber-failures.txt` and so on.

use braid_tests::conformance::{self, Entry, Place, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// A test that takes longer hangs; fibers are slow.
const DEADLINE: Duration = Duration::from_secs(60);
const DEVICE_DEADLINE: Duration = Duration::from_secs(300);

/// Models nest, and parsers recurse on their nesting.
const STACK_BYTES: usize = 256 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, filters) = match words[..] {
        ["onnx", "--device", name, ..] => (name, &arguments[3..]),
        ["onnx", ..] => ("cpu", &arguments[1..]),
        ["--worker", name] => (name, &arguments[..0]),
        _ => ("", &arguments[..0]),
    };
    match Place::named(name) {
        Some(place) if words[0] == "--worker" => worker(place),
        Some(_) => all(name, filters),
        None => {
            eprintln!("usage: conformance onnx [--device fiber|vulkan] [FILTER ...]");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tests whose descriptions come in, a line each; a verdict, a line each, goes out.
fn worker(place: Place) -> ExitCode {
    for line in std::io::stdin().lines() {
        let entry = line.ok().and_then(|line| serde_json::from_str::<Entry>(&line).ok());
        let Some(entry) = entry else { return ExitCode::FAILURE };
        let run = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || conformance::run(&entry, place));
        let verdict = match run.map(|thread| thread.join()) {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(panic)) => {
                let message = panic.downcast_ref::<String>().cloned();
                let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
                Verdict::Crashed(format!("panic: {}", message.unwrap_or_default()))
            }
            Err(error) => Verdict::Crashed(error.to_string()),
        };
        let text = serde_json::to_string(&verdict).expect("plain data");
        if writeln!(std::io::stdout(), "{text}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// A child process that runs tests.
struct Worker {
    child: Child,
    input: ChildStdin,
    answers: mpsc::Receiver<String>,
    deadline: Duration,
}

impl Worker {
    fn start(place: &str) -> Worker {
        let own = std::env::current_exe().expect("a program has a file");
        let mut child = Command::new(own)
            .args(["--worker", place])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (send, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let deadline = if place == "cpu" { DEADLINE } else { DEVICE_DEADLINE };
        Worker { child, input, answers, deadline }
    }

    /// The verdict; as an error if the process is of no use any more.
    fn run(&mut self, entry: &Entry) -> Result<Verdict, Verdict> {
        let text = serde_json::to_string(entry).expect("plain data");
        let crashed = |why: &str| Verdict::Crashed(why.to_string());
        writeln!(self.input, "{text}").map_err(|_| crashed("the process ended"))?;
        match self.answers.recv_timeout(self.deadline) {
            Ok(line) => serde_json::from_str(&line).map_err(|_| crashed("the process answers nonsense")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(crashed(&format!("still running after {} s", self.deadline.as_secs())))
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(crashed("the process crashed")),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn all(place: &str, filters: &[String]) -> ExitCode {
    let Some(mut entries) = conformance::entries() else {
        eprintln!("the suite, ../shared/data/onnx-suite.tar.xz, is not here");
        return ExitCode::FAILURE;
    };
    entries.retain(|entry| {
        filters.is_empty()
            || filters.iter().any(|f| entry.name.contains(f) || entry.operator == *f || entry.tier == *f)
    });
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let verdicts: Mutex<BTreeMap<usize, Verdict>> = Mutex::default();
    let bar = indicatif::ProgressBar::new(entries.len() as u64);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut worker = Worker::start(place);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(entry) = entries.get(number) else { return };
                    let verdict = worker.run(entry).unwrap_or_else(|verdict| {
                        worker = Worker::start(place);
                        verdict
                    });
                    verdicts.lock().expect("no thread panics").insert(number, verdict);
                    bar.inc(1);
                }
            });
        }
    });
    bar.finish_and_clear();
    let verdicts: Vec<Verdict> = verdicts.into_inner().expect("no thread panics").into_values().collect();
    let folder = braid_tests::target().join("conformance");
    std::fs::create_dir_all(&folder).expect("the target folder is writable");
    let stem = if place == "cpu" { "onnx".to_string() } else { format!("onnx-{place}") };
    let failing = folder.join(format!("{stem}-failures.txt"));
    std::fs::write(failing, failures(&entries, &verdicts)).expect("writable");
    std::fs::write(folder.join(format!("{stem}.html")), page(&entries, &verdicts)).expect("writable");
    print!("{}", table(&entries, &verdicts));
    println!(
        "{} tests in {:.0} s; what does not pass: {}",
        entries.len(),
        start.elapsed().as_secs_f64(),
        folder.display()
    );
    let wrong = verdicts.iter().filter(|v| matches!(v, Verdict::Wrong(_) | Verdict::Crashed(_))).count();
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Which verdicts are counted, in this order.
const KINDS: [&str; 5] = ["passed", "refused", "failed", "wrong", "crashed"];

fn kind(verdict: &Verdict) -> (usize, &str) {
    match verdict {
        Verdict::Passed => (0, ""),
        Verdict::Refused(why) => (1, why),
        Verdict::Failed(why) => (2, why),
        Verdict::Wrong(why) => (3, why),
        Verdict::Crashed(why) => (4, why),
    }
}

/// Counts by a key of the tests.
fn counts<'a>(
    entries: &'a [Entry],
    verdicts: &[Verdict],
    key: impl Fn(&'a Entry) -> &'a str,
) -> BTreeMap<&'a str, [usize; 5]> {
    let mut counts: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for (entry, verdict) in entries.iter().zip(verdicts) {
        counts.entry(key(entry)).or_default()[kind(verdict).0] += 1;
    }
    counts
}

fn table(entries: &[Entry], verdicts: &[Verdict]) -> String {
    let mut text = format!("{:<24}{:>8}", "tier", "tests");
    KINDS.iter().for_each(|kind| write!(text, "{kind:>9}").expect("writing to a string"));
    text.push('\n');
    for (tier, counts) in counts(entries, verdicts, |entry| &entry.tier) {
        write!(text, "{tier:<24}{:>8}", counts.iter().sum::<usize>()).expect("writing to a string");
        counts.iter().for_each(|count| write!(text, "{count:>9}").expect("writing to a string"));
        text.push('\n');
    }
    text
}

fn failures(entries: &[Entry], verdicts: &[Verdict]) -> String {
    let mut lines = Vec::new();
    for (entry, verdict) in entries.iter().zip(verdicts) {
        let (number, why) = kind(verdict);
        if number > 0 {
            let why: Vec<&str> = why.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            lines.push(format!("{} {} {}: {}\n", entry.tier, KINDS[number], entry.name, why.join(" | ")));
        }
    }
    lines.sort();
    lines.concat()
}

fn page(entries: &[Entry], verdicts: &[Verdict]) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut rows = String::new();
    for (operator, counts) in counts(entries, verdicts, |entry| &entry.operator) {
        let total: usize = counts.iter().sum();
        let share = 100 * counts[0] / total;
        let mut details = String::new();
        for (entry, verdict) in entries.iter().zip(verdicts).filter(|(entry, _)| entry.operator == operator) {
            let (number, why) = kind(verdict);
            if number > 0 {
                let (name, why) = (escape(&entry.name), escape(why));
                write!(
                    details,
                    "<details><summary>{name}: {}</summary><pre>{why}</pre></details>",
                    KINDS[number]
                )
                .expect("writing to a string");
            }
        }
        writeln!(
            rows,
            "<tr><td>{}<td>{} of {total}<td><div class=bar><i style=\"width:{share}%\"></i></div><td>{details}",
            escape(operator),
            counts[0]
        )
        .expect("writing to a string");
    }
    format!(
        "<!doctype html><meta charset=utf-8><title>ONNX conformance</title><style>\
         body{{font:14px system-ui;max-width:70em;margin:2em auto}}td{{padding:.2em .6em;vertical-align:top}}\
         .bar{{width:10em;height:.8em;background:#e8b4b4}}.bar i{{display:block;height:100%;background:#5a9e6f}}\
         pre{{white-space:pre-wrap}}</style><h1>ONNX backend tests by operator</h1><table>\n{rows}</table>\n"
    )
}
