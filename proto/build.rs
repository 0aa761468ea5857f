//! Compiles `renkei/v1/*.proto` with protox, so that nobody needs a system `protoc`, and keeps the
//! descriptor set (with comments) for reflection, for the method policy's test and for `buf lint`.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("renkei/v1"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|ext| ext == "proto"));
    files.sort();
    println!("cargo:rerun-if-changed=renkei/v1");

    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_source_info(true).include_imports(true).open_files(&files)?;
    let set = compiler.file_descriptor_set();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptor_set.binpb"), set.encode_to_vec())?;

    tonic_prost_build::configure().bytes(".renkei.v1").compile_fds(set)?;
    Ok(())
}
