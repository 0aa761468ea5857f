//! `renkei attachment download`: into a part beside the target first, verified, then under its name. What
//! does not verify is never seen. What had arrived before a break is used by the next run.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::Args;
use renkei_proto::v1::{Attachment, ErrorReason, Position};

use crate::{
    command::{Context, files, resolve},
    connection::Connection,
    error::{Error, Result},
    output::{json::Json as _, label::words, line::Line},
    private_file,
    text::msg,
    transfer::{
        batch,
        download::{Wanted, download},
        name::safe_name,
        part::Part,
        progress::Progress,
    },
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    patient: String,
    #[arg(required = true)]
    attachment: Vec<String>,
    #[arg(short = 'o', long = "output-file", value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[arg(long)]
    force: bool,
    #[arg(long, value_name = "BYTES", default_value_t = 0, hide_default_value = true,
        value_parser = clap::value_parser!(u64).range(..=BIGGEST))]
    offset: u64,
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..=BIGGEST))]
    length: Option<u64>,
    #[arg(long, conflicts_with_all = ["offset", "length"])]
    preview: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let mut ids: Vec<String> = Vec::new();
    for text in &arguments.attachment {
        let id = resolve::uuid(text)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let target = Target::new(&arguments, ids.len())?;
    let connection = context.connection()?;
    let patient_id = resolve::patient(&connection, &arguments.patient).await?;
    let wanted = |id: &String| Wanted {
        patient_id: patient_id.clone(),
        attachment_id: id.clone(),
        offset: arguments.offset,
        length: arguments.length.unwrap_or_default(),
        preview: arguments.preview,
    };
    let shared = Arc::new(Shared {
        connection,
        target,
        force: arguments.force,
        progress: Progress::new(context.texts),
        taken: Mutex::default(),
        kept: AtomicBool::new(false),
    });
    if matches!(shared.target, Target::Stdout) {
        let part = Part::open(context.profile.folder(), &wanted(&ids[0]).part_name(), true)?;
        let (part, _) = shared.fetch(&wanted(&ids[0]), part).await.inspect_err(|_| shared.tell(context))?;
        return context.out.raw(&mut part.into_content()?);
    }
    let jobs: Vec<_> = ids
        .iter()
        .map(|id| {
            let (shared, wanted) = (shared.clone(), wanted(id));
            async move { shared.save(wanted).await }
        })
        .collect();
    let results = batch::run(jobs, |_, _| Ok(())).await?;
    shared.tell(context);
    let (saved, failed) = files::settle(context, &ids, results);
    let saved: Vec<Saved> = saved.into_iter().map(|(_, saved)| saved).collect();
    print(context, &saved, ids.len() > 1)?;
    failed.map_or(Ok(()), Err)
}

/// Where it goes.
enum Target {
    Stdout,
    File(PathBuf),
    /// Under the file's own name.
    Folder(PathBuf),
}

impl Target {
    fn new(arguments: &Arguments, count: usize) -> Result<Self> {
        match arguments.output_file.as_deref() {
            Some(path) if path == Path::new("-") => {
                if count > 1 {
                    return Err(Error::usage(msg!("error-several-files")).next(msg!("next-several-files")));
                }
                if io::stdout().is_terminal() {
                    return Err(Error::usage(msg!("error-binary")).next(msg!("next-binary")));
                }
                Ok(Self::Stdout)
            }
            Some(path) if path.is_dir() => Ok(Self::Folder(path.to_owned())),
            Some(_) if count > 1 => {
                Err(Error::usage(msg!("error-several-files")).next(msg!("next-several-files")))
            }
            Some(path) => {
                private_file::refuse_overwriting(path, arguments.force)?;
                Ok(Self::File(path.to_owned()))
            }
            None => Ok(Self::Folder(PathBuf::from("."))),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Stdout => Path::new("."),
            Self::File(path) => private_file::folder_of(path),
            Self::Folder(path) => path,
        }
    }

    fn path(&self, wanted: &Wanted, attachment: &Attachment) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            _ => self.folder().join(own_name(wanted, attachment)),
        }
    }
}

/// What the downloads of one command have in common.
struct Shared {
    connection: Connection,
    target: Target,
    force: bool,
    progress: Progress,
    /// Names that this command writes. `--force` does not make one replace another.
    taken: Mutex<BTreeSet<PathBuf>>,
    /// Something stays for the next run.
    kept: AtomicBool,
}

