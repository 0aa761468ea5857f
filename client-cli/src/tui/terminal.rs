//! The terminal while the screen has it, and as it was before: it is given back however the program ends.

use std::{
    io::{self, BufWriter, Stdout, Write},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    ExecutableCommand as _,
    cursor::{MoveTo, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    terminal::{
        Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};

use crate::{
    error::{Error, Exit, Result},
    text::msg,
};

/// Whether the terminal is ours now.
static TAKEN: AtomicBool = AtomicBool::new(false);

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// The terminal in full. Dropping it gives it back.
pub(crate) struct Screen(Terminal<Backend>);

impl Screen {
    /// Takes the terminal: letters as they are typed, and a screen of its own that leaves nothing behind.
    pub(crate) fn open() -> Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        let terminal = blank()?;
        take().map_err(|error| failed(&error))?;
        Ok(Self(terminal))
    }

    pub(crate) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.0.draw(picture).map(drop).map_err(|error| failed(&error))
    }

    /// Draws everything anew with the next picture.
    pub(crate) fn redraw(&mut self) -> Result<()> {
        // `Terminal::clear` would ask the terminal where the cursor is, and take the answer from the keys.
        io::stdout().execute(Clear(ClearType::All)).map_err(|error| failed(&error))?;
        self.0 = blank()?;
        Ok(())
    }

    /// Leaves the terminal to another program or a question: empty, and still not the one that stays after the end.
    pub(crate) fn lend(&mut self) -> Result<()> {
        let lend = || {
            disable_raw_mode()?;
            let mut out = io::stdout();
            out.execute(DisableBracketedPaste)?.execute(Clear(ClearType::All))?;
            out.execute(MoveTo(0, 0))?.execute(Show).map(drop)
        };
        lend().map_err(|error| failed(&error))
    }

    /// Takes it back.
    pub(crate) fn resume(&mut self) -> Result<()> {
        take().map_err(|error| failed(&error))?;
        self.redraw()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Of a terminal that shows nothing. A picture is written in one go, which matters over a slow line.
fn blank() -> Result<Terminal<Backend>> {
    let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
    Terminal::new(backend).map_err(|error| failed(&error))
}

fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    io::stdout().execute(EnterAlternateScreen)?.execute(EnableBracketedPaste).map(drop)
}

/// Gives the terminal back as it was, once.
pub(crate) fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Whoever has closed the window needs nothing back.
    let _ = disable_raw_mode();
    let mut out = io::stdout();
    let _ = out.execute(DisableBracketedPaste);
    let _ = out.execute(Clear(ClearType::All));
    let _ = out.execute(LeaveAlternateScreen);
    let _ = out.execute(Show);
    let _ = out.flush();
}

fn failed(error: &io::Error) -> Error {
    Error::new(Exit::LocalFile, msg!("error-terminal")).detail(error.to_string())
}
