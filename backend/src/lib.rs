//! Split programs to native code and artifacts. LLVM, MLIR and Cranelift live only here.
