//! A network that breaks: a TCP proxy on a port of its own that drops connections after a random number of bytes, in
//! the middle of whatever is under way.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::Result;

/// The proxy. It serves until the program ends.
pub struct Network {
    port: u16,
    state: Arc<State>,
}

struct State {
    target: String,
    cutting: AtomicBool,
    cuts: AtomicUsize,
    longest: u64,
    random: Mutex<Random>,
}

/// Numbers that come back with the same seed (SplitMix64).
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

impl Network {
    /// A network to `target` (`host:port`), whole at first. A broken connection lives for at most `longest` bytes, both
    /// directions together.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn open(target: String, longest: u64, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let state = Arc::new(State {
            target,
            cutting: AtomicBool::new(false),
            cuts: AtomicUsize::new(0),
            longest,
            random: Mutex::new(Random::new(seed)),
        });
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || state.carry(client));
            }
        });
        Ok(Self { port, state })
    }

    /// `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// From now on connections break, or stay whole.
    pub fn cut(&self, cutting: bool) {
        self.state.cutting.store(cutting, Ordering::SeqCst);
    }

    /// How many connections were broken.
    pub fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

impl State {
    fn carry(self: Arc<Self>, client: TcpStream) {
        let Ok(server) = TcpStream::connect(&self.target) else { return };
        let bytes = match self.cutting.load(Ordering::SeqCst) {
            true => self.random.lock().unwrap_or_else(PoisonError::into_inner).below(self.longest),
            false => i64::MAX as u64,
        };
        let left = Arc::new(AtomicI64::new(bytes.cast_signed()));
        let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
        let back = {
            let (state, left) = (Arc::clone(&self), Arc::clone(&left));
            thread::spawn(move || state.copy(from_server, client, &left))
        };
        self.copy(from_client, server, &left);
        let _ = back.join();
    }

    /// Copies until one side ends or the bytes are used up; then both sides end.
    fn copy(&self, mut from: TcpStream, mut to: TcpStream, left: &AtomicI64) {
        let mut buffer = [0; 4096];
        while let Ok(read) = from.read(&mut buffer)
            && read > 0
        {
            let before = left.fetch_sub(read as i64, Ordering::SeqCst);
            let allowed = usize::try_from(before).unwrap_or(0).min(read);
            let written = to.write_all(&buffer[..allowed]);
            if allowed < read {
                // Told once, by whoever came to the end first.
                if before > 0 {
                    self.cuts.fetch_add(1, Ordering::SeqCst);
                }
                break;
            }
            if written.is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
