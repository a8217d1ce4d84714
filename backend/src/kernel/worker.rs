//! Threads for LLVM to work on, so that its end is not ours.
//!
//! Where LLVM or MLIR meets a mistake that it has no way to report, it ends the process. Here such a mistake is an error that
//! names what was being compiled: the thread on which it came up stays where it is for good, and another takes its place. What
//! leaves nothing to go on with, a crash, ends the process with one line and code 1; files are written when all is compiled, so
//! there is never a part of one.

use super::{KernelError, llvm};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::{OnceLock, mpsc};
use std::thread;

/// LLVM recurses on what it compiles.
const STACK_BYTES: usize = 64 << 20;

/// The signals of a crash.
const CRASHES: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT];

type Job<S> = Box<dyn FnOnce(&S) + Send>;

thread_local! {
    /// Tells whoever waits for this thread's job why LLVM has given up.
    static GIVE_UP: RefCell<Option<Box<dyn Fn(String)>>> = const { RefCell::new(None) };
    /// What to say if this thread's job crashes; null where there is none.
    static LAST_WORDS: Cell<*const c_char> = const { Cell::new(std::ptr::null()) };
}

/// A thread with a state of its own.
pub struct Worker<S> {
    make: fn() -> S,
    jobs: RefCell<Option<mpsc::Sender<Job<S>>>>,
}

impl<S: 'static> Worker<S> {
    /// A worker whose thread starts with its first job, and makes the state.
    pub fn new(make: fn() -> S) -> Worker<S> {
        Worker { make, jobs: RefCell::new(None) }
    }

    /// Has a job done, and waits for it. `name` says what is being compiled.
    ///
    /// # Errors
    /// Those of the job, or what LLVM says where it gives up.
    pub fn run<T: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce(&S) -> Result<T, KernelError> + Send + 'static,
    ) -> Result<T, KernelError> {
        let gave_up = |why: &str| KernelError::GaveUp { name: name.to_string(), why: why.to_string() };
        let last_words = CString::new(format!("error: internal error: LLVM crashed or gave up on {name}\n"))
            .map_err(|_| gave_up("its name has a zero"))?;
        let (answer, answers) = mpsc::channel::<Result<Result<T, KernelError>, String>>();
        let work: Job<S> = Box::new(move |state| {
            let failed = answer.clone();
            // Whoever waited may be gone.
            GIVE_UP.set(Some(Box::new(move |why| drop(failed.send(Err(why))))));
            LAST_WORDS.set(last_words.as_ptr());
            let result = job(state);
            LAST_WORDS.set(std::ptr::null());
            GIVE_UP.set(None);
            drop(answer.send(Ok(result)));
        });
        let mut jobs = self.jobs.borrow_mut();
        let sender = match jobs.take() {
            Some(sender) => sender,
            None => start(self.make).map_err(|e| gave_up(&e.to_string()))?,
        };
        sender.send(work).map_err(|_| gave_up("its thread has ended"))?;
        match answers.recv() {
            Ok(Ok(result)) => {
                *jobs = Some(sender);
                result
            }
            // The thread does nothing any more.
            Ok(Err(why)) => Err(gave_up(&why)),
            Err(_) => Err(gave_up("its thread has panicked")),
        }
    }
}

fn start<S: 'static>(make: fn() -> S) -> std::io::Result<mpsc::Sender<Job<S>>> {
    watch();
    let (sender, jobs) = mpsc::channel::<Job<S>>();
    thread::Builder::new().name("llvm".to_string()).stack_size(STACK_BYTES).spawn(move || {
        let state = make();
        jobs.into_iter().for_each(|job| job(&state));
    })?;
    Ok(sender)
}

/// What the signals of a crash did before.
static BEFORE: OnceLock<[libc::sigaction; CRASHES.len()]> = OnceLock::new();

/// Has the ways in which LLVM ends the process lead here.
fn watch() {
    BEFORE.get_or_init(|| {
        llvm::on_fatal_error(fatal_error);
        // SAFETY: the functions do what they may where they are called: in `exit`, and in a signal, on the stack that threads
        // have for that. Actions that stand for nothing are zeros.
        unsafe {
            libc::atexit(exiting);
            CRASHES.map(|signal| {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = crashed as *const () as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                let mut before: libc::sigaction = std::mem::zeroed();
                libc::sigaction(signal, &action, &mut before);
                before
            })
        }
    });
}