struct Saved {
    attachment: Attachment,
    path: PathBuf,
    wanted: Wanted,
}

impl Shared {
    async fn save(&self, wanted: Wanted) -> Result<Saved> {
        let part = Part::open(self.target.folder(), &wanted.part_name(), !wanted.is_range())?;
        let (part, attachment) = self.fetch(&wanted, part).await?;
        let path = self.target.path(&wanted, &attachment);
        part.keep_as(&path, self.force)?;
        Ok(Saved { attachment, path, wanted })
    }

    /// Downloads it, unless it could not get its name.
    async fn fetch(&self, wanted: &Wanted, mut part: Part) -> Result<(Part, Attachment)> {
        let mut name = None;
        let mut announced = |attachment: &Attachment| {
            let path = self.target.path(wanted, attachment);
            if matches!(self.target, Target::Stdout) || name.as_ref() == Some(&path) {
                return Ok(());
            }
            private_file::refuse_overwriting(&path, self.force)?;
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if !taken.insert(path.clone()) {
                return Err(private_file::exists(&path));
            }
            name = Some(path);
            Ok(())
        };
        match download(&self.connection, wanted, &mut part, &self.progress, &mut announced).await {
            Ok(attachment) => Ok((part, attachment)),
            Err(error) => {
                self.kept.fetch_or(part.is_kept(), Ordering::Relaxed);
                let no_preview = wanted.preview && error.is(ErrorReason::NotFound);
                Err(if no_preview { error.next(msg!("next-no-preview")) } else { error })
            }
        }
    }

    fn tell(&self, context: &Context<'_>) {
        if self.kept.load(Ordering::Relaxed) {
            context.note(&msg!("download-kept"));
        }
    }
}

/// The file's own name, made harmless, and that of another file for a preview or a range of it.
fn own_name(wanted: &Wanted, attachment: &Attachment) -> String {
    let name = safe_name(&attachment.file_name, &wanted.attachment_id);
    if wanted.preview {
        let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
        format!("{stem}.preview.jpg")
    } else if wanted.is_range() {
        format!("{name}.{}-{}", wanted.offset, last(wanted, attachment))
    } else {
        name
    }
}

/// Last byte of a range.
fn last(wanted: &Wanted, attachment: &Attachment) -> u64 {
    (wanted.offset + wanted.expected(attachment)).saturating_sub(1)
}

fn print(context: &Context<'_>, saved: &[Saved], several: bool) -> Result<()> {
    let mut json = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for Saved { attachment, path, wanted } in saved {
        let shown = path.display();
        let mut value = attachment.json();
        value["path"] = path.to_string_lossy().into();
        if wanted.is_range() {
            let last = last(wanted, attachment);
            (value["offset"], value["length"]) = (wanted.offset.into(), wanted.expected(attachment).into());
            lines.push(context.line(&msg!(
                "downloaded-range",
                path = shown,
                first = wanted.offset,
                last = last
            )));
        } else {
            lines.push(context.line(&msg!("downloaded", path = shown)));
        }
        if attachment.position() == Position::Kept && !wanted.preview {
            let position = words::<Position>(context.texts, attachment.position);
            let file = &attachment.file_name;
            lines.push(context.line(&msg!("uploaded-position", file = file, position = position)));
        }
        json.push(value);
    }
    match json.pop() {
        Some(only) if !several => context.out.one(only, || lines),
        Some(last) => {
            json.push(last);
            context.out.list(json, || lines)
        }
        None if several => context.out.list(json, || lines),
        None => Ok(()),
    }
}

/// Sizes are signed in the proto.
const BIGGEST: u64 = i64::MAX.unsigned_abs();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_the_whole_file_has_another_name() {
        let attachment = Attachment { file_name: "../褥瘡.JPG".into(), size: 100, ..Default::default() };
        let name = |wanted| own_name(&wanted, &attachment);
        assert_eq!(name(Wanted::default()), "_褥瘡.JPG");
        assert_eq!(name(Wanted { preview: true, ..Default::default() }), "_褥瘡.preview.jpg");
        assert_eq!(name(Wanted { offset: 10, length: 20, ..Default::default() }), "_褥瘡.JPG.10-29");
        assert_eq!(name(Wanted { offset: 90, length: 20, ..Default::default() }), "_褥瘡.JPG.90-99");
        assert_eq!(name(Wanted { offset: 90, ..Default::default() }), "_褥瘡.JPG.90-99");
    }
}