/// LLVM calls this where it would end the process; if it returns, LLVM does.
extern "C" fn fatal_error(why: *const c_char) {
    GIVE_UP.with_borrow(|give_up| {
        if let Some(give_up) = give_up {
            // SAFETY: LLVM passes text that ends in zero.
            give_up(unsafe { CStr::from_ptr(why) }.to_string_lossy().into_owned());
            // There is no way back through LLVM, and none that frees what it holds.
            loop {
                thread::park();
            }
        }
    });
}

/// In `exit`. LLVM has said why.
extern "C" fn exiting() {
    say_last_words();
}

extern "C" fn crashed(signal: c_int, info: *const libc::siginfo_t, _: *const c_void) {
    say_last_words();
    // It is not LLVM's: as if nobody had asked. What has faulted does so again when this returns, what was sent is sent again.
    let at = CRASHES.iter().position(|&known| known == signal);
    if let (Some(before), Some(at)) = (BEFORE.get(), at) {
        // SAFETY: an action that the system gave, and the signal's own information.
        unsafe {
            libc::sigaction(signal, &before[at], std::ptr::null_mut());
            if (*info).si_code <= 0 {
                libc::raise(signal);
            }
        }
    }
}

/// Ends the process if this thread has a job. Only calls that a signal's handler may make.
fn say_last_words() {
    let words = LAST_WORDS.get();
    if !words.is_null() {
        // SAFETY: text that ends in zero and lives as long as the job.
        unsafe {
            libc::write(libc::STDERR_FILENO, words.cast(), libc::strlen(words));
            libc::_exit(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::llvm::Code;
    use crate::kernel::mlir::Compiler;
    use crate::kernel::target::Target;
    use std::process::Command;

    /// A function that x86 has no instructions for.
    const PLANTED: &str = "func.func @planted(%p: !llvm.ptr) {
        %x = llvm.call_intrinsic \"llvm.nvvm.read.ptx.sreg.tid.x\"() : () -> i32
        llvm.store %x, %p : i32, !llvm.ptr
        return
    }";

    #[test]
    fn what_llvm_gives_up_on_is_an_error_that_names_it() {
        let (compiler, target) = (Compiler::new(), Target::native().expect("this machine"));
        for _ in 0..2 {
            let error = compiler.compile("planted", PLANTED, &target, Code::Object).expect_err("refused");
            assert!(matches!(&error, KernelError::GaveUp { name, .. } if name == "planted"), "{error}");
            let fine = compiler.compile("empty", "func.func @empty() { return }", &target, Code::Object);
            assert!(fine.is_ok_and(|object| object.starts_with(b"\x7fELF")));
        }
    }

    #[test]
    fn a_job_that_panics_is_an_error() {
        let worker: Worker<()> = Worker::new(|| ());
        let error =
            worker.run("planted", |()| -> Result<(), _> { panic!("on purpose") }).expect_err("refused");
        assert!(error.to_string().contains("planted"), "{error}");
        assert_eq!(worker.run("fine", |()| Ok(1)).ok(), Some(1));
    }

    /// Says how [`ends`] is to end.
    const END: &str = "BRAID_TEST_END";

    #[test]
    #[ignore = "ends its process, which another test starts"]
    fn ends() {
        let Ok(how) = std::env::var(END) else { return };
        let worker: Worker<()> = Worker::new(|| ());
        let job = move |(): &()| {
            // SAFETY: one of the ways in which LLVM ends.
            unsafe {
                match how.as_str() {
                    "fault" => std::ptr::null_mut::<u8>().write_volatile(1),
                    "abort" => libc::abort(),
                    _ => libc::exit(7),
                }
            }
            Ok(())
        };
        drop(worker.run("kernel_planted", job));
    }

    #[test]
    fn a_crash_names_what_was_compiled() {
        for how in ["fault", "abort", "exit"] {
            let mut child = Command::new(std::env::current_exe().expect("this program"));
            child.args(["--exact", "kernel::worker::tests::ends", "--ignored", "--nocapture"]).env(END, how);
            let output = child.output().expect("starts");
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{how}: {told}");
            assert!(
                told.contains("error: internal error: LLVM crashed or gave up on kernel_planted\n"),
                "{how}: {told}"
            );
        }
    }

    #[test]
    fn a_crash_elsewhere_is_as_ever() {
        watch();
        // SAFETY: a child that does nothing but fault.
        let status = unsafe {
            let child = libc::fork();
            if child == 0 {
                std::ptr::null_mut::<u8>().write_volatile(1);
            }
            let mut status = 0;
            libc::waitpid(child, &mut status, 0);
            status
        };
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSEGV, "{status}");
    }
}
